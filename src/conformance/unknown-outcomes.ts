import { SOMETHING, type HistoryOperation } from './history.ts';
import { mayExpire, type Blame, type State, type Timeline } from './timeline.ts';

/** What the answers of one key ask of the calls of unknown outcome. */
export interface Needs {
  /** States behind which something was seen to be gone, by index, and who saw it. */
  readonly removals: Map<number, HistoryOperation>;
  readonly unknown: readonly HistoryOperation[];
  readonly blame: Blame;
}

/** Something that only a call of unknown outcome can have done. */
interface Effect {
  readonly place: number;
  /** The state, or, for a removal, the one that was removed. */
  readonly state: State;
  /** `undefined` for a removal. */
  readonly value: unknown;
  readonly witness: HistoryOperation | undefined;
  /** When somebody first knew of it: its cause was called before. */
  readonly deadline: number;
}

/**
 * Finds for each effect that no answered call has a call of unknown outcome that did it, each of them
 * used once; blames the effects that are left.
 */
export function explainUnknown(
  timeline: Timeline,
  answered: readonly HistoryOperation[],
  places: Float64Array,
  needs: Needs,
): void {
  const effects = effectsOf(timeline, answered, places, needs);
  if (effects.length === 0) return;
  const free = new Set(needs.unknown);
  const asked = needs.unknown.filter((operation) => isByVersion(operation, timeline));
  const byVersion = groupBy(asked, (operation) => operation.over);
  let left = effects.filter((effect) => !explainByVersion(effect, timeline, byVersion, free));
  const any = [...free].filter((operation) => !isByVersion(operation, timeline));
  const [adds, others] = [any.filter(isAdd), any.filter((operation) => !isAdd(operation))];
  left = explainInOrder(left, free, others, valueOf);
  left = explainInOrder(left, free, adds, kindOfValue);
  let spare = [...free].filter((operation) => operation.kind !== 'delete').length;
  for (const effect of left) {
    if (!isPossible(effect, timeline, needs) || (effect.value === SOMETHING && --spare < 0)) {
      blameEffect(effect, needs);
    }
  }
}

function effectsOf(
  timeline: Timeline,
  answered: readonly HistoryOperation[],
  places: Float64Array,
  needs: Needs,
): Effect[] {
  const found: Omit<Effect, 'deadline'>[] = [];
  for (const state of timeline.states) {
    const { index, value, witness } = state;
    if (index > 0 && state.writer === undefined) found.push({ place: index * 2, state, value, witness });
    const removal = state.expires ? undefined : needs.removals.get(index);
    if (removal === undefined) continue;
    found.push({ place: index * 2 + 1, state, value: undefined, witness: removal });
  }
  if (found.length === 0) return [];
  const deadlines = new Float64Array(timeline.states.length * 2).fill(Infinity);
  for (const [i, operation] of answered.entries()) {
    const place = places[i] ?? 0;
    deadlines[place] = Math.min(deadlines[place] ?? Infinity, operation.return);
  }
  for (let place = deadlines.length - 2; place >= 0; place--) {
    deadlines[place] = Math.min(deadlines[place] ?? Infinity, deadlines[place + 1] ?? Infinity);
  }
  return found.map((effect) => ({ ...effect, deadline: deadlines[effect.place] ?? Infinity }));
}

/** A call that asked for a version can only have done what directly follows that version. */
function explainByVersion(
  effect: Effect,
  timeline: Timeline,
  byVersion: ReadonlyMap<unknown, HistoryOperation[]>,
  free: Set<HistoryOperation>,
): boolean {
  const before = effect.value === undefined ? effect.state : timeline.states[effect.state.index - 1];
  const candidates = byVersion.get(before?.version) ?? [];
  const cause = candidates.find((operation) => {
    return Object.is(valueOf(operation), valueOf(effect)) && operation.invoke <= effect.deadline;
  });
  return cause !== undefined && free.delete(cause);
}

/**
 * Gives each effect a call of the same class: the earliest call to the earliest deadline, which
 * finds a cause for all of them where there is a way to. Returns the effects without one.
 */
function explainInOrder(
  effects: readonly Effect[],
  free: Set<HistoryOperation>,
  usable: readonly HistoryOperation[],
  classOf: (thing: Effect | HistoryOperation) => unknown,
): Effect[] {
  const candidates = groupBy(
    usable.toSorted((a, b) => b.invoke - a.invoke),
    classOf,
  );
  return effects.filter((effect) => {
    const list = candidates.get(classOf(effect));
    const earliest = list?.at(-1);
    if (earliest === undefined || earliest.invoke > effect.deadline) return true;
    list?.pop();
    free.delete(earliest);
    return false;
  });
}

function groupBy<T>(items: readonly T[], classOf: (item: T) => unknown): Map<unknown, T[]> {
  const groups = new Map<unknown, T[]>();
  for (const item of items) {
    const group = groups.get(classOf(item));
    if (group === undefined) groups.set(classOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** `true` for a call that could only be carried out over one version that is known. */
function isByVersion({ over }: HistoryOperation, timeline: Timeline): boolean {
  return typeof over === 'number' && over !== 0 && timeline.find(over) !== undefined;
}

function isAdd(operation: HistoryOperation): boolean {
  return operation.kind === 'add';
}

/**
 * Effects that tell too little to look for their very cause: a write that landed and expired before
 * anybody read it leaves nothing behind, like a delete; of a state without a value any write can be the cause.
 */
function isPossible(effect: Effect, timeline: Timeline, needs: Needs): boolean {
  return needs.unknown.some((operation) => {
    const fits =
      effect.value === undefined
        ? mayExpire(operation, timeline.expiring)
        : effect.value === SOMETHING && operation.kind !== 'delete';
    return fits && operation.invoke <= effect.deadline;
  });
}

/** The value that was or would be written; a symbol of its own for a removal. */
function valueOf(thing: Effect | HistoryOperation): unknown {
  if ('kind' in thing) return thing.kind === 'delete' ? REMOVAL : thing.value;
  return thing.value === undefined ? REMOVAL : thing.value;
}

const REMOVAL = Symbol('removal');

function kindOfValue(thing: Effect | HistoryOperation): unknown {
  return 'kind' in thing ? 'number' : typeof thing.value;
}

function blameEffect(effect: Effect, needs: Needs): void {
  const { state, witness } = effect;
  if (effect.value === undefined) {
    needs.blame(
      'vanished',
      `version ${state.version} was gone, and nobody removed it`,
      witness,
      state.witness,
    );
    return;
  }
  const twins = needs.unknown.filter((operation) => Object.is(operation.value, effect.value));
  const late = twins.find((operation) => operation.invoke > effect.deadline);
  if (late !== undefined) {
    needs.blame(
      'out of order',
      `version ${state.version} was seen before its write was asked`,
      witness,
      late,
    );
  } else if (twins.length > 0) {
    needs.blame('landed twice', `version ${state.version} has no write of its own`, witness, ...twins);
  } else needs.blame('phantom value', `version ${state.version} was written by nobody`, witness);
}
