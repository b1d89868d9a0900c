import { StoreError } from '../../base/errors.ts';
import { ANY, type Condition, holds, NEWER } from '../../contract/condition.ts';
import { type Cell, KEEP_EXPIRY, type Reply } from '../../contract/core.ts';
import type { Stamp } from '../../contract/entry.ts';
import { put, remove, replaced, seal, standing } from './apply.ts';
import type { Row } from './row.ts';
import { answer, type State, type Table, tableOf } from './state.ts';
import { rememberStone } from './stones.ts';
import { takeVersion } from './versions.ts';

/** `SyncCore.write`. */
export function write(
  state: State,
  map: number,
  key: string,
  cell: Cell | undefined,
  condition: Condition,
  ifVersion: number,
  expiresAt: number,
  stamp: Stamp | undefined,
  shape: number,
): Reply {
  const table = tableOf(state, map);
  checkRoom(state);
  const over = condition === ANY && cell !== undefined;
  const at = table.prefix + key;
  const row = over ? replaced(state, table, key, at) : standing(state, table, key, false);
  if (condition !== ANY) {
    const known = condition === NEWER ? knownStamp(state, table, key, row) : undefined;
    if (!holds(condition, ifVersion, stamp, row === undefined ? 0 : row.version, known)) {
      return answer(state, false, row);
    }
  }
  const kept = condition === NEWER ? stamp : undefined;
  if (cell !== undefined) {
    takeVersion(state);
    const entry = put(state, table, row, key, cell, expiryOf(row, expiresAt), kept, shape, at);
    seal(state);
    return answer(state, true, entry);
  }
  if (row === undefined && kept === undefined) return answer(state, false, undefined);
  takeVersion(state);
  if (row !== undefined) remove(state, table, row, 'delete');
  if (kept !== undefined) rememberStone(state, table, key, kept);
  if (row !== undefined) seal(state);
  return answer(state, true, row);
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
  checkRoom(state);
  const row = standing(state, table, key, false);
  const value = row === undefined ? 0 : row.value;
  const sum = typeof value === 'number' && Number.isSafeInteger(value) ? value + delta : NaN;
  if (!Number.isSafeInteger(sum)) return answer(state, false, row);
  takeVersion(state);
  const entry = put(
    state,
    table,
    row,
    key,
    sum,
    expiryOf(row, row ? KEEP_EXPIRY : expiresAt),
    undefined,
    shape,
  );
  seal(state);
  return answer(state, true, entry);
}

/** What a condition is held against: the stamp of the entry, or the one remembered of a removed entry. */
export function knownStamp(state: State, table: Table, key: string, row: Row | undefined): Stamp | undefined {
  return row === undefined ? state.tombstones.stampOf(table.id, key, state.clock.now()) : row.stamp;
}

/** The expiry that a write gives. */
export function expiryOf(row: Row | undefined, expiresAt: number): number {
  return expiresAt === KEEP_EXPIRY ? (row?.expiresAt ?? 0) : expiresAt;
}

/** Refuses to accept more than the disk can take for now. @throws StoreError `FULL` */
export function checkRoom(state: State): void {
  const { pendingBytes } = state.settings;
  if (state.commits.bytes < pendingBytes) return;
  throw new StoreError(
    'FULL',
    `lmdb: ${state.commits.bytes} bytes wait for the disk, ${pendingBytes} are allowed`,
  );
}
