import type { CountReply, ManyReply, PageReply } from '../../contract/core.ts';
import { remove, seal } from './apply.ts';
import { type Node, orderedOf, type State, type Table, tableOf } from './state.ts';

/** `SyncCore.getMany`. */
export function getMany(state: State, map: number, keys: readonly string[]): ManyReply {
  const { entries } = tableOf(state, map);
  const now = state.clock.now();
  const found = keys.map((key) => {
    const node = entries.get(key);
    return node === undefined || (node.expiresAt !== 0 && node.expiresAt <= now) ? undefined : node;
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
  const ordered = orderedOf(tableOf(state, map));
  const { entries, more } = ordered.page(start, end, limit, reverse, state.clock.now());
  return { at: state.version, entries, more };
}

/** `SyncCore.count`. */
export function count(state: State, map: number, start: string, end: string | undefined): CountReply {
  const table = tableOf(state, map);
  if (start === '' && end === undefined) {
    state.wheel.sweep();
    return { at: state.version, count: table.entries.size };
  }
  return { at: state.version, count: orderedOf(table).count(start, end, state.clock.now()) };
}

/** `SyncCore.clear`: what has expired goes first, each in a commit of its own. */
export function clear(state: State, map: number, start: string, end: string | undefined): CountReply {
  const table = tableOf(state, map);
  state.wheel.sweep();
  const whole = start === '' && end === undefined;
  const nodes = whole ? table.entries.values() : range(table, start, end);
  if (whole) table.ordered = undefined;
  if (nodes.length > 0) {
    state.version++;
    for (const node of nodes) remove(state, table, node, 'delete');
    seal(state);
  }
  return { at: state.version, count: nodes.length };
}

function range(table: Table, start: string, end: string | undefined): Node[] {
  return orderedOf(table).page(start, end, Infinity, false, 0).entries;
}
