import { ANY, type Condition, holds, NEWER } from '../../contract/condition.ts';
import { type Cell, KEEP_EXPIRY, type Reply, type Stored } from '../../contract/core.ts';
import type { Stamp } from '../../contract/entry.ts';
import { recordBound } from '../../parts/record.ts';
import { admit } from './append.ts';
import { foundIn, leaveStamp, put, remove, seal, standing } from './apply.ts';
import { expiryAt, stampAt, storedAt, versionAt } from './cursor.ts';
import { answer, noTable, type State, type Table, tableOf } from './state.ts';

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
  const table = state.tables[map];
  if (table === undefined) throw noTable(state, map);
  admit(state, recordBound(key, cell as Uint8Array | undefined), cell === undefined);
  const found = standing(state, table, key);
  if (condition !== ANY && !allowed(state, table, key, found, condition, ifVersion, stamp)) {
    return answer(state, false, current(state, table, key, found));
  }
  const kept = condition === NEWER ? stamp : undefined;
  if (cell !== undefined) {
    const expiry = expiryOf(state, table, found, expiresAt);
    state.version++;
    const entry = put(state, table, key, cell, expiry, kept, shape);
    seal(state);
    return answer(state, true, entry);
  }
  if (!found && kept === undefined) return answer(state, false, undefined);
  state.version++;
  let gone: Stored | undefined;
  if (found) {
    gone = remove(state, table, key, 'delete', kept);
    seal(state);
  } else if (kept !== undefined) leaveStamp(state, table, key, kept);
  return answer(state, true, gone);
}

/** Whether a condition holds for the key that was looked for. */
export function allowed(
  state: State,
  table: Table,
  key: string,
  found: boolean,
  condition: Condition,
  ifVersion: number,
  stamp: Stamp | undefined,
): boolean {
  const segment = found ? foundIn(state, table) : undefined;
  const { offset } = table.directory;
  let known: Stamp | undefined;
  if (condition === NEWER) {
    known =
      segment === undefined
        ? state.tombstones.stampOf(table.id, key, state.clock.now())
        : stampAt(segment, offset);
  }
  return holds(condition, ifVersion, stamp, segment === undefined ? 0 : versionAt(segment, offset), known);
}

/** The entry that was found. */
export function current(
  state: State,
  table: Table,
  key: string,
  found: boolean,
): Required<Stored> | undefined {
  return found ? storedAt(foundIn(state, table), table.directory.offset, key) : undefined;
}

/** The expiry that a write gives. */
export function expiryOf(state: State, table: Table, found: boolean, expiresAt: number): number {
  if (expiresAt !== KEEP_EXPIRY) return expiresAt;
  return found ? expiryAt(foundIn(state, table), table.directory.offset) : 0;
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
  admit(state, recordBound(key, 0));
  const entry = current(state, table, key, standing(state, table, key));
  const value = entry === undefined ? 0 : entry.value;
  const sum = typeof value === 'number' && Number.isSafeInteger(value) ? value + delta : NaN;
  if (!Number.isSafeInteger(sum)) return answer(state, false, entry);
  const expiry = entry === undefined ? Math.max(0, expiresAt) : entry.expiresAt;
  state.version++;
  const written = put(state, table, key, sum, expiry, undefined, shape);
  seal(state);
  return answer(state, true, written);
}
