import type { CallOptions, ConditionalDelete, ConditionalSet, SetOptions, Span, Ttl } from './calls.ts';
import type { DeleteOutcome, Entry, Outcome } from './entry.ts';
import type { Lock, LockOptions } from './lock.ts';
import type { MapTypes } from './map-types.ts';
import type { ReadonlyVersionedMap } from './read-words.ts';
import type { Progressed } from './services.ts';
import type { DELETE, KEEP } from './symbols.ts';
import type { SetItem, SyncMap } from './sync-map.ts';
import type { RestoreOptions, SnapshotSource } from './snapshot.ts';
import type { Follow, View, ViewOptions, Watch, WatchOptions } from './watch.ts';

/** A versioned, concurrent map: the face that every engine has. */
export interface VersionedMap<Value, Key = string, Input = Value>
  extends ReadonlyVersionedMap<Value, Key>, MapTypes<Value, Key, Input>, AsyncDisposable {
  readonly name: string;
  /** The same map without promises, on engines that answer at once. */
  readonly sync: SyncMap<Value, Key, Input> | undefined;

  /** Writes, unconditionally; an equal value is a change too. */
  set(key: Key, value: Input, options?: SetOptions): Promise<Entry<Value, Key>>;
  /** Writes if the condition holds. */
  set(key: Key, value: Input, condition: ConditionalSet<Value>): Promise<Outcome<Value, Key>>;
  /** Removes; `false` when there was nothing. */
  delete(
    key: Key,
    options?: CallOptions & {
      readonly [C in keyof SetOptions as C extends `if${string}` ? C : never]?: never;
    },
  ): Promise<boolean>;
  /** Removes if the condition holds. */
  delete(key: Key, condition: ConditionalDelete<Value>): Promise<DeleteOutcome<Value, Key>>;
  /** Removes and returns what was there. */
  take(key: Key, options?: CallOptions): Promise<Entry<Value, Key> | undefined>;
  /** The value that stands, or, where none does, the one given, now written. */
  getOrInsert(
    key: Key,
    value: Input,
    options?: CallOptions & { readonly ttlMs?: Ttl | undefined },
  ): Promise<Value>;
  /**
   * {@link getOrInsert} with a value that is loaded only when it is needed. Callers of one key in this
   * process share one load; a loader that throws stores nothing, and all of them see the error.
   */
  getOrInsertComputed(
    key: Key,
    load: (key: Key, context: { readonly signal: AbortSignal }) => Input | Promise<Input>,
    options?: CallOptions & { readonly ttlMs?: Ttl | undefined },
  ): Promise<Value>;
  /** Writes and returns what was there before. */
  swap(
    key: Key,
    value: Input,
    options?: CallOptions & { readonly ttlMs?: Ttl | undefined },
  ): Promise<Entry<Value, Key> | undefined>;
  /**
   * Replaces the value by what `change` makes of it: the next value, `KEEP` or `DELETE`. `change` is
   * synchronous, runs with nothing held, and again after a conflict.
   */
  update(
    key: Key,
    change: (
      value: Value | undefined,
      entry: Entry<Value, Key> | undefined,
    ) => Input | typeof KEEP | typeof DELETE,
    options?: CallOptions,
  ): Promise<Entry<Value, Key> | undefined>;
  /** Adds to a number, exactly; absent counts as 0. Returns the sum. */
  add(key: Key, delta: number, options?: CallOptions): Promise<number>;
  /** Gives the entry a new time to live; `undefined` when there is none. */
  touch(key: Key, ttl: number | 'never', options?: CallOptions): Promise<Entry<Value, Key> | undefined>;
  /** Independent writes; outcomes in order, never all-or-nothing. */
  setMany(items: Iterable<SetItem<Value, Key, Input>>, options?: CallOptions): Promise<Outcome<Value, Key>[]>;
  /** Independent deletes; outcomes in order. */
  deleteMany(keys: Iterable<Key>, options?: CallOptions): Promise<DeleteOutcome<Value, Key>[]>;
  /** Removes a range, or everything, in one commit; how many there were. */
  clear(range?: Span<Key> & CallOptions): Promise<number>;

  /** Takes the lock of the key, waiting in line. */
  lock(key: Key, options?: LockOptions<Input>): Promise<Lock<Value, Input, Key>>;
  /** Takes the lock of the key if it comes free within `waitMs` (0 unless said); `undefined` if not. */
  tryLock(key: Key, options?: LockOptions<Input>): Promise<Lock<Value, Input, Key> | undefined>;
  /** Takes the locks of several keys in one order for all callers, so that two of them cannot wait for each other. */
  lockMany(keys: Iterable<Key>, options?: LockOptions<Input>): Promise<Locks<Value, Input, Key>>;
  /** Runs `work` with the lock and lets go afterwards, whatever happens. */
  withLock<Result>(
    key: Key,
    work: (lock: Lock<Value, Input, Key>) => Result | Promise<Result>,
    options?: LockOptions<Input>,
  ): Promise<Result>;

  watch(options?: WatchOptions<Key>): Watch<Value, Key>;
  follow(key: Key, options?: { readonly signal?: AbortSignal | undefined }): Follow<Value>;
  view(options?: ViewOptions<Key>): Promise<View<Value, Key>>;

  /** A fresh key: unique, sorting in creation order, over restarts. 13 letters and digits. */
  nextKey(options?: CallOptions): Promise<string>;
  /** The map as it stands now, as a stream of bytes, while writers go on. */
  snapshot(options?: CallOptions): ReadableStream<Uint8Array>;
  /** Loads a snapshot of one map into this one; the count of entries. All or nothing. */
  restore(source: SnapshotSource, options?: RestoreOptions): Promise<number>;
  compact(onProgress?: (progress: Progressed) => void): Promise<void>;
  stats(): Promise<Readonly<Record<string, number>>>;
  /** Resolves when all that was written so far, by the sync face too, is durable. */
  durable(options?: CallOptions): Promise<void>;
  /** Removes all entries and forgets the map's codec and shape. */
  drop(): Promise<void>;
  /** Ends this handle: its watches end, later calls are `CLOSED`. The store stays open. */
  close(): Promise<void>;
}

/** Several locks, held and let go together. */
export interface Locks<Value, Input = Value, Key = string> extends AsyncDisposable {
  /** The lock of one of the keys asked for. @throws RangeError for any other key */
  get(key: Key): Lock<Value, Input, Key>;
  readonly all: readonly Lock<Value, Input, Key>[];
  release(): Promise<void>;
}
