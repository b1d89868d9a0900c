import type { Range, ReadOptions, Span } from './calls.ts';
import type { Entry } from './entry.ts';

/**
 * The reading words of the async face; hand this to code that must not write.
 *
 * Every word rejects with TypeError or RangeError for a key, range or option that is none, and with
 * `StoreError`: `CLOSED` once the handle or its store is closed, `FORMAT` when the map is stored by another
 * codec or a higher shape, `CODEC` (naming map and key) for a value that cannot be decoded, `TIMEOUT` when
 * `deadlineMs` runs out, and the faults of the engine. An abort rejects with `signal.reason`.
 *
 * @example
 * ```ts
 * import { open, type ReadonlyVersionedMap } from 'samemap';
 * async function total(prices: ReadonlyVersionedMap<number>): Promise<number> {
 *   let sum = 0;
 *   for await (const [, price] of prices) sum += price;
 *   return sum;
 * }
 * const store = await open('memory:');
 * await total(store.map<number>('prices'));
 * await store.close();
 * ```
 */
export interface ReadonlyVersionedMap<Value, Key = string> extends AsyncIterable<readonly [Key, Value]> {
  /** The map's name within its store. */
  readonly name: string;
  /** The value, or `undefined` when the key is absent or expired: a value is never `undefined`. */
  get(key: Key, options?: ReadOptions): Promise<Value | undefined>;
  /** The entry, with version and expiry, or `undefined` when the key is absent or expired. */
  entry(key: Key, options?: ReadOptions): Promise<Entry<Value, Key> | undefined>;
  /** Whether there is an entry that has not expired; decodes nothing. */
  has(key: Key, options?: ReadOptions): Promise<boolean>;
  /** Values in the order of the keys, all of one version per partition; `undefined` for absent ones. */
  getMany(keys: Iterable<Key>, options?: ReadOptions): Promise<(Value | undefined)[]>;
  /**
   * Entries of a range in the order of the UTF-8 bytes of their keys. Lazy: nothing is read before the
   * first step. Read page by page: each key comes once, keys that nobody touches always, and each page of
   * up to 1,000 entries is of one moment. `signal` and `deadlineMs` are for the whole iteration.
   *
   * @param range - which keys, from which end, how many; all unless said
   * @example
   * ```ts
   * import { open } from 'samemap';
   * const store = await open('memory:');
   * const files = store.map<number>('files');
   * for await (const { key, value } of files.list({ prefix: 'log/', limit: 100 })) console.log(key, value);
   * await store.close();
   * ```
   */
  list(range?: Range<Key> & ReadOptions): AsyncIterableIterator<Entry<Value, Key>>;
  /** {@link list}, keys only; decodes no values. */
  keys(range?: Range<Key> & ReadOptions): AsyncIterableIterator<Key>;
  /** {@link list}, values only. */
  values(range?: Range<Key> & ReadOptions): AsyncIterableIterator<Value>;
  /** How many entries there are in the map or the range, at one moment per partition; expired ones do not count. */
  count(range?: Span<Key> & ReadOptions): Promise<number>;
}

/**
 * {@link ReadonlyVersionedMap} on the sync face: the same words without promises; what would reject
 * throws.
 *
 * @example
 * ```ts
 * import { memoryMap, type ReadonlySyncMap } from 'samemap';
 * const total = (prices: ReadonlySyncMap<number>) => [...prices.values()].reduce((sum, price) => sum + price, 0);
 * total(memoryMap<number>());
 * ```
 */
export interface ReadonlySyncMap<Value, Key = string> extends Iterable<readonly [Key, Value]> {
  /** The map's name within its store. */
  readonly name: string;
  /** The value, or `undefined` when the key is absent or expired: a value is never `undefined`. */
  get(key: Key): Value | undefined;
  /** The entry, with version and expiry, or `undefined` when the key is absent or expired. */
  entry(key: Key): Entry<Value, Key> | undefined;
  /** Whether there is an entry that has not expired; decodes nothing. */
  has(key: Key): boolean;
  /** Values in the order of the keys, all of one version; `undefined` for absent ones. */
  getMany(keys: Iterable<Key>): (Value | undefined)[];
  /**
   * Entries of a range in the order of the UTF-8 bytes of their keys. Lazy, and read page by page: each key
   * comes once, keys that nobody touches always, whatever is written in between.
   */
  list(range?: Range<Key>): IterableIterator<Entry<Value, Key>>;
  /** {@link list}, keys only; decodes no values. */
  keys(range?: Range<Key>): IterableIterator<Key>;
  /** {@link list}, values only. */
  values(range?: Range<Key>): IterableIterator<Value>;
  /** How many entries there are in the map or the range; expired ones do not count. */
  count(range?: Span<Key>): number;
}
