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

/**
 * A versioned, concurrent map: the face that every engine has.
 *
 * Every word rejects with TypeError or RangeError for a mistake in an argument, before anything is
 * changed or sent, and with `StoreError`: `CLOSED` once the handle or its store is closed, `FORMAT` when the
 * map is stored by another codec or a higher shape, `CODEC` for a stored value that cannot be decoded, and
 * the faults of the engine. `deadlineMs` that runs out is `TIMEOUT`, or `UNKNOWN_OUTCOME` when a write was
 * sent; an abort rejects with `signal.reason`. Words that write a value also reject with `CODEC` when it
 * would not come back as it is, `INVALID_VALUE` when the schema refuses it, `LIMIT` when its bytes are more
 * than `supports.limits.valueBytes`, TypeError when it is `undefined`; nothing is written then. A write
 * resolves when it is durable.
 *
 * @typeParam Value - what reading gives
 * @typeParam Key - strings unless the map has a key codec
 * @typeParam Input - what writing takes, where a schema makes values of something else
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * const store = await open('memory:');
 * const users = store.map<{ name: string }>('users');
 * const { version } = await users.set('ada', { name: 'Ada' });
 * const outcome = await users.set('ada', { name: 'Ada Lovelace' }, { ifVersion: version });
 * console.log(outcome.ok, await users.get('ada'));
 * await store.close();
 * ```
 */
