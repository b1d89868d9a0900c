import type { CountReply, ManyReply, PageReply, Stored } from '../../contract/core.ts';
import { remove, seal } from './apply.ts';
import { isOver, orderedOf, type State, type Table, tableOf } from './state.ts';

/** `SyncCore.getMany`. */
export function getMany(state: State, map: number, keys: readonly string[]): ManyReply {
  const { entries } = tableOf(state, map);
  const found = keys.map((key) => {
    const entry = entries.get(key);
    return entry === undefined || isOver(entry, state.clock) ? undefined : entry;
  });
  return { at: state.version, entries: found };
}

/** `SyncCore.page`. */
export function page(
  state: State,
  map: number,
  start: string,
  end: string | undefined,
  limit: number,
  reverse: boolean,
): PageReply {
  const table = tableOf(state, map);
  const { entries, more } = orderedOf(table).page(start, end, limit, reverse, timeFor(state, table));
  return { at: state.version, entries, more };
}

/** `SyncCore.count`. */
export function count(state: State, map: number, start: string, end: string | undefined): CountReply {
  const table = tableOf(state, map);
  if (start === '' && end === undefined) {
    state.wheel.sweep();
    return { at: state.version, count: table.entries.size };
  }
  return { at: state.version, count: orderedOf(table).count(start, end, timeFor(state, table)) };
}

/** `SyncCore.clear`: what has expired goes first, each in a commit of its own. */
export function clear(state: State, map: number, start: string, end: string | undefined): CountReply {
  const table = tableOf(state, map);
  state.wheel.sweep();
  const whole = start === '' && end === undefined;
  const gone = whole ? table.entries.values() : range(table, start, end);
  if (whole) table.ordered = undefined;
  if (gone.length > 0) {
    state.version++;
    for (const entry of gone) remove(state, table, entry, 'delete');
    seal(state);
  }
  return { at: state.version, count: gone.length };
}

/** The time that decides what has expired; 0 where nothing does. */
function timeFor({ clock }: State, { extras }: Table): number {
  return extras.size === 0 ? 0 : clock.now();
}

function range(table: Table, start: string, end: string | undefined): Stored[] {
  return orderedOf(table).page(start, end, Infinity, false, 0).entries;
}
