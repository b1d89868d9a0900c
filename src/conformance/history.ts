/**
 * Histories: what clients asked, what they were told, and in which order calls and returns happened.
 * The input of the checkers in linearizable.ts and linearization.ts.
 */

/**
 * The value of an entry of which only the version was told.
 *
 * @example
 * ```ts
 * import { SOMETHING, type HistoryOperation } from 'samemap/conformance';
 * const wasToldAll = ({ value }: HistoryOperation) => value !== SOMETHING;
 * ```
 */
export const SOMETHING: unique symbol = Symbol('something');

/**
 * One call on one key, as its client saw it. A map starts a history empty.
 *
 * @example
 * ```ts
 * import { checkHistory, createHistory, type HistoryOperation } from 'samemap/conformance';
 * const history = createHistory();
 * const operations: readonly HistoryOperation[] = history.operations();
 * console.log(checkHistory(operations));
 * ```
 */
export interface HistoryOperation {
  /** Number of the client; a client has one call under way at a time. */
  readonly process: number;
  /** The key, and its map where there are several. */
  readonly key: string;
  /** `add` writes the sum of what stood and {@link delta}. */
  readonly kind: 'read' | 'write' | 'delete' | 'add';
  /** Place of the call in the one order of all calls and returns. */
  readonly invoke: number;
  /** Place of the return. Means nothing for `unknown`. */
  readonly return: number;
  /**
   * `done`: answered, and carried out. `refused`: answered with what stood instead, so a kind of read.
   * `unknown`: may have been carried out, once, at any time after the call.
   */
  readonly result: 'done' | 'refused' | 'unknown';
  /**
   * What was read, written, stood instead, or was removed by a delete (`undefined` when nobody told);
   * `undefined` for absent. Compared by `Object.is`.
   */
  readonly value: unknown;
  /** Of the entry read or standing (0: absent), or of the write itself; `undefined` when nobody told. */
  readonly version: number | undefined;
  /** The version at which the answer was true; `undefined` when nobody told. */
  readonly at: number | undefined;
  /** What a write had to find: this version (0: nothing), or `present`; `undefined`: anything. */
  readonly over: number | 'present' | undefined;
  /** What `add` added. */
  readonly delta: number | undefined;
  /** `true`: what was written may have been removed by its expiry at any time. */
  readonly expires: boolean;
}

/**
 * A {@link HistoryOperation} without what a range of keys cannot say.
 *
 * @example
 * ```ts
 * import type { HistoryRange } from 'samemap/conformance';
 * const nothingBelowB: HistoryRange = {
 *   process: 0, kind: 'read', invoke: 1, return: 2, result: 'done', at: 7,
 *   holds: (key) => key < 'b', entries: new Map(),
 * };
 * ```
 */
export interface HistoryRange {
  readonly process: number;
  /** `read`: keys of the range that are not in `entries` were absent. `delete`: all keys of the range. */
  readonly kind: 'read' | 'delete';
  readonly invoke: number;
  readonly return: number;
  readonly result: 'done' | 'unknown';
  /** The version of the reply; a delete's own. */
  readonly at: number | undefined;
  readonly holds: (key: string) => boolean;
  readonly entries: ReadonlyMap<string, { readonly value: unknown; readonly version: number }>;
}

/**
 * Collects the operations of several clients.
 *
 * @example
 * ```ts
 * import { memoryEngine, open } from 'samemap';
 * import { createHistory, recording, type History } from 'samemap/conformance';
 * const history: History = createHistory();
 * const store = await open(recording(memoryEngine(), history, 0));
 * await store.map<number>('m').set('a', 1);
 * console.log(history.operations());
 * await store.close();
 * ```
 */
export interface History {
  /** The next place in the one order of all calls and returns. */
  next(): number;
  add(operation: HistoryOperation): void;
  /** Adds an operation on a range: one for each key that the history knows in the end. */
  addRange(range: HistoryRange): void;
  /** All operations so far, in no particular order. */
  operations(): HistoryOperation[];
}

/**
 * Begins a history.
 *
 * @param next - gives rising numbers; hand in one that counts for all threads where several take part
 * @returns an empty history
 *
 * @example
 * ```ts
 * import { checkHistory, createHistory } from 'samemap/conformance';
 * const history = createHistory();
 * const invoke = history.next();
 * history.add({
 *   process: 0, key: 'a', kind: 'read', invoke, return: history.next(), result: 'done',
 *   value: undefined, version: 0, at: 0, over: undefined, delta: undefined, expires: false,
 * });
 * if (checkHistory(history.operations()).length > 0) throw new Error('not linearizable');
 * ```
 */
export function createHistory(next?: () => number): History {
  let last = 0;
  const single: HistoryOperation[] = [];
  const ranges: HistoryRange[] = [];
  return {
    next: next ?? (() => ++last),
    add: (operation) => void single.push(operation),
    addRange: (range) => void ranges.push(range),
    operations() {
      if (ranges.length === 0) return single.slice();
      const keys = new Set(single.map((operation) => operation.key));
      for (const range of ranges) for (const key of range.entries.keys()) keys.add(key);
      return single.concat(ranges.flatMap((range) => spread(range, keys)));
    },
  };
}

/** One operation for each key of a range. */
function spread(range: HistoryRange, keys: ReadonlySet<string>): HistoryOperation[] {
  const inside = [...keys].filter((key) => range.entries.has(key) || range.holds(key));
  return inside.map((key) => {
    const entry = range.entries.get(key);
    return {
      process: range.process,
      key,
      kind: range.kind,
      invoke: range.invoke,
      return: range.return,
      result: range.result,
      value: entry?.value,
      version: range.kind === 'delete' ? range.at : (entry?.version ?? 0),
      at: range.at,
      over: undefined,
      delta: undefined,
      expires: false,
    };
  });
}
