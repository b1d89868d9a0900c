import type { CommitReply, FenceGuard, Guard, Operation, Stored } from '../../contract/core.ts';
import { backOff } from './backoff.ts';
import { hasExpired, rowOf, type Row } from './entry.ts';
import { expire } from './expire.ts';
import { newNonce } from './frame.ts';
import { rangeOf, revisionOf } from './answer.ts';
import { isRefused } from './link/errors.ts';
import {
  compareTarget,
  comparisonsOf,
  endOf,
  finishPlan,
  MOST_OPERATIONS,
  planOperation,
  type Plan,
} from './plan.ts';
import { txn } from './protocol/methods.ts';
import type { RequestOp } from './protocol/requests.ts';
import type { KeyValue, TxnResponse } from './protocol/responses.ts';
import { findWrite } from './resolve.ts';
import { checkOpen, type State } from './state.ts';
import type { Table } from './tables.ts';
import { decide, isExact, needsReading, standingOf, targetsOf, type Target } from './targets.ts';
import { read, remove, writtenIn } from './words.ts';

/** What a commit came to. */
export interface Committed extends CommitReply {
  /** What the first operation wrote, or removed. */
  readonly entry: Stored | undefined;
}

/** A read of the branch that is taken when a comparison does not hold, and what is done with it. */
interface Look {
  readonly operation: RequestOp;
  readonly learn: (found: KeyValue | undefined) => void;
}

/**
 * Several writes, all or nothing. etcd decides in one transaction, by the conditions where it can (no entry in the
 * way has a time to live), else by the versions that were read before.
 *
 * INVARIANT: a transaction whose outcome is not known is sent again only when it compares the version of
 * something that it writes, so that it cannot be carried out twice; then it is found out which of them it was.
 */
export async function commit(
  state: State,
  guards: readonly Guard[],
  operations: readonly Operation[],
): Promise<Committed> {
  const targets = targetsOf(guards, operations, (id) => state.tables.of(id));
  const tables = [...new Set(targets.map(({ table }) => table))];
  const fences = guards.filter((guard) => guard.kind === 'fence');
  const held = new Map<FenceGuard, number>();
  const nonce = newNonce();
  let readFirst = targets.some(needsReading) || isTooLarge(tables, targets);
  for (let tries = 0; ; tries++) {
    checkOpen(state);
    const plan: Plan = { compare: [], success: [], records: new Map(), removal: -1 };
    for (const { recordKey, revision } of tables) plan.compare.push(writtenIn(recordKey, revision));
    const revisions = tables.map(({ revision }) => revision);
    let looks = looksOf(state, tables, targets, fences, held);
    let answer: TxnResponse;
    let doubtful = false;
    const bases = targets.map(baseOf);
    if (readFirst) {
      answer = await state.cluster.call(txn, { success: looks.map(({ operation }) => operation) }, 'read');
    } else {
      for (const fence of fences) compareFence(state, plan, fence);
      for (const target of targets) compareTarget(plan, target);
      try {
        for (const target of targets) await planOperation(state, plan, target, nonce);
        for (const fence of fences) planRelease(state, plan, fence);
        finishPlan(state, plan);
        // It fails by a record only: what stands at the keys is of no interest then.
        if (plan.compare.length === tables.length) looks = looks.slice(0, tables.length);
        answer = await state.cluster.call(
          txn,
          { compare: plan.compare, success: plan.success, failure: looks.map(({ operation }) => operation) },
          plan.success.length === 0 ? 'read' : targets.some(isExact) ? 'again' : 'once',
          () => (doubtful = true),
        );
      } catch (error) {
        // A lease that ended early: by a process that was stopped, or by hand.
        if (!isRefused(error, 'lease-gone') || tries > 8) throw error;
        await forgetLeases(state, plan);
        for (const target of targets) target.standing = undefined;
        continue;
      }
      if (answer.succeeded) return conclude(state, plan, guards, targets, operations, answer);
    }
    const at = revisionOf(answer);
    for (const [n, { learn }] of looks.entries()) learn(rangeOf(answer.responses[n])[0]);
    if (doubtful) {
      const version = await findWrite(state, targets, bases, nonce);
      if (version !== undefined) return concludeAt(state, plan, guards, targets, operations, version);
    }
    readFirst = false;
    if (tables.some(({ revision }, n) => revision !== revisions[n])) {
      for (const target of targets) target.standing = undefined;
      readFirst = targets.some(needsReading) || isTooLarge(tables, targets);
      continue;
    }
    await expireThoseInTheWay(state, targets);
    const failed = decide(
      guards,
      operations,
      targets,
      state.clock,
      (guard) => held.get(guard) === guard.fence,
    );
    if (failed >= 0) return refusal(state, guards, operations, targets, failed, at);
    await backOff(tries);
  }
}

/** `true`: etcd would not take the comparisons of what was not read, or the reads for when they do not hold. */
function isTooLarge(tables: readonly Table[], targets: readonly Target[]): boolean {
  let [compares, looks] = [tables.length, tables.length];
  for (const target of targets) {
    compares += comparisonsOf(target);
    looks += readsOf(target);
  }
  return compares > MOST_OPERATIONS || (compares > tables.length && looks > MOST_OPERATIONS);
}

