import type { CallOptions, Ttl } from './calls.ts';
import type { Entry } from './entry.ts';

/**
 * How to take a lock without waiting in line.
 *
 * @example
 * ```ts
 * import { memoryMap, type TryLockOptions } from 'samemap';
 * const how: TryLockOptions<number> = { initial: 0, label: 'worker 7' };
 * memoryMap<number>().tryLock('job-1', how)?.release();
 * ```
 */
export interface TryLockOptions<Value> {
  /** The draft of an absent key: a value, copied for this lock, or a function that makes one. Not written by itself. */
  readonly initial?: Value | (() => Value) | undefined;
  /** Shown to those who wait and by `inspect`. */
  readonly label?: string | undefined;
  /**
   * How long others wait after the holder died, in milliseconds from 100 up; 15,000 unless said. Renewed while
   * the holder lives, so never a cap on holding.
   */
  readonly leaseMs?: number | undefined;
}

/**
 * How to take a lock.
 *
 * @example
 * ```ts
 * import type { LockOptions } from 'samemap';
 * const patient: LockOptions<number> = { initial: () => 0, waitMs: Infinity, label: 'worker 7' };
 * ```
 */
export interface LockOptions<Value> extends TryLockOptions<Value> {
  /** How long to wait, in milliseconds; 60,000 unless said (0 for `tryLock`), 0 for not at all, `Infinity` for ever. */
  readonly waitMs?: number | undefined;
  /** Aborting leaves the line and rejects with `signal.reason`; later it means nothing. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * What both forms of a lock show.
 *
 * @example
 * ```ts
 * import { memoryMap, type LockState } from 'samemap';
 * const describe = ({ key, fence }: LockState<number>) => `${key} under fence ${fence}`;
 * const lock = memoryMap<number>().tryLock('job-1');
 * if (lock !== undefined) console.log(describe(lock));
 * ```
 */
export interface LockState<Value, Input = Value, Key = string> {
  readonly key: Key;
  /**
   * The entry as it was read when the lock was taken or refreshed, or as `save` wrote it; `undefined` when
   * the key is absent. @throws StoreError `CODEC` when it cannot be decoded; the lock is kept
   */
  readonly entry: Entry<Value, Key> | undefined;
  /**
   * The draft: a private copy of the entry's value, made on first access; `initial` where the key is
   * absent. Change it in place or assign it. @throws StoreError `CODEC` when there is no copy to be made;
   * the lock is kept, and the draft may be assigned
   */
  get value(): Value | undefined;
  set value(draft: Input | undefined);
  /** A version, higher than that of any earlier holder: a fencing token for what lies outside the store. */
  readonly fence: number;
  /** Aborts when the lock is lost, with the fault as reason; not when it is let go. */
  readonly lost: AbortSignal;
}

/**
 * Options of `commit` and `save`.
 *
 * @example
 * ```ts
 * import type { LockWriteOptions } from 'samemap';
 * const minute: LockWriteOptions = { ttlMs: 60_000 };
 * ```
 */
export interface LockWriteOptions extends CallOptions {
  /** How long the entry lives; `'keep'` unless said, for a new entry the map's default. */
  readonly ttlMs?: Ttl | undefined;
}

/**
 * An entry that is locked. The lock is courtesy: it keeps others from wasting work. The version is law:
 * a write through the lock carries the version that was read and the fence, so that a holder that was
 * paused or expired overwrites nobody. The words are those of an entry lock of MapStore, with a way out
 * that writes nothing.
 *
 * Errors of all writes: `CONFLICT` over a newer version, `LOCK_LOST` over a lost lock, `CLOSED` after
 * the lock was let go, `CODEC`, `INVALID_VALUE` or `LIMIT` for the draft, TypeError for none (the lock is
 * kept then: mend and repeat).
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * const store = await open('memory:');
 * const jobs = store.map<{ state: string }>('jobs');
 * const lock = await jobs.lock('job-1', { initial: { state: 'new' } });
 * try {
 *   await lock.save({ state: 'running' });
 *   await lock.commit({ state: 'done' });
 * } finally {
 *   await lock.release(); // after a commit it does nothing
 * }
 * await store.close();
 * ```
 */
export interface Lock<Value, Input = Value, Key = string>
  extends LockState<Value, Input, Key>, AsyncDisposable {
  /** Writes the draft, or the value given, and lets go whatever the outcome, except when the draft is refused. */
  commit(value?: Input, options?: LockWriteOptions): Promise<Entry<Value, Key>>;
  /** Writes the draft, or the value given, and goes on holding whatever the outcome. */
  save(value?: Input, options?: LockWriteOptions): Promise<Entry<Value, Key>>;
  /** Removes the entry and lets go whatever the outcome; `false` when there was none. */
  delete(options?: CallOptions): Promise<boolean>;
  /** Reads the entry again and drops the draft; the way on after a `CONFLICT` of `save`. */
  refresh(options?: CallOptions): Promise<Entry<Value, Key> | undefined>;
  /** Lets go without writing; again does nothing. Leaving the scope of `await using` does the same. */
  release(): Promise<void>;
}

/**
 * {@link Lock} on the sync face; what would reject throws.
 *
 * @example
 * ```ts
 * import { memoryMap } from 'samemap';
 * const counts = memoryMap<number>();
 * const lock = counts.tryLock('hits', { initial: 0 });
 * if (lock !== undefined) lock.commit((lock.value ?? 0) + 1);
 * ```
 */
export interface SyncLock<Value, Input = Value, Key = string>
  extends LockState<Value, Input, Key>, Disposable {
  /** Writes the draft, or the value given, and lets go whatever the outcome, except when the draft is refused. */
  commit(value?: Input, options?: { readonly ttlMs?: Ttl | undefined }): Entry<Value, Key>;
  /** Writes the draft, or the value given, and goes on holding whatever the outcome. */
  save(value?: Input, options?: { readonly ttlMs?: Ttl | undefined }): Entry<Value, Key>;
  /** Removes the entry and lets go whatever the outcome; `false` when there was none. */
  delete(): boolean;
  /** Reads the entry again and drops the draft. */
  refresh(): Entry<Value, Key> | undefined;
  /** Lets go without writing; again does nothing. */
  release(): void;
}
