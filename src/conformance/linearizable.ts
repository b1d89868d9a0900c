import { SOMETHING, type HistoryOperation } from './history.ts';
import { explainUnknown, type Needs } from './unknown-outcomes.ts';
import { buildTimeline, changes, mayExpire, type Blame, type Timeline, type Violation } from './timeline.ts';

/**
 * Checks that a history is linearizable, key by key, in the order that the versions tell: every
 * answer was true at one moment between its call and its return, writes took effect in the order of
 * their versions, and no write that was answered was lost or done twice. Takes O(n log n).
 *
 * It is exact where every reply carries `version` and `at`, but for calls of unknown outcome that
 * add, write an entry that expires, or are `over` 0, `present` or a version that no answer told: these
 * get the benefit of the doubt, and so does any delete of unknown outcome from a read of nothing without `at`.
 *
 * @param operations - all operations on the keys, from the time when the keys were absent
 * @returns what is wrong, at most one violation for each key; empty when all is well
 * @throws TypeError when a write that was answered, or an entry that was read, has no version
 *
 * @example
 * ```ts
 * import { checkHistory, createHistory } from 'samemap/conformance';
 * const history = createHistory();
 * const violations = checkHistory(history.operations());
 * if (violations.length > 0) throw new Error(violations.map(({ message }) => message).join('\n'));
 * ```
 */
export function checkHistory(operations: readonly HistoryOperation[]): Violation[] {
  const byKey = new Map<string, HistoryOperation[]>();
  for (const operation of operations) {
    const list = byKey.get(operation.key);
    if (list === undefined) byKey.set(operation.key, [operation]);
    else list.push(operation);
  }
  const violations: Violation[] = [];
  for (const [key, list] of byKey) {
    const violation = checkKey(key, list);
    if (violation !== undefined) violations.push(violation);
  }
  return violations;
}

/** Place of an operation that may have happened at any absent state. */
const ANYWHERE = -1;

function checkKey(key: string, operations: readonly HistoryOperation[]): Violation | undefined {
  let first: Violation | undefined;
  const blame: Blame = (problem, message, ...shown) => {
    first ??= { problem, key, message: `${key}: ${problem}: ${message}`, operations: shown.filter(isGiven) };
  };
  const timeline = buildTimeline(operations, blame);
  if (first !== undefined) return first;
  const answered = operations.filter((operation) => operation.result !== 'unknown');
  const unknown = operations.filter((operation) => operation.result === 'unknown');
  const needs: Needs = { removals: new Map(), unknown, blame };
  const places = Float64Array.from(answered, (operation) => placeOf(operation, timeline, needs));
  checkRemovals(answered, places, timeline, needs);
  for (const operation of answered) if (changes(operation)) checkBefore(operation, timeline, needs);
  if (first !== undefined) return first;
  checkOrder(answered, places, timeline, needs);
  if (first === undefined) explainUnknown(timeline, answered, places, needs);
  return first;
}

/** Where the answer was true; blames answers that name a version and were not true at it. */
function placeOf(operation: HistoryOperation, timeline: Timeline, needs: Needs): number {
  const { at, version } = operation;
  const own = changes(operation) || operation.value !== undefined ? timeline.find(version ?? 0) : undefined;
  if (own !== undefined) {
    const next = timeline.states[own.index + 1];
    if (at !== undefined && at < own.version) {
      needs.blame('out of order', `true at ${at}, before its own version ${own.version}`, operation);
    }
    if (at !== undefined && next !== undefined && next.version <= at) {
      needs.blame('stale read', `version ${own.version} was told as of ${at}`, operation, next.witness);
    }
    const demanded = operation.result === 'refused' && refusalIsWrong(operation, own.version);
    if (demanded) needs.blame('lost update', `refused over the very state it asked for`, operation);
    return own.index * 2;
  }
  if (operation.result === 'refused' && refusalIsWrong(operation, 0)) {
    needs.blame('lost update', `refused over the very state it asked for`, operation);
  }
  if (at === undefined) return ANYWHERE;
  const index = timeline.indexAt(at);
  if (timeline.states[index]?.value === undefined) return index * 2;
  const earlier = needs.removals.get(index)?.at ?? Infinity;
  if (at < earlier) needs.removals.set(index, operation);
  return index * 2 + 1;
}

function refusalIsWrong(operation: HistoryOperation, standing: number): boolean {
  return operation.over === 'present' ? standing !== 0 : operation.over === standing;
}

/** Checks that nobody was told of an entry as of a version at which somebody else was told that it is gone. */
function checkRemovals(
  answered: readonly HistoryOperation[],
  places: Float64Array,
  timeline: Timeline,
  needs: Needs,
): void {
  if (needs.removals.size === 0) return;
  for (const [i, operation] of answered.entries()) {
    const place = places[i] ?? 0;
    const removal = place % 2 === 0 ? needs.removals.get(place / 2) : undefined;
    if (removal?.at === undefined || operation.at === undefined) continue;
    const expires = timeline.states[place / 2]?.expires === true;
    if (operation.at < removal.at || (expires && operation.at === removal.at)) continue;
    needs.blame('out of order', `stood as of ${operation.at}, gone as of ${removal.at}`, operation, removal);
  }
}

