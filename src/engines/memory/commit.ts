import { ANY, holds, NEWER } from '../../contract/condition.ts';
import type { CommitReply, Guard, Operation } from '../../contract/core.ts';
import { put, remove, seal, standing } from './apply.ts';
import { type Node, type State, tableOf } from './state.ts';
import { expiryOf, knownStamp } from './write.ts';

/** `SyncCore.commit`: everything is checked, then everything is applied under one version. */
export function commit(
  state: State,
  guards: readonly Guard[],
  operations: readonly Operation[],
): CommitReply {
  const refused = (failed: number, current: Node | undefined): CommitReply => ({
    ok: false,
    at: state.version,
    failed,
    current,
  });
  for (const [i, guard] of guards.entries()) {
    const node = standing(state, tableOf(state, guard.map), guard.key);
    const held =
      guard.kind === 'fence'
        ? state.locks.holds(guard.map, guard.key, guard.fence)
        : (node?.version ?? 0) === guard.version;
    if (!held) return refused(i, node);
  }
  const nodes: (Node | undefined)[] = [];
  for (const [i, { map, key, condition, ifVersion, stamp }] of operations.entries()) {
    const table = tableOf(state, map);
    const node = standing(state, table, key);
    nodes.push(node);
    if (condition === ANY) continue;
    const known = condition === NEWER ? knownStamp(state, table, key, node) : undefined;
    if (!holds(condition, ifVersion, stamp, node?.version ?? 0, known))
      return refused(guards.length + i, node);
  }
  if (operations.length > 0) {
    state.version++;
    for (const [i, operation] of operations.entries()) apply(state, nodes[i], operation);
    seal(state);
  }
  // Letting go may hand the lock on, and the next fence takes a version.
  const at = state.version;
  for (const guard of guards) {
    if (guard.kind === 'fence' && guard.release) state.locks.release(guard.map, guard.key, guard.fence);
  }
  return { ok: true, at, failed: -1, current: undefined };
}

function apply(state: State, node: Node | undefined, operation: Operation): void {
  const { map, key, cell, shape } = operation;
  const table = tableOf(state, map);
  const stamp = operation.condition === NEWER ? operation.stamp : undefined;
  if (cell !== undefined) {
    put(state, table, node, key, cell, expiryOf(node, operation.expiresAt), stamp, shape);
    return;
  }
  if (node !== undefined) remove(state, table, node, 'delete');
  if (stamp !== undefined) state.tombstones.remember(map, key, stamp, state.clock.now());
}
