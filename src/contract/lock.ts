import type { CallOptions, Ttl } from './calls.ts';
import type { Entry } from './entry.ts';

/** How to take a lock without waiting in line. */
export interface TryLockOptions<Value> {
  /** The draft of an absent key: a value, or a function that makes one. */
  readonly initial?: Value | (() => Value) | undefined;
  /** Shown to those who wait and by `inspect`. */
  readonly label?: string | undefined;
  /** How long others wait after the holder died, in milliseconds; 15,000 unless said. */
  readonly leaseMs?: number | undefined;
}

/** How to take a lock. */
export interface LockOptions<Value> extends TryLockOptions<Value> {
  /** How long to wait, in milliseconds; 60,000 unless said, 0 for not at all, `Infinity` for ever. */
  readonly waitMs?: number | undefined;
  /** Aborting leaves the line and rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** What both forms of a lock show. */
export interface LockState<Value, Input = Value, Key = string> {
  readonly key: Key;
  /** The entry as it was read when the lock was taken or refreshed, or as `save` wrote it. */
  readonly entry: Entry<Value, Key> | undefined;
  /**
   * The draft: a private copy of the entry's value, made on first access; `initial` where the key is
   * absent. Change it in place or assign it.
   */
  get value(): Value | undefined;
  set value(draft: Input | undefined);
  /** A version, higher than that of any earlier holder. */
  readonly fence: number;
  /** Aborts when the lock is lost, with a `LOCK_LOST` as reason. */
  readonly lost: AbortSignal;
}

/** Options of `commit` and `save`: how long the entry lives; `'keep'` unless said. */
export interface LockWriteOptions extends CallOptions {
  readonly ttlMs?: Ttl | undefined;
}

/**
 * An entry that is locked. The lock is courtesy: it keeps others from wasting work. The version is law:
 * a write through the lock carries the version that was read and the fence, so that a holder that was
 * paused or expired overwrites nobody.
 *
 * Errors of all writes: `CONFLICT` over a newer version, `LOCK_LOST` over a lost lock, `CLOSED` after
 * the lock was let go, `CODEC` or `INVALID_VALUE` for the draft (the lock is kept, mend and repeat).
 */
export interface Lock<Value, Input = Value, Key = string>
  extends LockState<Value, Input, Key>, AsyncDisposable {
  /** Writes the draft, or the value given, and lets go whatever the outcome. */
  commit(value?: Input, options?: LockWriteOptions): Promise<Entry<Value, Key>>;
  /** Writes the draft, or the value given, and goes on holding. */
  save(value?: Input, options?: LockWriteOptions): Promise<Entry<Value, Key>>;
  /** Removes the entry and lets go whatever the outcome; `false` when there was none. */
  delete(options?: CallOptions): Promise<boolean>;
  /** Reads the entry again and drops the draft. */
  refresh(options?: CallOptions): Promise<Entry<Value, Key> | undefined>;
  /** Lets go without writing; again does nothing. */
  release(): Promise<void>;
}

/** {@link Lock} on the sync face. */
export interface SyncLock<Value, Input = Value, Key = string>
  extends LockState<Value, Input, Key>, Disposable {
  commit(value?: Input, options?: { readonly ttlMs?: Ttl | undefined }): Entry<Value, Key>;
  save(value?: Input, options?: { readonly ttlMs?: Ttl | undefined }): Entry<Value, Key>;
  delete(): boolean;
  refresh(): Entry<Value, Key> | undefined;
  release(): void;
}
