import type { PageReply } from '../../contract/core.ts';
import { readBackwards } from './backwards.ts';
import { isRefused } from './link/errors.ts';
import { readRows } from './read.ts';
import type { State } from './state.ts';
import type { Table } from './tables.ts';

/** An ordered page of entries. */
export async function page(
  state: State,
  table: Table,
  start: string,
  end: string | undefined,
  limit: number,
  reverse: boolean,
): Promise<PageReply> {
  for (;;) {
    try {
      const { at, rows, more } = await (reverse
        ? readBackwards(state, table, start, end, limit)
        : readRows(state, table, start, end, limit, false));
      return { at, entries: rows, more };
    } catch (error) {
      // History may be compacted between two pieces: the page begins again.
      if (!isRefused(error, 'compacted')) throw error;
    }
  }
}
