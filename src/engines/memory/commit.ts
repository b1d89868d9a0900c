import { ANY, holds, NEWER } from '../../contract/condition.ts';
import type { CommitReply, Guard, Operation, Stored } from '../../contract/core.ts';
import { put, remove, seal, standing } from './apply.ts';
import { type State, tableOf } from './state.ts';
import { expiryOf, knownStamp } from './write.ts';

/** `SyncCore.commit`: everything is checked, then everything is applied under one version. */
export function commit(
  state: State,
  guards: readonly Guard[],
  operations: readonly Operation[],
): CommitReply {
  const refused = (failed: number, current: Stored | undefined): CommitReply => ({
    ok: false,
    at: state.version,
    failed,
    current,
  });
  for (const [i, guard] of guards.entries()) {
    const entry = standing(state, tableOf(state, guard.map), guard.key);
    const held =
      guard.kind === 'fence'
        ? state.locks.holds(guard.map, guard.key, guard.fence)
        : (entry?.version ?? 0) === guard.version;
    if (!held) return refused(i, entry);
  }
  const found: (Stored | undefined)[] = [];
  for (const [i, { map, key, condition, ifVersion, stamp }] of operations.entries()) {
    const table = tableOf(state, map);
    const entry = standing(state, table, key);
    found.push(entry);
    if (condition === ANY) continue;
    const known = condition === NEWER ? knownStamp(state, table, key, entry) : undefined;
    if (!holds(condition, ifVersion, stamp, entry?.version ?? 0, known))
      return refused(guards.length + i, entry);
  }
  if (operations.length > 0) {
    state.version++;
    for (const [i, operation] of operations.entries()) apply(state, found[i], operation);
    seal(state);
  }
  // Letting go may hand the lock on, and the next fence takes a version.
  const at = state.version;
  for (const guard of guards) {
    if (guard.kind === 'fence' && guard.release) state.locks.release(guard.map, guard.key, guard.fence);
  }
  return { ok: true, at, failed: -1, current: undefined };
}

function apply(state: State, before: Stored | undefined, operation: Operation): void {
  const { map, key, cell, shape } = operation;
  const table = tableOf(state, map);
  const stamp = operation.condition === NEWER ? operation.stamp : undefined;
  if (cell !== undefined) {
    put(state, table, before, key, cell, expiryOf(before, operation.expiresAt), stamp, shape);
    return;
  }
  if (before !== undefined) remove(state, table, before, 'delete');
  if (stamp !== undefined) state.tombstones.remember(map, key, stamp, state.clock.now());
}
