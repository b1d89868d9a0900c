import type { ConditionalDelete, ConditionalSet, SetOptions, Span, Ttl } from './calls.ts';
import type { DeleteOutcome, Entry, Outcome } from './entry.ts';
import type { SyncLock, TryLockOptions } from './lock.ts';
import type { MapTypes } from './map-types.ts';
import type { ReadonlySyncMap } from './read-words.ts';
import type { DELETE, KEEP } from './symbols.ts';

/** A map without promises: the same words, for engines that answer at once. */
export interface SyncMap<Value, Key = string, Input = Value>
  extends ReadonlySyncMap<Value, Key>, MapTypes<Value, Key, Input> {
  /** Writes, unconditionally. */
  set(key: Key, value: Input, options?: SetOptions): Entry<Value, Key>;
  /** Writes if the condition holds. */
  set(key: Key, value: Input, condition: ConditionalSet<Value>): Outcome<Value, Key>;
  /** Removes; `false` when there was nothing. */
  delete(key: Key): boolean;
  /** Removes if the condition holds. */
  delete(key: Key, condition: ConditionalDelete<Value>): DeleteOutcome<Value, Key>;
  /** Removes and returns what was there. */
  take(key: Key): Entry<Value, Key> | undefined;
  /** The value that stands, or, where none does, the one given, now written. */
  getOrInsert(key: Key, value: Input): Value;
  /** {@link getOrInsert} with a value that is made only when it is needed. */
  getOrInsertComputed(key: Key, make: (key: Key) => Input): Value;
  /** Writes and returns what was there before. */
  swap(key: Key, value: Input): Entry<Value, Key> | undefined;
  /** Replaces the value by what `change` makes of it. */
  update(
    key: Key,
    change: (
      value: Value | undefined,
      entry: Entry<Value, Key> | undefined,
    ) => Input | typeof KEEP | typeof DELETE,
  ): Entry<Value, Key> | undefined;
  /** Adds to a number, exactly; absent counts as 0. Returns the sum. */
  add(key: Key, delta: number): number;
  /** Gives the entry a new time to live; `undefined` when there is none. */
  touch(key: Key, ttl: number | 'never'): Entry<Value, Key> | undefined;
  /** Independent writes; outcomes in order, never all-or-nothing. */
  setMany(items: Iterable<SetItem<Value, Key, Input>>): Outcome<Value, Key>[];
  /** Independent deletes; outcomes in order. */
  deleteMany(keys: Iterable<Key>): DeleteOutcome<Value, Key>[];
  /** Removes a range, or everything, in one commit; how many there were. */
  clear(range?: Span<Key>): number;
  /** Takes the lock of the key if it is free. */
  tryLock(key: Key, options?: TryLockOptions<Input>): SyncLock<Value, Input, Key> | undefined;
}

/** One write of `setMany`: key, value, and the options or condition of this one. */
export type SetItem<Value, Key, Input> =
  | readonly [key: Key, value: Input]
  | readonly [key: Key, value: Input, options: { readonly ttlMs?: Ttl | undefined } | ConditionalSet<Value>];
