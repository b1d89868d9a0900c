/**
 * What a watcher sees. Between its start or a `reset` and `live`, changes are state, marked `replay`;
 * all others obey the six laws of docs/contract.md, which are etcd's guarantees of a watch.
 *
 * @example
 * ```ts
 * import type { Change } from 'samemap';
 * function apply(copy: Map<string, number>, change: Change<number>): void {
 *   if (change.type === 'reset') copy.clear();
 *   else if (change.type === 'insert' || change.type === 'update') copy.set(change.key, change.value);
 *   else if (change.type === 'delete' || change.type === 'expire') copy.delete(change.key);
 * }
 * ```
 */
export type Change<Value, Key = string> = Put<Value, Key> | Removal<Value, Key> | Live | Progress | Reset;

/**
 * An entry was written: where nothing was (`insert`) or over another (`update`).
 *
 * @example
 * ```ts
 * import type { Put } from 'samemap';
 * const line = ({ type, key, value, version }: Put<number>) => `${version} ${type} ${key} = ${value}`;
 * ```
 */
export interface Put<Value, Key = string> {
  readonly type: 'insert' | 'update';
  readonly key: Key;
  readonly value: Value;
  /** Number of the commit; all its changes carry it. */
  readonly version: number;
  /** Milliseconds since the epoch at which it expires; missing when it never does. */
  readonly expiresAt?: number;
  /** What it replaced; only when asked for, and only where it is known. */
  readonly previous?: Value;
  /** `true`: state delivered while catching up; missing otherwise. */
  readonly replay?: true;
  /** Where a watch goes on behind this change; of all but the last change of a commit, before the whole of it. */
  readonly bookmark: string;
}

/**
 * An entry is gone: somebody deleted it (or it was evicted), or its time was up.
 *
 * @example
 * ```ts
 * import type { Removal } from 'samemap';
 * const why = ({ type, reason }: Removal<number>) => reason ?? type;
 * ```
 */
export interface Removal<Value, Key = string> {
  readonly type: 'delete' | 'expire';
  readonly key: Key;
  /** The removal's own version, above that of what it removed. */
  readonly version: number;
  /** `evicted`: the store made room; nobody asked for it. */
  readonly reason?: 'evicted';
  /** What was removed; only when asked for, and only where it is known. */
  readonly previous?: Value;
  /** `true`: state delivered while catching up; missing otherwise. */
  readonly replay?: true;
  /** Where a watch goes on behind this change; of all but the last change of a commit, before the whole of it. */
  readonly bookmark: string;
}

/**
 * What you asked for has been delivered; from here on you are live. Once per catch-up.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * const store = await open('memory:');
 * for await (const change of store.map('users').watch({ start: 'current' })) {
 *   if (change.type === 'live') break;
 * }
 * await store.close();
 * ```
 */
export interface Live {
  readonly type: 'live';
  /** Where a watch goes on from here. */
  readonly bookmark: string;
}

/**
 * Everything in scope up to the bookmark has been delivered, though nothing new may have come. As the
 * progress notification of etcd.
 *
 * @example
 * ```ts
 * import type { Change } from 'samemap';
 * const isNews = (change: Change<number>) => change.type !== 'progress';
 * ```
 */
export interface Progress {
  readonly type: 'progress';
  /** Where a watch goes on from here. */
  readonly bookmark: string;
}

/**
 * The history you need is gone or foreign: forget what you know; the state follows as replays, then
 * `live`. Where etcd says `compacted` and leaves the rest to you.
 *
 * @example
 * ```ts
 * import type { Change } from 'samemap';
 * const startsOver = (change: Change<number>) => change.type === 'reset';
 * ```
 */
export interface Reset {
  readonly type: 'reset';
  /** Where a watch begins this catch-up again. */
  readonly bookmark: string;
}
