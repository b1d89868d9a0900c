import { ANY, type Condition, holds, NEWER } from '../../contract/condition.ts';
import { type Cell, KEEP_EXPIRY, type Reply, type Stored } from '../../contract/core.ts';
import type { Stamp } from '../../contract/entry.ts';
import { put, remove, seal, standing } from './apply.ts';
import { answer, type State, type Table, tableOf } from './state.ts';

/** What a condition is held against: the stamp of the entry, or the one remembered of a removed entry. */
export function knownStamp(
  state: State,
  table: Table,
  key: string,
  entry: Stored | undefined,
): Stamp | undefined {
  if (entry === undefined) return state.tombstones.stampOf(table.id, key, state.clock.now());
  return table.extras.get(key)?.stamp;
}

/** The expiry that a write gives. */
export function expiryOf(entry: Stored | undefined, expiresAt: number): number {
  return expiresAt === KEEP_EXPIRY ? (entry?.expiresAt ?? 0) : expiresAt;
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
  const before = standing(state, table, key);
  const value = before === undefined ? 0 : before.value;
  const sum = typeof value === 'number' && Number.isSafeInteger(value) ? value + delta : NaN;
  if (!Number.isSafeInteger(sum)) return answer(state, false, before);
  state.version++;
  const entry = put(
    state,
    table,
    before,
    key,
    sum,
    expiryOf(before, before ? KEEP_EXPIRY : expiresAt),
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
  const before = standing(state, table, key);
  if (condition !== ANY) {
    const known = condition === NEWER ? knownStamp(state, table, key, before) : undefined;
    if (!holds(condition, ifVersion, stamp, before === undefined ? 0 : before.version, known)) {
      return answer(state, false, before);
    }
  }
  const kept = condition === NEWER ? stamp : undefined;
  if (cell !== undefined) {
    state.version++;
    const entry = put(state, table, before, key, cell, expiryOf(before, expiresAt), kept, shape);
    seal(state);
    return answer(state, true, entry);
  }
  if (before === undefined && kept === undefined) return answer(state, false, undefined);
  state.version++;
  if (before !== undefined) remove(state, table, before, 'delete');
  if (kept !== undefined) state.tombstones.remember(table.id, key, kept, state.clock.now());
  if (before !== undefined) seal(state);
  return answer(state, true, before);
}
