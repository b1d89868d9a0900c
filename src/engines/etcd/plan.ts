import { NEWER, PRESENT, VERSION } from '../../contract/condition.ts';
import { KEEP_EXPIRY, type Operation } from '../../contract/core.ts';
import { StoreError } from '../../base/errors.ts';
import { frame } from './frame.ts';
import type { Compare, RequestOp } from './protocol/requests.ts';
import { writeRecord, type MapRecord } from './record.ts';
import type { State } from './state.ts';
import type { Table } from './tables.ts';
import { isExact, type Target } from './targets.ts';
import { exists, put, remove, take, unleased, writtenIn } from './words.ts';

/** The most comparisons, and operations, that etcd takes in one transaction. */
export const MOST_OPERATIONS = 128;

const NOTHING = new Uint8Array(0);

/** The comparisons and operations of a transaction. */
export interface Plan {
  readonly compare: Compare[];
  readonly success: RequestOp[];
  /** Records of maps that it writes. */
  readonly records: Map<Table, MapRecord>;
  /** The place of the answer about the entry that the first operation removes; -1: none. */
  removal: number;
}

/** How many comparisons a target needs that was not read. */
export function comparisonsOf({ table, guard, operation }: Target): number {
  const conditions = operation?.condition === VERSION || operation?.condition === PRESENT ? 1 : 0;
  return (table.record.expires ? 1 : 0) + (guard === undefined ? 0 : 1) + conditions;
}

/** Compares what a target was read as, or lets etcd decide its conditions. */
export function compareTarget(plan: Plan, target: Target): void {
  const { table, key, guard, operation, standing } = target;
  const entry = Buffer.from(table.entries + key);
  if (standing !== undefined) {
    plan.compare.push(writtenIn(entry, standing.row?.version ?? 0));
    if (operation?.condition === NEWER && table.record.stamps)
      plan.compare.push(writtenIn(Buffer.from(table.stamps + key), standing.remembered?.version ?? 0));
    return;
  }
  // An entry with a lease may have expired: it has to be read. Where the record knows of none, there is none.
  if (table.record.expires) plan.compare.push(unleased(entry));
  if (guard !== undefined) plan.compare.push(writtenIn(entry, guard.version));
  if (operation?.condition === VERSION) plan.compare.push(writtenIn(entry, operation.ifVersion));
  if (operation?.condition === PRESENT) plan.compare.push(exists(entry));
}

/** Adds what an operation does. @throws StoreError as leases do */
export async function planOperation(state: State, plan: Plan, target: Target, nonce: Buffer): Promise<void> {
  const { operation } = target;
  if (operation === undefined) return;
  if (operation.cell === undefined) await planDelete(state, plan, target, operation);
  else await planPut(state, plan, target, operation, nonce);
}

/** Until when an entry lives that an operation writes. */
export function endOf({ expiresAt }: Operation, target: Target): number {
  return expiresAt === KEEP_EXPIRY ? (target.standing?.row?.expiresAt ?? 0) : expiresAt;
}

async function planPut(
  state: State,
  plan: Plan,
  target: Target,
  operation: Operation,
  nonce: Buffer,
): Promise<void> {
  const { table, key, standing } = target;
  const { cell, condition, shape } = operation;
  const expiresAt = endOf(operation, target);
  const newer = condition === NEWER;
  const stamp = newer ? operation.stamp : undefined;
  const kept = operation.expiresAt === KEEP_EXPIRY ? standing?.row?.lease : undefined;
  const lease = expiresAt === 0 ? 0 : (kept ?? (await state.leases.leaseFor(expiresAt)));
  const value = frame(cell ?? NOTHING, expiresAt, shape, stamp, isExact(target) ? nonce : undefined);
  plan.success.push(put(Buffer.from(table.entries + key), value, lease));
  if (expiresAt !== 0) {
    // What is left behind by the expiry is written now: there may be nobody to do it then.
    if (newer) await planStamp(state, plan, target, operation, expiresAt);
    else if (recordOf(plan, table).stamps) plan.success.push(remove(Buffer.from(table.stamps + key)));
  }
  wants(plan, table, { stored: true, expires: expiresAt !== 0, stamps: newer });
}

async function planDelete(state: State, plan: Plan, target: Target, operation: Operation): Promise<void> {
  const { table, key, standing } = target;
  const absent = standing !== undefined && standing.row === undefined;
  if (!absent) {
    if (plan.removal < 0) plan.removal = plan.success.length;
    plan.success.push(take(Buffer.from(table.entries + key)));
    if (standing?.row !== undefined && standing.row.expiresAt !== 0) markDeletion(state, plan);
  }
  if (operation.condition === NEWER) {
    await planStamp(state, plan, target, operation, state.clock.now());
    wants(plan, table, { stored: true, expires: false, stamps: true });
  } else if (!absent && table.record.stamps) plan.success.push(remove(Buffer.from(table.stamps + key)));
}

/** Leaves a stamp behind, from this time on. */
async function planStamp(
  state: State,
  plan: Plan,
  { table, key }: Target,
  { stamp }: Operation,
  from: number,
): Promise<void> {
  const until = from + state.settings.tombstoneMs;
  const lease = await state.leases.leaseFor(until);
  plan.success.push(put(Buffer.from(table.stamps + key), frame(NOTHING, until, 0, stamp, undefined), lease));
}

/** Says that this commit deletes entries that have a time to live. */
export function markDeletion({ layout }: State, plan: Plan): void {
  const marks = plan.success.some(({ requestPut }) => requestPut?.key === layout.deletion);
  if (!marks) plan.success.push(put(layout.deletion, NOTHING, 0));
}

function recordOf(plan: Plan, table: Table): MapRecord {
  return plan.records.get(table) ?? table.record;
}

/** Lets the transaction write the record of a map, if it lacks what is wanted. */
function wants(plan: Plan, table: Table, want: Pick<MapRecord, 'stored' | 'expires' | 'stamps'>): void {
  const record = recordOf(plan, table);
  const lacks =
    (want.stored && !record.stored) || (want.expires && !record.expires) || (want.stamps && !record.stamps);
  if (!lacks) return;
  const format = record.stored ? record : table.format;
  plan.records.set(table, {
    generation: record.generation,
    codec: format.codec,
    shape: format.shape,
    stored: true,
    expires: record.expires || want.expires,
    stamps: record.stamps || want.stamps,
  });
}

/** Adds the records that are written, and looks whether etcd takes the whole. @throws StoreError `LIMIT` */
export function finishPlan(state: State, plan: Plan): void {
  for (const [table, record] of plan.records) plan.success.push(put(table.recordKey, writeRecord(record), 0));
  if (Math.max(plan.compare.length, plan.success.length) > MOST_OPERATIONS) {
    const size = `${plan.compare.length} comparisons and ${plan.success.length} operations`;
    throw new StoreError('LIMIT', `the commit needs ${size}, etcd takes ${MOST_OPERATIONS} of each`);
  }
  let bytes = 0;
  for (const { requestPut } of plan.success)
    bytes += (requestPut?.value?.length ?? 0) + (requestPut?.key?.length ?? 0) + 32;
  if (bytes > state.settings.requestBytes)
    throw new StoreError('LIMIT', `the commit has ${bytes} bytes, etcd takes ${state.settings.requestBytes}`);
}
