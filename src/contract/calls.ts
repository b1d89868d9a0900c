import type { KeyPrefix } from './codec.ts';
import type { Stamp } from './entry.ts';

/**
 * How an async call may be cut short; every async word takes these.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * const store = await open('memory:');
 * const users = store.map<string>('users');
 * await users.set('ada', 'Ada', { signal: AbortSignal.timeout(1_000), deadlineMs: 500 });
 * await store.close();
 * ```
 */
export interface CallOptions {
  /**
   * Aborting rejects the call with `signal.reason`. Before the store accepted a write nothing happened;
   * after that the write goes on.
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds from now, 0 or more, after which the call rejects: with `TIMEOUT`, or with
   * `UNKNOWN_OUTCOME` when a write may have been accepted by then. None unless said.
   */
  readonly deadlineMs?: number | undefined;
}

/**
 * How fresh an answer must be; every async read takes these. Both hold by themselves where no near
 * copy is in between, as on all local engines.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * const store = await open('memory:');
 * const users = store.map<string>('users');
 * const { version } = await users.set('ada', 'Ada');
 * await users.get('ada', { minVersion: version });
 * await store.close();
 * ```
 */
export interface ReadOptions extends CallOptions {
  /** `true`: no near copy, ask the store. */
  readonly fresh?: boolean | undefined;
  /** Wait until what is read is at least of this version: a safe integer, 0 or more. */
  readonly minVersion?: number | undefined;
}

/**
 * How long an entry lives: milliseconds above 0 from now, `'never'` to clear an expiry, `'keep'` to
 * keep the one that the entry has (none, where there is no entry).
 *
 * @example
 * ```ts
 * import { memoryMap } from 'samemap';
 * const sessions = memoryMap<string>();
 * sessions.set('ada', 'token', { ttlMs: 60_000 });
 * sessions.set('ada', 'token 2', { ttlMs: 'keep' });
 * ```
 */
export type Ttl = number | 'never' | 'keep';

/**
 * Options of an unconditional write. The conditions are declared as `never`, so that none can slip in
 * and its refusal be overlooked.
 *
 * @example
 * ```ts
 * import { memoryMap, type SetOptions } from 'samemap';
 * const hour: SetOptions = { ttlMs: 3_600_000 };
 * memoryMap<string>().set('ada', 'Ada', hour);
 * ```
 */
export interface SetOptions extends CallOptions {
  /** How long the entry lives; missing: the map's default, else for ever. */
  readonly ttlMs?: Ttl | undefined;
  readonly ifVersion?: never;
  readonly ifAbsent?: never;
  readonly ifPresent?: never;
  readonly ifValue?: never;
  readonly ifNewer?: never;
}

/**
 * Write only over this version. As `ifVersion` of lmdb-js, `check` of Deno KV, and a comparison of
 * `mod_revision` in etcd.
 *
 * @example
 * ```ts
 * import { memoryMap } from 'samemap';
 * const stock = memoryMap<number>();
 * const seen = stock.entry('apples');
 * const outcome = stock.set('apples', 3, { ifVersion: seen?.version ?? 0 });
 * if (!outcome.ok) console.log('somebody was faster:', outcome.current);
 * ```
 */
export interface IfVersion {
  /** A version as an entry carries it; 0: the key must be absent (not for deletes). */
  readonly ifVersion: number;
  readonly ifAbsent?: never;
  readonly ifPresent?: never;
  readonly ifValue?: never;
  readonly ifNewer?: never;
}

/**
 * Write only where nothing is; an expired entry is nothing. As `ifNoExists` of lmdb-js.
 *
 * @example
 * ```ts
 * import { memoryMap } from 'samemap';
 * const owners = memoryMap<string>();
 * if (!owners.set('task', 'me', { ifAbsent: true }).ok) console.log('taken');
 * ```
 */
export interface IfAbsent {
  readonly ifAbsent: true;
  readonly ifVersion?: never;
  readonly ifPresent?: never;
  readonly ifValue?: never;
  readonly ifNewer?: never;
}

/**
 * Write only over something, whatever it is.
 *
 * @example
 * ```ts
 * import { memoryMap } from 'samemap';
 * const owners = memoryMap<string>();
 * if (!owners.set('task', 'me', { ifPresent: true }).ok) console.log('no such task');
 * ```
 */