/** How many reads tell what stands at a target. */
function readsOf({ table, operation }: Target): number {
  return table.record.stamps && operation !== undefined ? 2 : 1;
}

/** The version of what a target writes must be for the transaction to be carried out; `undefined`: any. */
function baseOf(target: Target): number | undefined {
  if (!isExact(target)) return undefined;
  return target.standing === undefined
    ? (target.guard?.version ?? target.operation?.ifVersion)
    : (target.standing.row?.version ?? 0);
}

function looksOf(
  state: State,
  tables: readonly Table[],
  targets: readonly Target[],
  fences: readonly FenceGuard[],
  held: Map<FenceGuard, number>,
): Look[] {
  const looks: Look[] = tables.map((table) => ({
    operation: read(table.recordKey),
    learn(found) {
      if ((found?.modRevision ?? 0) !== table.revision) state.tables.relearn(table, found);
    },
  }));
  for (const target of targets) {
    const { table, key } = target;
    let entry: KeyValue | undefined;
    looks.push({
      operation: read(Buffer.from(table.entries + key)),
      learn(found) {
        entry = found;
        target.standing = standingOf(key, found, undefined);
      },
    });
    if (readsOf(target) === 1) continue;
    looks.push({
      operation: read(Buffer.from(table.stamps + key)),
      learn: (found) => (target.standing = standingOf(key, entry, found)),
    });
  }
  for (const fence of fences) {
    const lock = state.locks.find(fence);
    if (lock === undefined) continue;
    looks.push({
      operation: read(lock.holderKey),
      learn: (found) => held.set(fence, found?.modRevision ?? 0),
    });
  }
  return looks;
}

/** A lock that this process does not hold is compared with what cannot be. */
function compareFence(state: State, plan: Plan, fence: FenceGuard): void {
  const lock = state.locks.find(fence);
  if (lock === undefined) plan.compare.push({ key: state.layout.store, target: 1, createRevision: 0 });
  else plan.compare.push(writtenIn(lock.holderKey, fence.fence));
}

function planRelease(state: State, plan: Plan, fence: FenceGuard): void {
  const lock = fence.release ? state.locks.find(fence) : undefined;
  if (lock !== undefined) plan.success.push(remove(lock.holderKey));
}

async function expireThoseInTheWay(state: State, targets: readonly Target[]): Promise<void> {
  for (const target of targets) {
    const row = target.standing?.row;
    if (row === undefined || !hasExpired(row, state.clock)) continue;
    await expire(state, target.table.entries, [row]);
    target.standing = { row: undefined, remembered: target.standing?.remembered };
  }
}

async function forgetLeases(state: State, plan: Plan): Promise<void> {
  for (const { requestPut } of plan.success)
    if (requestPut?.lease !== undefined && requestPut.lease !== 0) await state.leases.lost(requestPut.lease);
}

function refusal(
  state: State,
  guards: readonly Guard[],
  operations: readonly Operation[],
  targets: readonly Target[],
  failed: number,
  at: number,
): Committed {
  const what = guards[failed] ?? operations[failed - guards.length];
  const current = targets.find(({ table, key }) => table.id === what?.map && key === what.key)?.standing?.row;
  const shown = current === undefined || hasExpired(current, state.clock) ? undefined : current;
  return { ok: false, at, failed, current: shown, entry: shown };
}

function conclude(
  state: State,
  plan: Plan,
  guards: readonly Guard[],
  targets: readonly Target[],
  operations: readonly Operation[],
  answer: TxnResponse,
): Committed {
  const committed = concludeAt(state, plan, guards, targets, operations, revisionOf(answer));
  if (plan.removal < 0 || operations[0]?.cell !== undefined) return committed;
  const removed = answer.responses[plan.removal]?.responseDeleteRange?.prevKvs[0];
  return {
    ...committed,
    entry: removed === undefined ? undefined : rowOf(operations[0]?.key ?? '', removed),
  };
}

/** Takes in that a transaction was carried out in a revision. */
function concludeAt(
  state: State,
  plan: Plan,
  guards: readonly Guard[],
  targets: readonly Target[],
  operations: readonly Operation[],
  at: number,
): Committed {
  for (const [table, record] of plan.records) if (at > table.revision) state.tables.set(table, record, at);
  for (const guard of guards) if (guard.kind === 'fence' && guard.release) state.locks.released(guard);
  const first = operations[0];
  const target = targets.find(({ operation }) => operation === first);
  return {
    ok: true,
    at,
    failed: -1,
    current: undefined,
    entry: first && target && writtenRow(first, target, at),
  };
}

function writtenRow(operation: Operation, target: Target, version: number): Stored | Row | undefined {
  const { key, cell, shape } = operation;
  if (cell === undefined) return target.standing?.row;
  return { key, value: cell, version, expiresAt: endOf(operation, target), shape };
}