export interface VersionedMap<Value, Key = string, Input = Value>
  extends ReadonlyVersionedMap<Value, Key>, MapTypes<Value, Key, Input>, AsyncDisposable {
  /** The map's name within its store. */
  readonly name: string;
  /** The same map without promises, on engines that answer at once; `undefined` on others. */
  readonly sync: SyncMap<Value, Key, Input> | undefined;

  /**
   * Writes, unconditionally; an equal value is a change too, with a version and for watchers. Without
   * `ttlMs` the expiry is the map's default, else none, whatever the entry had before.
   *
   * @returns the entry as it now stands
   */
  set(key: Key, value: Input, options?: SetOptions): Promise<Entry<Value, Key>>;
  /**
   * Writes if the condition holds: exactly one of `ifVersion`, `ifAbsent`, `ifPresent`, `ifValue`,
   * `ifNewer`. A refusal is a value, not an error.
   *
   * @returns `{ ok: true, entry, version }`, or `{ ok: false, current }` with what stands instead
   * @example
   * ```ts
   * import { open } from 'samemap';
   * const store = await open('memory:');
   * const stock = store.map<number>('stock');
   * const outcome = await stock.set('apples', 3, { ifAbsent: true });
   * if (!outcome.ok) console.log('there already:', outcome.current?.value);
   * await store.close();
   * ```
   */
  set(key: Key, value: Input, condition: ConditionalSet<Value>): Promise<Outcome<Value, Key>>;
  /** Removes, whatever is there, decodable or not; `false` when there was nothing. */
  delete(
    key: Key,
    options?: CallOptions & {
      readonly [C in keyof SetOptions as C extends `if${string}` ? C : never]?: never;
    },
  ): Promise<boolean>;
  /**
   * Removes if the condition holds. With `ifNewer` a key that is absent may be removed, too: its stamp stays
   * behind for late writers.
   *
   * @returns `{ ok: true, entry, version }` with what was removed and the delete's own version, or
   *   `{ ok: false, current }`
   */
  delete(key: Key, condition: ConditionalDelete<Value>): Promise<DeleteOutcome<Value, Key>>;
  /**
   * Removes and returns what was there; of many takers one gets it. As `LoadAndDelete` of Go's `sync.Map`.
   * What cannot be decoded is not removed.
   */
  take(key: Key, options?: CallOptions): Promise<Entry<Value, Key> | undefined>;
  /**
   * The value that stands, or, where none does, the one given, now written; a hit writes nothing. As
   * `getOrInsert` of TC39's upsert proposal and `LoadOrStore` of Go's `sync.Map`.
   */
  getOrInsert(
    key: Key,
    value: Input,
    options?: CallOptions & { readonly ttlMs?: Ttl | undefined },
  ): Promise<Value>;
  /**
   * {@link getOrInsert} with a value that is loaded only when it is needed. Callers of one key in this
   * process share one load; a loader that throws stores nothing, and all of them see the error. What somebody
   * else writes meanwhile wins.
   *
   * @param load - may be async; `signal` aborts when no caller waits any more
   * @example
   * ```ts
   * import { open } from 'samemap';
   * const store = await open('memory:');
   * const pages = store.map<string>('pages');
   * const page = await pages.getOrInsertComputed('/', async (path) => `the page at ${path}`, { ttlMs: 60_000 });
   * await store.close();
   * ```
   */
  getOrInsertComputed(
    key: Key,
    load: (key: Key, context: { readonly signal: AbortSignal }) => Input | Promise<Input>,
    options?: CallOptions & { readonly ttlMs?: Ttl | undefined },
  ): Promise<Value>;
  /** Writes and returns what was there before. As `Swap` of Go's `sync.Map`. */
  swap(
    key: Key,
    value: Input,
    options?: CallOptions & { readonly ttlMs?: Ttl | undefined },
  ): Promise<Entry<Value, Key> | undefined>;
  /**
   * Replaces the value by what `change` makes of it. Keeps the expiry of an entry that stands. Updates of
   * one key queue within the process instead of getting into each other's way.
   *
   * @param change - is given the value and the entry, `undefined` where the key is absent, and returns the
   *   next value, `KEEP` or `DELETE`. Synchronous; runs with nothing held, and again after a conflict
   * @returns the entry that now stands; `undefined` when none does
   * @throws TypeError when `change` returns `undefined` or a promise; what `change` throws; StoreError
   *   `CONFLICT` when somebody writes in between each time (100 times within a process, else 10,000)
   * @example
   * ```ts
   * import { DELETE, open } from 'samemap';
   * const store = await open('memory:');
   * const stock = store.map<number>('stock');
   * await stock.update('apples', (left) => (left === undefined || left <= 1 ? DELETE : left - 1));
   * await store.close();
   * ```
   */
  update(
    key: Key,
    change: (
      value: Value | undefined,
      entry: Entry<Value, Key> | undefined,
    ) => Input | typeof KEEP | typeof DELETE,
    options?: CallOptions,
  ): Promise<Entry<Value, Key> | undefined>;
  /**
   * Adds to a number, exactly; absent counts as 0. An ordinary change, which keeps the expiry of an entry
   * that stands.
   *
   * @param delta - a safe integer
   * @returns the sum
   * @throws StoreError `LIMIT` when the sum would be no safe integer, `INVALID_VALUE` when the entry is none;
   *   nothing is changed
   */
  add(key: Key, delta: number, options?: CallOptions): Promise<number>;
  /**
   * Gives the entry another time to live and leaves the value: a change with a version of its own.
   *
   * @param ttl - milliseconds above 0 from now, or `'never'`
   * @returns the entry as it now stands; `undefined` when there is none
   */
  touch(key: Key, ttl: number | 'never', options?: CallOptions): Promise<Entry<Value, Key> | undefined>;
  /**
   * Independent writes, each with options or a condition of its own: never all-or-nothing. All items are
   * checked and encoded before the first is sent; writes of one key keep their order. On engines that are
   * far they share requests, and those of one request a version.
   *
   * @returns outcomes in the order of the items
   * @throws what one of the items is refused with, nothing written; a fault on the way, when others may have
   *   been written
   */
  setMany(items: Iterable<SetItem<Value, Key, Input>>, options?: CallOptions): Promise<Outcome<Value, Key>[]>;
  /**
   * Independent deletes: never all-or-nothing. All keys are checked before the first is sent.
   *
   * @returns outcomes in the order of the keys; `{ ok: false, current: undefined }` for absent ones
   */
  deleteMany(keys: Iterable<Key>, options?: CallOptions): Promise<DeleteOutcome<Value, Key>[]>;
  /** Removes a range, or everything, in one commit per partition; how many there were. */
  clear(range?: Span<Key> & CallOptions): Promise<number>;

  /**
   * Takes the lock of the key, waiting in line. A lock is courtesy: plain writes ignore it.
   *
   * @throws StoreError `TIMEOUT` after `waitMs` (60,000 unless said), naming the holder's label and for how
   *   long it has held; `signal.reason` on abort
   * @example
   * ```ts
   * import { open } from 'samemap';
   * const store = await open('memory:');
   * const jobs = store.map<{ tries: number }>('jobs');
   * const lock = await jobs.lock('job-1', { initial: { tries: 0 }, label: 'worker 7' });
   * try {
   *   if (lock.value !== undefined) lock.value.tries += 1;
   *   await lock.commit();
   * } finally {
   *   await lock.release();
   * }
   * await store.close();
   * ```
   */
  lock(key: Key, options?: LockOptions<Input>): Promise<Lock<Value, Input, Key>>;
  /** Takes the lock of the key if it comes free within `waitMs` (0 unless said); `undefined` if not. */
  tryLock(key: Key, options?: LockOptions<Input>): Promise<Lock<Value, Input, Key> | undefined>;
  /**
   * Takes the locks of several keys in one order for all callers, so that two of them cannot wait for each
   * other. `waitMs` is for all of them together; a key that comes twice is locked once.
   *
   * @throws as {@link lock}, with none of the locks held
   */
  lockMany(keys: Iterable<Key>, options?: LockOptions<Input>): Promise<Locks<Value, Input, Key>>;
  /**
   * Runs `work` with the lock and lets go afterwards, whatever happens. What `work` did not commit or save
   * is not written.
   *
   * @returns what `work` returned
   * @throws as {@link lock}; what `work` threw
   */
  withLock<Result>(
    key: Key,
    work: (lock: Lock<Value, Input, Key>) => Result | Promise<Result>,
    options?: LockOptions<Input>,
  ): Promise<Result>;

  /**
   * Begins a watch, at once: what is written after `ready` resolved is delivered, as the six guarantees of
   * etcd's watch say (docs/contract.md). Faults are told by `ready` and by reading.
   *
   * @param options - one key or a prefix, where to start, whether with previous values
   * @throws TypeError or RangeError for a bad option; StoreError `FORMAT` when `start` is no bookmark
   * @example
   * ```ts
   * import { open } from 'samemap';
   * const store = await open('memory:');
   * const users = store.map<string>('users');
   * const watch = users.watch({ prefix: 'a', previous: true });
   * await watch.ready;
   * await users.set('ada', 'Ada');
   * for await (const change of watch) {
   *   if (change.type === 'insert') break; // leaving the loop ends the watch
   * }
   * await store.close();
   * ```
   */
  watch(options?: WatchOptions<Key>): Watch<Value, Key>;
  /**
   * Follows one key: its value now, then each newer one; `undefined` while it is absent. Faults are told by
   * reading.
   *
   * @param options - `signal`: aborting ends it, and reading rejects with `signal.reason`
   * @throws TypeError or RangeError for a bad key or option
   */
  follow(key: Key, options?: { readonly signal?: AbortSignal | undefined }): Follow<Value>;
  /**
   * Makes a live, read-only local copy of the map or a part of it; resolves when it is complete.
   *
   * @throws StoreError `LIMIT` when there are more than `maxEntries`
   */
  view(options?: ViewOptions<Key>): Promise<View<Value, Key>>;

  /**
   * A fresh key, from the version counter: 13 of 0-9 and a-z, unique, sorting in the order of creation, over
   * restarts, too. As `GenerateNextPK` of MapStore.
   */
  nextKey(options?: CallOptions): Promise<string>;
  /**
   * The map as it stands at this call, as a stream of bytes (docs/formats/snapshot.md), while writers go on.
   * Read it or cancel it: until then the engine keeps what it needs for it. Faults are told by the stream.
   *
   * @param options - `deadlineMs` and `signal` are for the whole stream
   */
  snapshot(options?: CallOptions): ReadableStream<Uint8Array>;
  /**
   * Loads the map of a snapshot that has this name, or its only one: all or nothing, under new versions
   * and a new lineage, so that watchers get `reset`. Everything is verified before the first write.
   *
   * @returns how many entries were loaded; those expired by now are not
   * @throws StoreError `CONFLICT` when the map is not empty and `mode` not `'replace'`, `CORRUPT` with the
   *   offset for damaged bytes, `FORMAT` for what is no snapshot, of a later format, of another codec or a
   *   higher shape, or without such a map, `LIMIT` for a value that is too long, `FULL` or `IO` when there is
   *   no room to put a stream aside; nothing is changed by any of them. What the source throws
   * @example
   * ```ts
   * import { open } from 'samemap';
   * const store = await open('memory:');
   * const users = store.map<string>('users');
   * await users.set('ada', 'Ada');
   * const count = await store.map<string>('copy').restore(users.snapshot());
   * await store.close();
   * ```
   */
  restore(source: SnapshotSource, options?: RestoreOptions): Promise<number>;
  /** Gives back the space of what is dead; loses nothing that is written meanwhile. */
  compact(onProgress?: (progress: Progressed) => void): Promise<void>;
  /** Sizes and counts of the store, by name; those with a unit end in it. Names differ between engines. */
  stats(): Promise<Readonly<Record<string, number>>>;
  /**
   * Resolves when all that was written so far, by the sync face too, is durable.
   *
   * @throws StoreError `FULL` or `IO` when a write was taken back, `UNKNOWN_OUTCOME` when that is uncertain
   */
  durable(options?: CallOptions): Promise<void>;
  /** Removes all entries and forgets the map's codec and shape; the handle can be used again. */
  drop(): Promise<void>;
  /** Ends this handle: its watches end, later calls are `CLOSED`. The store stays open. Idempotent. */
  close(): Promise<void>;
}

/**
 * Several locks, held and let go together.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * const store = await open('memory:');
 * const accounts = store.map<number>('accounts');
 * const locks = await accounts.lockMany(['ada', 'grace'], { initial: 0 });
 * await locks.get('ada').save(10);
 * await locks.release();
 * await store.close();
 * ```
 */
export interface Locks<Value, Input = Value, Key = string> extends AsyncDisposable {
  /** The lock of one of the keys asked for. @throws RangeError for any other key */
  get(key: Key): Lock<Value, Input, Key>;
  /** All of them, each key once, in the order of the UTF-8 bytes of the keys. */
  readonly all: readonly Lock<Value, Input, Key>[];
  /** Lets go of all that are still held; again does nothing. */
  release(): Promise<void>;
}
