import { SOMETHING, type HistoryOperation } from './history.ts';

/**
 * The states that a key went through, in the order of their versions, as told by the replies of a
 * history. Places on it are whole numbers: state `i` is at `2 * i`; `2 * i + 1` is the time after
 * it when nothing stood any more, although no reply told of a removal.
 */
export interface Timeline {
  readonly states: readonly State[];
  readonly find: (version: number) => State | undefined;
  /** `true` when some entry had an expiry. */
  readonly expiring: boolean;
  /** Index of the state that stood at this version of the store. */
  readonly indexAt: (version: number) => number;
}

/** What stood at a key from one version on. */
export interface State {
  readonly version: number;
  /** `undefined`: absent. */
  readonly value: unknown;
  /** The write of the state; `undefined` for the first one and for those whose write is not known. */
  readonly writer: HistoryOperation | undefined;
  /** Who told of it. */
  readonly witness: HistoryOperation | undefined;
  readonly expires: boolean;
  readonly index: number;
}

/**
 * What is wrong with a history, and the operations that show it.
 *
 * @example
 * ```ts
 * import type { Violation } from 'samemap/conformance';
 * const tell = ({ problem, key, message }: Violation) => `${problem} of ${key}: ${message}`;
 * ```
 */
export interface Violation {
  readonly problem:
    | 'version reused'
    | 'phantom value'
    | 'stale read'
    | 'lost update'
    | 'landed twice'
    | 'out of order'
    | 'vanished';
  readonly key: string;
  readonly message: string;
  readonly operations: readonly HistoryOperation[];
}

/** Takes what is wrong. */
export type Blame = (
  problem: Violation['problem'],
  message: string,
  ...operations: readonly (HistoryOperation | undefined)[]
) => void;

/** `true` for what changed the state. */
export function changes(operation: HistoryOperation): boolean {
  return operation.kind !== 'read' && operation.result === 'done';
}

/**
 * `true` for a write that may leave an entry that expires: a sum keeps the expiry of what it was added to, which
 * is not known of an unknown outcome.
 */
export function mayExpire(operation: HistoryOperation, expiring: boolean): boolean {
  return operation.expires || (operation.kind === 'add' && expiring);
}

/**
 * Builds the timeline of one key: a state for each write that was answered, and for each version
 * that was read without its write being known. Versions that stand for two states are blamed.
 *
 * @throws TypeError when a write that was answered, or an entry that was read, has no version
 */
export function buildTimeline(operations: readonly HistoryOperation[], blame: Blame): Timeline {
  const found = new Map<number, State>();
  const start = { version: 0, value: undefined, writer: undefined, witness: undefined, expires: false };
  found.set(0, { ...start, index: 0 });
  for (const operation of operations) {
    if (!changes(operation)) continue;
    const { version, expires } = operation;
    if (version === undefined) throw new TypeError('checkHistory: a write that was answered has no version');
    const value = operation.kind === 'delete' ? undefined : operation.value;
    const other = found.get(version);
    if (other === undefined) {
      found.set(version, { version, value, writer: operation, witness: operation, expires, index: 0 });
    } else blame('version reused', `two writes have version ${version}`, other.writer, operation);
  }
  const expiring = operations.some((operation) => operation.expires);
  const unknownExpires = operations.some(
    (operation) => operation.result === 'unknown' && mayExpire(operation, expiring),
  );
  const tell = (version: number, value: unknown, witness: HistoryOperation): void => {
    const state = found.get(version);
    if (state === undefined) {
      const expires = unknownExpires;
      found.set(version, { version, value, writer: undefined, witness, expires, index: 0 });
    } else if (state.value === SOMETHING) {
      found.set(version, { ...state, value });
    } else if (value === SOMETHING ? state.value === undefined : !Object.is(state.value, value)) {
      blame('phantom value', `version ${version} was seen with two values`, state.witness, witness);
    }
  };
  for (const operation of operations) {
    const { version, value } = operation;
    if (operation.result === 'unknown' || changes(operation) || value === undefined) continue;
    if (version === undefined) throw new TypeError('checkHistory: an entry that was read has no version');
    tell(version, value, operation);
  }
  for (const operation of operations) {
    const { over, kind, value } = operation;
    if (!changes(operation) || typeof over !== 'number' || over === 0) continue;
    tell(over, kind === 'delete' && value !== undefined ? value : SOMETHING, operation);
  }
  const states = [...found.values()].toSorted((a, b) => a.version - b.version);
  const placed = states.map((state, index) => ({ ...state, index }));
  for (const state of placed) found.set(state.version, state);
  return {
    states: placed,
    find: (version) => found.get(version),
    expiring,
    indexAt: (version) => lastUpTo(placed, version),
  };
}

/** Index of the last state whose version is not above this one. */
function lastUpTo(states: readonly State[], version: number): number {
  let low = 0;
  let high = states.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((states[middle]?.version ?? 0) <= version) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