export interface IfPresent {
  readonly ifPresent: true;
  readonly ifVersion?: never;
  readonly ifAbsent?: never;
  readonly ifValue?: never;
  readonly ifNewer?: never;
}

/**
 * Write only over an equal value: deep equality of decoded values, in which -0 is 0 and NaN is NaN.
 * As `CompareAndSwap` and `CompareAndDelete` of Go's `sync.Map`, which compare with `==`.
 *
 * @example
 * ```ts
 * import { memoryMap } from 'samemap';
 * const states = memoryMap<{ state: string }>();
 * states.set('job', { state: 'running' }, { ifValue: { state: 'queued' } });
 * ```
 */
export interface IfValue<Value> {
  readonly ifValue: Value;
  readonly ifVersion?: never;
  readonly ifAbsent?: never;
  readonly ifPresent?: never;
  readonly ifNewer?: never;
}

/**
 * Write only over an older stamp, or none; an equal one is refused. Stamps of entries that were removed
 * by such a condition, or expired, are remembered for a while (`MemoryOptions.tombstoneMs`). As
 * `put_newer` of PartitionedBuffer, across removals, too.
 *
 * @example
 * ```ts
 * import { memoryMap } from 'samemap';
 * const positions = memoryMap<string>();
 * positions.set('car 1', 'Bonn', { ifNewer: 1_700_000_000_000 });
 * positions.delete('car 1', { ifNewer: 1_700_000_060_000n });
 * ```
 */
export interface IfNewer {
  /** A whole number or a bigint, of signed 64 bits. */
  readonly ifNewer: Stamp;
  readonly ifVersion?: never;
  readonly ifAbsent?: never;
  readonly ifPresent?: never;
  readonly ifValue?: never;
}

/**
 * Exactly one condition of a write; two, or one that is `undefined`, is a `TypeError`.
 *
 * @example
 * ```ts
 * import type { WriteCondition } from 'samemap';
 * const first: WriteCondition<number> = { ifAbsent: true };
 * ```
 */
export type WriteCondition<Value> = IfVersion | IfAbsent | IfPresent | IfValue<Value> | IfNewer;

/**
 * Exactly one condition of a delete; "must be absent" is none.
 *
 * @example
 * ```ts
 * import type { DeleteCondition } from 'samemap';
 * const seen: DeleteCondition<number> = { ifVersion: 7 };
 * ```
 */
export type DeleteCondition<Value> = IfVersion | IfPresent | IfValue<Value> | IfNewer;

/**
 * A condition of a write and the options beside it; `ttlMs` counts only when it holds.
 *
 * @example
 * ```ts
 * import type { ConditionalSet } from 'samemap';
 * const lease: ConditionalSet<string> = { ifAbsent: true, ttlMs: 30_000 };
 * ```
 */
export type ConditionalSet<Value> = WriteCondition<Value> &
  CallOptions & { readonly ttlMs?: Ttl | undefined };

/**
 * A condition of a delete and the options beside it.
 *
 * @example
 * ```ts
 * import type { ConditionalDelete } from 'samemap';
 * const mine: ConditionalDelete<string> = { ifValue: 'me', deadlineMs: 500 };
 * ```
 */
export type ConditionalDelete<Value> = DeleteCondition<Value> & CallOptions;

/**
 * Which keys, in the order of their UTF-8 bytes. What several fields say must all hold; missing fields
 * and `undefined` say nothing.
 *
 * @example
 * ```ts
 * import { memoryMap } from 'samemap';
 * const files = memoryMap<number>();
 * const newest = [...files.list({ prefix: 'log/', reverse: true, limit: 10 })];
 * ```
 */
export interface Range<Key = string> {
  /** Keys that begin with this. */
  readonly prefix?: KeyPrefix<Key> | undefined;
  /** First key, inclusive; need not exist. */
  readonly start?: Key | undefined;
  /** Last key, exclusive; need not exist. */
  readonly end?: Key | undefined;
  /** `true`: from the end backwards. */
  readonly reverse?: boolean | undefined;
  /** The most entries, 0 or more; all unless said. */
  readonly limit?: number | undefined;
}

/**
 * A {@link Range} where order and limit mean nothing.
 *
 * @example
 * ```ts
 * import { memoryMap } from 'samemap';
 * const removed = memoryMap<number>().clear({ start: 'a', end: 'b' });
 * ```
 */
export type Span<Key = string> = Pick<Range<Key>, 'prefix' | 'start' | 'end'>;
