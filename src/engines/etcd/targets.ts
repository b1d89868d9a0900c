import type { Clock } from '../../base/clock.ts';
import { NEWER, VERSION, holds } from '../../contract/condition.ts';
import type { FenceGuard, Guard, Operation, VersionGuard } from '../../contract/core.ts';
import type { Stamp } from '../../contract/entry.ts';
import { hasExpired, rowOf, type Row } from './entry.ts';
import { unframe } from './frame.ts';
import type { KeyValue } from './protocol/responses.ts';
import type { Table } from './tables.ts';

/** The stamp that is remembered of a removed entry. */
interface Remembered {
  readonly stamp: Stamp | undefined;
  /** Until when, in milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly version: number;
}

/** What stands at a key, as far as a transaction must compare it. */
export interface Standing {
  readonly row: Row | undefined;
  readonly remembered: Remembered | undefined;
}

/** A key that a commit checks or writes. */
export interface Target {
  readonly table: Table;
  readonly key: string;
  guard: VersionGuard | undefined;
  operation: Operation | undefined;
  /** What was read; `undefined`: nothing yet, the transaction decides by its conditions. */
  standing: Standing | undefined;
}

/** The keys that guards and operations are about, each once. */
export function targetsOf(
  guards: readonly Guard[],
  operations: readonly Operation[],
  tableOf: (id: number) => Table,
): Target[] {
  const targets = new Map<string, Target>();
  const target = (map: number, key: string): Target => {
    const name = `${map}/${key}`;
    let found = targets.get(name);
    if (found === undefined) {
      found = { table: tableOf(map), key, guard: undefined, operation: undefined, standing: undefined };
      targets.set(name, found);
    }
    return found;
  };
  for (const guard of guards) if (guard.kind === 'version') target(guard.map, guard.key).guard = guard;
  for (const operation of operations) target(operation.map, operation.key).operation = operation;
  return [...targets.values()];
}

/** What was read at a key and at that of its stamp. */
export function standingOf(key: string, entry: KeyValue | undefined, stamp: KeyValue | undefined): Standing {
  const row = entry === undefined ? undefined : rowOf(key, entry);
  if (stamp === undefined) return { row, remembered: undefined };
  const framed = unframe(stamp.value);
  return {
    row,
    remembered: { stamp: framed.stamp, expiresAt: framed.expiresAt, version: stamp.modRevision },
  };
}

/** `true`: this transaction cannot be carried out twice, for it compares the version of what it writes. */
export function isExact({ standing, guard, operation }: Target): boolean {
  if (operation === undefined) return false;
  return standing !== undefined || guard !== undefined || operation.condition === VERSION;
}

/** `true`: the condition can only be decided by what is read before. */
export function needsReading({ operation, table }: Target): boolean {
  if (operation === undefined) return false;
  return operation.condition === NEWER || (operation.cell === undefined && table.record.stamps);
}

/**
 * The first guard or operation that does not hold, by number; -1 when all do. Everything must have been read.
 *
 * @param held - whether a lock is held
 */
export function decide(
  guards: readonly Guard[],
  operations: readonly Operation[],
  targets: readonly Target[],
  clock: Clock,
  held: (guard: FenceGuard) => boolean,
): number {
  const find = ({ map, key }: { readonly map: number; readonly key: string }): Standing | undefined =>
    targets.find((target) => target.table.id === map && target.key === key)?.standing;
  const versionAt = (standing: Standing | undefined): number => standing?.row?.version ?? 0;
  const failed = guards.findIndex((guard) =>
    guard.kind === 'fence' ? !held(guard) : versionAt(find(guard)) !== guard.version,
  );
  if (failed >= 0) return failed;
  const refused = operations.findIndex((operation) => {
    const standing = find(operation);
    const { condition, ifVersion, stamp } = operation;
    return !holds(condition, ifVersion, stamp, versionAt(standing), knownStamp(standing, clock));
  });
  return refused < 0 ? -1 : guards.length + refused;
}

function knownStamp(standing: Standing | undefined, clock: Clock): Stamp | undefined {
  if (standing?.row !== undefined) return standing.row.stamp;
  const remembered = standing?.remembered;
  return remembered === undefined || hasExpired(remembered, clock) ? undefined : remembered.stamp;
}
