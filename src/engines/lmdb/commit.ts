import { ANY, holds, NEWER } from '../../contract/condition.ts';
import type { CommitReply, Guard, Operation } from '../../contract/core.ts';
import { put, remove, seal, standing, standingOrDamaged } from './apply.ts';
import type { Row } from './row.ts';
import { type State, tableOf } from './state.ts';
import { rememberStone } from './stones.ts';
import { takeVersion } from './versions.ts';
import { checkRoom, expiryOf, knownStamp } from './write.ts';

/** `SyncCore.commit`: everything is checked, then everything is applied under one version. */
export function commit(
  state: State,
  guards: readonly Guard[],
  operations: readonly Operation[],
): CommitReply {
  const refused = (failed: number, current: Row | undefined): CommitReply => ({
    ok: false,
    at: state.version,
    failed,
    current,
  });
  if (operations.length > 0) checkRoom(state);
  for (const [i, guard] of guards.entries()) {
    const row = standing(state, tableOf(state, guard.map), guard.key, true);
    const held =
      guard.kind === 'fence'
        ? state.locks.holds(guard.map, guard.key, guard.fence)
        : (row?.version ?? 0) === guard.version;
    if (!held) return refused(i, row);
  }
  const rows: (Row | undefined)[] = [];
  for (const [i, { map, key, cell, condition, ifVersion, stamp }] of operations.entries()) {
    const table = tableOf(state, map);
    const over = condition === ANY && cell !== undefined;
    const row = over ? standingOrDamaged(state, table, key, true) : standing(state, table, key, true);
    rows.push(row);
    if (condition === ANY) continue;
    const known = condition === NEWER ? knownStamp(state, table, key, row) : undefined;
    if (!holds(condition, ifVersion, stamp, row?.version ?? 0, known)) return refused(guards.length + i, row);
  }
  if (operations.length > 0) {
    takeVersion(state);
    for (const [i, operation] of operations.entries()) apply(state, rows[i], operation);
    seal(state);
  }
  // Letting go may hand the lock on, and the next fence takes a version.
  const at = state.version;
  for (const guard of guards) {
    if (guard.kind === 'fence' && guard.release) state.locks.release(guard.map, guard.key, guard.fence);
  }
  return { ok: true, at, failed: -1, current: undefined };
}

function apply(state: State, row: Row | undefined, operation: Operation): void {
  const { map, key, cell, shape } = operation;
  const table = tableOf(state, map);
  const stamp = operation.condition === NEWER ? operation.stamp : undefined;
  if (cell !== undefined) {
    put(state, table, row, key, cell, expiryOf(row, operation.expiresAt), stamp, shape);
    return;
  }
  if (row !== undefined) remove(state, table, row, 'delete');
  if (stamp !== undefined) rememberStone(state, table, key, stamp);
}
