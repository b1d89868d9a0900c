import type { CountReply } from '../../contract/core.ts';
import { hasExpired } from './entry.ts';
import { expire } from './expire.ts';
import { guarded, type Guarded } from './guarded.ts';
import { between } from './layout.ts';
import { isRefused } from './link/errors.ts';
import type { RequestOp } from './protocol/requests.ts';
import { page } from './page.ts';
import { readRows } from './read.ts';
import { newRecord, writeRecord, type MapRecord } from './record.ts';
import type { State } from './state.ts';
import type { Table } from './tables.ts';
import { inhabited, put, readRange, remove, removeRange } from './words.ts';

/** Entries of one step over a range. */
const STEP = 1_000;

const NOTHING = new Uint8Array(0);

/** How many entries a range has. */
export async function countRange(
  state: State,
  table: Table,
  start: string,
  end: string | undefined,
): Promise<CountReply> {
  if (table.record.expires) return await countLiving(state, table, start, end);
  const { at, responses } = await guarded(state, table, 'read', ({ entries }) => ({
    success: [readRange(between(entries, start, end), { countOnly: true })],
  }));
  // The record may say by now that entries expire.
  if (table.record.expires) return await countLiving(state, table, start, end);
  return { at, count: responses[0]?.responseRange?.count ?? 0 };
}

/** Where entries expire, only what they say tells which of them count. */
async function countLiving(
  state: State,
  table: Table,
  start: string,
  end: string | undefined,
): Promise<CountReply> {
  let count = 0;
  for (let from = start; ;) {
    const { at, entries, more } = await page(state, table, from, end, STEP, false);
    count += entries.length;
    const last = entries.at(-1);
    if (!more || last === undefined) return { at, count };
    from = `${last.key}\0`;
  }
}

/**
 * Removes a range in one commit, after what has expired in it.
 *
 * @param drop - `true`: the record of the map, too
 */
export async function clearRange(
  state: State,
  table: Table,
  start: string,
  end: string | undefined,
  drop: boolean,
): Promise<CountReply> {
  if (table.record.expires) await expireRange(state, table, start, end);
  const answer = await guarded(state, table, 'once', ({ entries, stamps, record, revision, recordKey }) => {
    const range = between(entries, start, end);
    const success: RequestOp[] = [removeRange(range)];
    if (record.expires) success.push(put(state.layout.deletion, NOTHING, 0));
    if (record.stamps) success.push(removeRange(between(stamps, start, end)));
    if (drop && revision !== 0) success.push(dropped(recordKey, record, table));
    return { compare: drop && revision !== 0 ? [] : [inhabited(range)], success };
  });
  if (drop) await forget(state, table);
  return { at: answer.at, count: removedBy(answer) };
}

/** A map that was loaded keeps its generation, so that watchers go on where the next entries are. */
function dropped(recordKey: Buffer, record: MapRecord, { format }: Table): RequestOp {
  const { generation } = newRecord(format);
  if (record.generation === generation) return remove(recordKey);
  return put(recordKey, writeRecord({ ...newRecord(format), generation: record.generation }), 0);
}

async function forget(state: State, table: Table): Promise<void> {
  const { responses } = await guarded(state, table, 'read', ({ recordKey }) => ({
    success: [{ requestRange: { key: recordKey } }],
  })).catch(() => ({ responses: [] }));
  state.tables.learn(table, responses[0]?.responseRange?.kvs[0]);
}

function removedBy({ ok, responses }: Guarded): number {
  return ok ? (responses[0]?.responseDeleteRange?.deleted ?? 0) : 0;
}

/** Removes what has expired in a range. */
export async function expireRange(
  state: State,
  table: Table,
  start: string,
  end: string | undefined,
): Promise<void> {
  for (let from = start; ;) {
    try {
      const { rows, more } = await readRows(state, table, from, end, STEP, true);
      await expire(
        state,
        table.entries,
        rows.filter((row) => hasExpired(row, state.clock)),
      );
      const last = rows.at(-1);
      if (!more || last === undefined) return;
      from = `${last.key}\0`;
    } catch (error) {
      if (!isRefused(error, 'compacted')) throw error;
    }
  }
}
