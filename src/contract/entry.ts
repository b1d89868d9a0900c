/** What a map holds and what a write answers. */

/**
 * A stored value with its key and the number of the commit that wrote it. Plain and readonly by type;
 * never frozen, and never changed by the store after you got it.
 *
 * @example
 * ```ts
 * import { memoryMap, type Entry } from 'samemap';
 * const entry: Entry<number> = memoryMap<number>().set('apples', 3);
 * ```
 */
export interface Entry<Value, Key = string> {
  readonly key: Key;
  readonly value: Value;
  /** Number of the commit that wrote it: a safe integer from 1 up, never used twice for a key. */
  readonly version: number;
  /** Milliseconds since the epoch from which on it reads as absent; missing when it never expires. */
  readonly expiresAt?: number;
}

/**
 * An order supplied by the caller (event time, sequence) for newer-wins: a signed 64-bit integer, as a
 * safe integer or a bigint. Never mixed up with the version, which the store supplies.
 *
 * @example
 * ```ts
 * import type { Stamp } from 'samemap';
 * const now: Stamp = process.hrtime.bigint();
 * ```
 */
export type Stamp = number | bigint;

/**
 * A write that was carried out.
 *
 * @example
 * ```ts
 * import { memoryMap, must, type Written } from 'samemap';
 * const written: Written<number> = must(memoryMap<number>().set('apples', 3, { ifAbsent: true }));
 * ```
 */
export interface Written<Value, Key = string> {
  readonly ok: true;
  /** What stands now. */
  readonly entry: Entry<Value, Key>;
  /** The write's own version; equal to `entry.version`. */
  readonly version: number;
}

/**
 * A delete that was carried out.
 *
 * @example
 * ```ts
 * import { memoryMap, must, type Deleted } from 'samemap';
 * const deleted: Deleted<number> = must(memoryMap<number>().delete('apples', { ifNewer: 7 }));
 * ```
 */
export interface Deleted<Value, Key = string> {
  readonly ok: true;
  /** What was removed; `undefined` when nothing was there (newer-wins deletes only). */
  readonly entry: Entry<Value, Key> | undefined;
  /** The delete's own version, above that of what it removed. */
  readonly version: number;
}

/**
 * A write whose condition did not hold; nothing was changed.
 *
 * @example
 * ```ts
 * import type { Conflict } from 'samemap';
 * const told = ({ current }: Conflict<number>) => (current ? `version ${current.version}` : 'absent');
 * ```
 */
export interface Conflict<Value, Key = string> {
  readonly ok: false;
  /** What stands instead; `undefined` when the key is absent. */
  readonly current: Entry<Value, Key> | undefined;
}

/**
 * What a conditional write answers: check `ok` before anything else, or hand it to `must`.
 *
 * @example
 * ```ts
 * import { memoryMap } from 'samemap';
 * const outcome = memoryMap<number>().set('apples', 3, { ifAbsent: true });
 * if (outcome.ok) console.log(outcome.version);
 * else console.log(outcome.current);
 * ```
 */
export type Outcome<Value, Key = string> = Written<Value, Key> | Conflict<Value, Key>;

/**
 * What a conditional delete answers: check `ok` before anything else, or hand it to `must`.
 *
 * @example
 * ```ts
 * import { memoryMap } from 'samemap';
 * const outcome = memoryMap<number>().delete('apples', { ifVersion: 7 });
 * if (outcome.ok) console.log('removed', outcome.entry);
 * ```
 */
export type DeleteOutcome<Value, Key = string> = Deleted<Value, Key> | Conflict<Value, Key>;
