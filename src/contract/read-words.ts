import type { Range, ReadOptions, Span } from './calls.ts';
import type { Entry } from './entry.ts';

/** The reading words of the async face; hand this to code that must not write. */
export interface ReadonlyVersionedMap<Value, Key = string> extends AsyncIterable<readonly [Key, Value]> {
  /** The map's name within its store. */
  readonly name: string;
  /** The value, or `undefined` when the key is absent or expired. */
  get(key: Key, options?: ReadOptions): Promise<Value | undefined>;
  /** The entry, or `undefined` when the key is absent or expired. */
  entry(key: Key, options?: ReadOptions): Promise<Entry<Value, Key> | undefined>;
  has(key: Key, options?: ReadOptions): Promise<boolean>;
  /** Values in the order of the keys, all of one version per partition; `undefined` for absent ones. */
  getMany(keys: Iterable<Key>, options?: ReadOptions): Promise<(Value | undefined)[]>;
  /** Entries of a range in key order, page by page: each key once, each page of up to 1,000 consistent. */
  list(range?: Range<Key> & ReadOptions): AsyncIterableIterator<Entry<Value, Key>>;
  keys(range?: Range<Key> & ReadOptions): AsyncIterableIterator<Key>;
  values(range?: Range<Key> & ReadOptions): AsyncIterableIterator<Value>;
  /** How many entries there are in the map or the range. */
  count(range?: Span<Key> & ReadOptions): Promise<number>;
}

/** {@link ReadonlyVersionedMap} on the sync face. */
export interface ReadonlySyncMap<Value, Key = string> extends Iterable<readonly [Key, Value]> {
  readonly name: string;
  get(key: Key): Value | undefined;
  entry(key: Key): Entry<Value, Key> | undefined;
  has(key: Key): boolean;
  getMany(keys: Iterable<Key>): (Value | undefined)[];
  list(range?: Range<Key>): IterableIterator<Entry<Value, Key>>;
  keys(range?: Range<Key>): IterableIterator<Key>;
  values(range?: Range<Key>): IterableIterator<Value>;
  count(range?: Span<Key>): number;
}