/** Checks what a write had to find against the state before it. */
function checkBefore(operation: HistoryOperation, timeline: Timeline, needs: Needs): void {
  const own = timeline.find(operation.version ?? 0);
  const before = timeline.states[(own?.index ?? 0) - 1];
  if (own === undefined || before === undefined) return;
  const { over } = operation;
  const removal = needs.removals.get(before.index);
  const stood = before.value !== undefined && removal === undefined;
  if (over === 0) {
    if (before.value !== undefined && removal === undefined) needs.removals.set(before.index, operation);
  } else if (typeof over === 'number') {
    if (before.version !== over || !stood) {
      const what = `${operation.kind} ${own.version} was done over ${over}, but ${before.version} stood`;
      needs.blame('lost update', what, operation, removal ?? before.witness);
    }
  } else if (over === 'present' && !stood && !maySet(operation, needs)) {
    needs.blame('lost update', `done over an entry, but none stood`, operation, before.witness);
  }
  if (
    operation.kind === 'add' &&
    before.value !== SOMETHING &&
    !sumIsRight(operation, before.value, before.expires, needs)
  ) {
    const shown = `${String(before.value)} and ${operation.delta} made ${String(operation.value)}`;
    needs.blame('lost update', shown, operation, before.witness);
  }
}

function sumIsRight(sum: HistoryOperation, before: unknown, expires: boolean, needs: Needs): boolean {
  const delta = sum.delta ?? 0;
  if (sum.value === Number(before ?? 0) + delta || (expires && sum.value === delta)) return true;
  return needs.unknown.some((operation) => operation.invoke <= sum.return);
}

function maySet(witness: HistoryOperation, needs: Needs): boolean {
  return needs.unknown.some(({ kind, invoke }) => kind !== 'delete' && invoke <= witness.return);
}

/**
 * Goes through the calls in order. What returned before a call was made happened before it: the place
 * of the call is not before theirs, and behind theirs for a write.
 */
function checkOrder(
  answered: readonly HistoryOperation[],
  places: Float64Array,
  timeline: Timeline,
  needs: Needs,
): void {
  const calls = inOrder(answered, (operation) => operation.invoke);
  const returns = inOrder(answered, (operation) => operation.return);
  const known = absentPlaces(timeline, needs, false);
  const possible = absentPlaces(timeline, needs, true);
  const removing = needs.unknown.filter((operation) => mayRemove(operation, timeline));
  const firstRemoving = removing.reduce((least, { invoke }) => Math.min(least, invoke), Infinity);
  let reached = 0;
  let floor = 0;
  let highest: HistoryOperation | undefined;
  for (const i of calls) {
    const call = answered[i];
    if (call === undefined) continue;
    for (; reached < returns.length; reached++) {
      const j = returns[reached] ?? 0;
      const back = answered[j];
      if (back === undefined || back.return >= call.invoke) break;
      const place = places[j] ?? 0;
      if (place >= floor) [floor, highest] = [place, back];
    }
    let place = places[i] ?? 0;
    if (place === ANYWHERE) {
      place = (firstRemoving <= call.return ? possible : known)[floor] ?? Infinity;
      if (place === Infinity) {
        needs.blame('stale read', `read as absent after an entry stood for good`, call, highest);
        return;
      }
      places[i] = place;
    }
    if (place < floor) {
      needs.blame('stale read', `an earlier state than one seen before the call`, call, highest);
      return;
    }
    if (changes(call) && place === floor && highest !== undefined) {
      needs.blame(
        'out of order',
        `version ${call.version} was seen before its write was asked`,
        call,
        highest,
      );
      return;
    }
  }
}

/** Indexes of the operations, by a time of theirs. */
function inOrder(
  operations: readonly HistoryOperation[],
  timeOf: (operation: HistoryOperation) => number,
): Uint32Array {
  const times = Float64Array.from(operations, timeOf);
  return Uint32Array.from(times.keys()).sort((i, j) => (times[i] ?? 0) - (times[j] ?? 0));
}

/**
 * For each place the first one from there on at which nothing stood.
 *
 * @param deletes - `true`: entries may also have been removed by deletes of unknown outcome
 */
function absentPlaces(timeline: Timeline, needs: Needs, deletes: boolean): Float64Array {
  const first = new Float64Array(timeline.states.length * 2);
  let next = Infinity;
  let removable = true;
  for (const state of timeline.states.toReversed()) {
    const place = state.index * 2;
    const removed = state.expires || deletes || needs.removals.has(state.index);
    if (state.value === undefined || (removed && removable)) next = place + 1;
    first[place + 1] = next;
    if (state.value === undefined) next = place;
    first[place] = next;
    removable = state.writer?.over === undefined || state.writer.over === 0;
  }
  return first;
}

function mayRemove(operation: HistoryOperation, timeline: Timeline): boolean {
  return operation.kind === 'delete' || mayExpire(operation, timeline.expiring);
}

function isGiven<T>(item: T | undefined): item is T {
  return item !== undefined;
}
