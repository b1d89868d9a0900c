import type { ConditionalDelete, ConditionalSet, SetOptions, Span, Ttl } from './calls.ts';
import type { DeleteOutcome, Entry, Outcome } from './entry.ts';
import type { SyncLock, TryLockOptions } from './lock.ts';
import type { MapTypes } from './map-types.ts';
import type { ReadonlySyncMap } from './read-words.ts';
import type { DELETE, KEEP } from './symbols.ts';

/**
 * A map without promises: the same words, for engines that answer at once. A write is visible when the
 * word returns, and durable when `durable()` of the async face resolves.
 *
 * Every word throws what the same word of `VersionedMap` rejects with: TypeError or RangeError for a
 * mistake, before anything is changed, else `StoreError`: `CLOSED`, `FORMAT`, `CODEC`, `INVALID_VALUE`,
 * `LIMIT`, and the faults of the engine. `signal` and `deadlineMs` mean nothing here. A schema that validates
 * asynchronously is a TypeError.
 *
 * @typeParam Value - what reading gives
 * @typeParam Key - strings unless the map has a key codec
 * @typeParam Input - what writing takes, where a schema makes values of something else
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * const store = await open('memory:');
 * const hits = store.map<number>('hits').sync;
 * hits.add('/', 1);
 * console.log(hits.get('/'), [...hits]);
 * await store.close();
 * ```
 */
export interface SyncMap<Value, Key = string, Input = Value>
  extends ReadonlySyncMap<Value, Key>, MapTypes<Value, Key, Input> {
  /**
   * Writes, unconditionally; an equal value is a change too. Without `ttlMs` the expiry is the map's default,
   * else none.
   */
  set(key: Key, value: Input, options?: SetOptions): Entry<Value, Key>;
  /**
   * Writes if the condition holds.
   *
   * @returns `{ ok: true, entry, version }`, or `{ ok: false, current }` with what stands instead
   * @example
   * ```ts
   * import { memoryMap } from 'samemap';
   * const stock = memoryMap<number>();
   * const { version } = stock.set('apples', 3);
   * const outcome = stock.set('apples', 2, { ifVersion: version });
   * console.log(outcome.ok);
   * ```
   */
  set(key: Key, value: Input, condition: ConditionalSet<Value>): Outcome<Value, Key>;
  /** Removes, whatever is there, decodable or not; `false` when there was nothing. */
  delete(key: Key): boolean;
  /** Removes if the condition holds; with `ifNewer` the stamp stays behind, also of a key that is absent. */
  delete(key: Key, condition: ConditionalDelete<Value>): DeleteOutcome<Value, Key>;
  /** Removes and returns what was there. As `LoadAndDelete` of Go's `sync.Map`. */
  take(key: Key): Entry<Value, Key> | undefined;
  /**
   * The value that stands, or, where none does, the one given, now written. As TC39's upsert proposal, and
   * `LoadOrStore` of Go's `sync.Map`.
   */
  getOrInsert(key: Key, value: Input): Value;
  /**
   * {@link getOrInsert} with a value that is made only when it is needed.
   *
   * @throws what `make` throws, and TypeError when it returns a promise or `undefined`; nothing is written
   */
  getOrInsertComputed(key: Key, make: (key: Key) => Input): Value;
  /** Writes and returns what was there before. As `Swap` of Go's `sync.Map`. */
  swap(key: Key, value: Input): Entry<Value, Key> | undefined;
  /**
   * Replaces the value by what `change` makes of it: the next value, `KEEP` or `DELETE`. Keeps the expiry of
   * an entry that stands.
   *
   * @param change - synchronous; runs with nothing held, and again when it, or another thread, wrote the key
   * @returns the entry that now stands; `undefined` when none does
   * @throws TypeError when `change` returns `undefined` or a promise; what `change` throws; StoreError
   *   `CONFLICT` when somebody writes in between each time
   * @example
   * ```ts
   * import { memoryMap } from 'samemap';
   * const stock = memoryMap<{ left: number }>();
   * stock.update('apples', (now) => ({ left: (now?.left ?? 0) + 1 }));
   * ```
   */
  update(
    key: Key,
    change: (
      value: Value | undefined,
      entry: Entry<Value, Key> | undefined,
    ) => Input | typeof KEEP | typeof DELETE,
  ): Entry<Value, Key> | undefined;
  /**
   * Adds to a number, exactly; absent counts as 0. Returns the sum.
   *
   * @param delta - a safe integer
   * @throws StoreError `LIMIT` when the sum would be no safe integer, `INVALID_VALUE` when the entry is none
   */
  add(key: Key, delta: number): number;
  /**
   * Gives the entry another time to live and leaves the value.
   *
   * @param ttl - milliseconds above 0 from now, or `'never'`
   * @returns the entry as it now stands; `undefined` when there is none
   */
  touch(key: Key, ttl: number | 'never'): Entry<Value, Key> | undefined;
  /** Independent writes; all are checked before the first is made. Outcomes in order, never all-or-nothing. */
  setMany(items: Iterable<SetItem<Value, Key, Input>>): Outcome<Value, Key>[];
  /** Independent deletes; all keys are checked before the first. Outcomes in order. */
  deleteMany(keys: Iterable<Key>): DeleteOutcome<Value, Key>[];
  /** Removes a range, or everything, in one commit; how many there were. */
  clear(range?: Span<Key>): number;
  /**
   * Takes the lock of the key if it is free; `undefined` if not.
   *
   * @example
   * ```ts
   * import { memoryMap } from 'samemap';
   * const jobs = memoryMap<{ tries: number }>();
   * const lock = jobs.tryLock('job-1', { initial: { tries: 0 } });
   * if (lock?.value !== undefined) {
   *   lock.value.tries += 1;
   *   lock.commit();
   * }
   * ```
   */
  tryLock(key: Key, options?: TryLockOptions<Input>): SyncLock<Value, Input, Key> | undefined;
}

/**
 * One write of `setMany`: key, value, and the options or condition of this one.
 *
 * @example
 * ```ts
 * import { memoryMap } from 'samemap';
 * memoryMap<number>().setMany([['a', 1], ['b', 2, { ifAbsent: true }], ['c', 3, { ttlMs: 1_000 }]]);
 * ```
 */
export type SetItem<Value, Key, Input> =
  | readonly [key: Key, value: Input]
  | readonly [key: Key, value: Input, options: { readonly ttlMs?: Ttl | undefined } | ConditionalSet<Value>];
