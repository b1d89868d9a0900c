import { ANY, type Condition, holds, NEWER } from '../../contract/condition.ts';
import { type Cell, KEEP_EXPIRY, type Reply } from '../../contract/core.ts';
import type { Stamp } from '../../contract/entry.ts';
import { put, remove, seal, standing } from './apply.ts';
import { answer, type Node, type State, type Table, tableOf } from './state.ts';

/** What a condition is held against: the stamp of the entry, or the one remembered of a removed entry. */
export function knownStamp(
  state: State,
  table: Table,
  key: string,
  node: Node | undefined,
): Stamp | undefined {
  return node === undefined ? state.tombstones.stampOf(table.id, key, state.clock.now()) : node.extra?.stamp;
}

/** The expiry that a write gives. */
export function expiryOf(node: Node | undefined, expiresAt: number): number {
  return expiresAt === KEEP_EXPIRY ? (node?.expiresAt ?? 0) : expiresAt;
}

/** `SyncCore.add`. */
export function add(
  state: State,
  map: number,
  key: string,
  delta: number,
  expiresAt: number,
  shape: number,
): Reply {
  const table = tableOf(state, map);
  const node = standing(state, table, key);
  const value = node === undefined ? 0 : node.value;
  const sum = typeof value === 'number' && Number.isSafeInteger(value) ? value + delta : NaN;
  if (!Number.isSafeInteger(sum)) return answer(state, false, node);
  state.version++;
  const entry = put(
    state,
    table,
    node,
    key,
    sum,
    expiryOf(node, node ? KEEP_EXPIRY : expiresAt),
    undefined,
    shape,
  );
  seal(state);
  return answer(state, true, entry);
}

/** `SyncCore.write`, whatever it meets. */
export function write(
  state: State,
  table: Table,
  key: string,
  cell: Cell | undefined,
  condition: Condition,
  ifVersion: number,
  expiresAt: number,
  stamp: Stamp | undefined,
  shape: number,
): Reply {
  const node = standing(state, table, key);
  if (condition !== ANY) {
    const known = condition === NEWER ? knownStamp(state, table, key, node) : undefined;
    if (!holds(condition, ifVersion, stamp, node === undefined ? 0 : node.version, known)) {
      return answer(state, false, node);
    }
  }
  const kept = condition === NEWER ? stamp : undefined;
  if (cell !== undefined) {
    state.version++;
    const entry = put(state, table, node, key, cell, expiryOf(node, expiresAt), kept, shape);
    seal(state);
    return answer(state, true, entry);
  }
  if (node === undefined && kept === undefined) return answer(state, false, undefined);
  state.version++;
  const gone = node === undefined ? undefined : remove(state, table, node, 'delete');
  if (kept !== undefined) state.tombstones.remember(table.id, key, kept, state.clock.now());
  if (gone !== undefined) seal(state);
  return answer(state, true, gone);
}
