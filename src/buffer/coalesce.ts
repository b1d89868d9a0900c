import { show } from '../base/options.ts';
import type { Stamp } from '../contract/entry.ts';
import type { State } from './pending.ts';

/** Makes one value of two that wait for the same key. */
export type Merge = (old: unknown, next: unknown) => unknown;

/** A write on its way into a table. */
export interface Change {
  readonly value: unknown;
  readonly stamp: Stamp | undefined;
  readonly deleted: boolean;
}

/** What stands when a write comes upon what waits already. @throws what `merge` throws */
export function combine(
  old: State | undefined,
  { value, stamp, deleted }: Change,
  merge: Merge | undefined,
): State {
  if (old === undefined) return { value, stamp, updates: 0, deleted, afterDelete: false };
  const updates = stamp !== undefined || merge !== undefined ? old.updates + 1 : 0;
  if (deleted) return { value: undefined, stamp, updates, deleted, afterDelete: false };
  const merged = merge === undefined || old.deleted ? value : merging(merge, old.value, value);
  return { value: merged, stamp, updates, deleted, afterDelete: old.deleted || old.afterDelete };
}

/** What stands when all that waits for a key comes upon what was held back before it. */
export function join(older: State, newer: State, merge: Merge | undefined): State {
  const fresh = newer.deleted || newer.afterDelete || older.deleted || merge === undefined;
  const counted = newer.stamp !== undefined || merge !== undefined;
  return {
    value: fresh ? newer.value : merging(merge, older.value, newer.value),
    stamp: newer.stamp,
    updates: counted ? older.updates + newer.updates + 1 : newer.updates,
    deleted: newer.deleted,
    afterDelete: !newer.deleted && (newer.afterDelete || older.deleted || older.afterDelete),
  };
}

function merging(merge: Merge, old: unknown, next: unknown): unknown {
  const merged = merge(old, next);
  if (merged === undefined) throw new TypeError(`merge must return a value, got ${show(merged)}`);
  return merged;
}
