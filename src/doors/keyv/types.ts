/**
 * How a map serves Keyv.
 *
 * @example
 * ```ts
 * import type { KeyvStoreOptions } from 'samemap/keyv';
 * const options: KeyvStoreOptions = { release: 6 };
 * ```
 */
export interface KeyvStoreOptions {
  /**
   * The major release of Keyv that calls: 5 (default) hands over a time to live and keys that begin with the namespace,
   * 6 a time of expiry and bare keys. It must be the one that calls; the map is laid out in the same way by both.
   */
  readonly release?: 5 | 6 | undefined;
}

/**
 * An entry of Keyv's `setMany`.
 *
 * @example
 * ```ts
 * import type { KeyvStoreItem } from 'samemap/keyv';
 * const item: KeyvStoreItem = { key: 'a', value: '{"value":1}', ttl: 60_000 };
 * ```
 */
export interface KeyvStoreItem {
  readonly key: string;
  readonly value: unknown;
  /** In milliseconds; what Keyv 5 says. */
  readonly ttl?: number | undefined;
  /** In milliseconds since the epoch; what Keyv 6 says. */
  readonly expires?: number | undefined;
}

/**
 * A storage adapter as Keyv 5 and 6 take it. Keyv calls it; a program talks to Keyv.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { keyvStore, type KeyvStore } from 'samemap/keyv';
 * const store = await open('memory:');
 * const adapter: KeyvStore = keyvStore(store.map('cache'));
 * adapter.namespace = 'pages'; // Keyv sets its own
 * await adapter.clear(); // no other namespace
 * ```
 */
export interface KeyvStore {
  /** What Keyv 5 reads to know whether it may iterate. */
  readonly opts: { readonly dialect: string; readonly url: string };
  /** What Keyv 6 reads to know that it may say when entries expire. */
  readonly capabilities?: { readonly expires: true };
  /** What keys begin with, before a colon; `undefined`: nothing. */
  namespace?: string | undefined;
  get<Value>(key: string): Promise<Value | undefined>;
  getMany<Value>(keys: string[]): Promise<(Value | undefined)[]>;
  /** @param until - a time to live or a time of expiry, in milliseconds, as the release of Keyv has it */
  set(key: string, value: unknown, until?: number): Promise<boolean>;
  setMany(items: readonly KeyvStoreItem[]): Promise<boolean[]>;
  delete(key: string): Promise<boolean>;
  /** To Keyv 5 whether all were there, to Keyv 6 which. */
  deleteMany(keys: string[]): Promise<boolean | boolean[]>;
  has(key: string): Promise<boolean>;
  hasMany(keys: string[]): Promise<boolean[]>;
  /** Removes what is in the namespace; everything when there is none. */
  clear(): Promise<void>;
  /** What is in the namespace, in the order of keys. */
  iterator<Value>(namespace?: string): AsyncGenerator<[string, Value], void>;
  /** Does nothing: the map is its owner's. */
  disconnect(): Promise<void>;
  /** Tells of reads that failed, as `error`, where Keyv itself keeps that to itself. */
  on(event: string, listener: (...args: unknown[]) => void): this;
}
