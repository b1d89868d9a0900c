import { ANY, NEWER } from '../../contract/condition.ts';
import type { CommitReply, Guard, Operation, Stored } from '../../contract/core.ts';
import { recordBound } from '../../parts/record.ts';
import { admit, beginGroup, definitionBytes } from './append.ts';
import { define, find, foundIn, leaveStamp, put, remove, seal, standing } from './apply.ts';
import { versionAt } from './cursor.ts';
import { type State, tableOf } from './state.ts';
import { allowed, current, expiryOf } from './write.ts';

/** `SyncCore.commit`: everything is checked, then everything is applied under one version. */
export function commit(
  state: State,
  guards: readonly Guard[],
  operations: readonly Operation[],
): CommitReply {
  const bytes = operations.reduce((sum, { key, cell }) => sum + recordBound(key, cell as Uint8Array), 0);
  const frees = operations.every(({ cell }) => cell === undefined);
  admit(state, bytes, frees);
  const refused = (failed: number, entry: Stored | undefined): CommitReply => ({
    ok: false,
    at: state.version,
    failed,
    current: entry,
  });
  for (const [i, guard] of guards.entries()) {
    const table = tableOf(state, guard.map);
    const found = standing(state, table, guard.key);
    const held =
      guard.kind === 'fence'
        ? state.locks.holds(guard.map, guard.key, guard.fence)
        : (found ? versionAt(foundIn(state, table), table.directory.offset) : 0) === guard.version;
    if (!held) return refused(i, current(state, table, guard.key, found));
  }
  for (const [i, { map, key, condition, ifVersion, stamp }] of operations.entries()) {
    const table = tableOf(state, map);
    const found = standing(state, table, key);
    if (condition === ANY) continue;
    if (!allowed(state, table, key, found, condition, ifVersion, stamp)) {
      return refused(guards.length + i, current(state, table, key, found));
    }
  }
  if (operations.length > 0) applyAll(state, operations, bytes);
  // Letting go may hand the lock on, and the next fence takes a version.
  const at = state.version;
  for (const guard of guards) {
    if (guard.kind === 'fence' && guard.release) state.locks.release(guard.map, guard.key, guard.fence);
  }
  return { ok: true, at, failed: -1, current: undefined };
}

function applyAll(state: State, operations: readonly Operation[], bytes: number): void {
  const doing = operations.filter((operation) => {
    if (operation.cell !== undefined || operation.condition === NEWER) return true;
    return find(state, tableOf(state, operation.map), operation.key);
  });
  state.version++;
  if (doing.length > 1) {
    const begun = new Set(doing.map(({ map }) => tableOf(state, map)).filter(({ stored }) => !stored));
    const room = Array.from(begun).reduce((sum, table) => sum + definitionBytes(table), bytes);
    beginGroup(state, doing.length + begun.size, room);
    state.commits.grouped = true;
    for (const table of begun) define(state, table);
  }
  for (const operation of doing) apply(state, operation);
  state.commits.grouped = false;
  seal(state);
}

function apply(state: State, operation: Operation): void {
  const { map, key, cell, shape } = operation;
  const table = tableOf(state, map);
  const stamp = operation.condition === NEWER ? operation.stamp : undefined;
  const found = find(state, table, key);
  if (cell !== undefined) {
    put(state, table, key, cell, expiryOf(state, table, found, operation.expiresAt), stamp, shape);
  } else if (found) remove(state, table, key, 'delete', stamp);
  else if (stamp !== undefined) leaveStamp(state, table, key, stamp);
}
