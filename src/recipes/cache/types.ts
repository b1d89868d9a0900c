import type { CallOptions } from '../../contract/calls.ts';

/**
 * Why an entry left a cache: there were too many (`entries`) or too large ones (`bytes`), its time was up
 * (`expired`), it was written again (`replaced`), or removed (`deleted`), by this cache or anybody else.
 *
 * @example
 * ```ts
 * import type { RemovalReason } from 'samemap/recipes';
 * const evicted = (reason: RemovalReason) => reason === 'entries' || reason === 'bytes';
 * ```
 */
export type RemovalReason = 'entries' | 'bytes' | 'expired' | 'replaced' | 'deleted';

/**
 * How a cache behaves; `maxEntries` or `maxBytes` bounds it.
 *
 * @example
 * ```ts
 * import type { CacheOptions } from 'samemap/recipes';
 * const pages: CacheOptions<string> = { maxEntries: 10_000, ttlMs: 60_000, staleMs: 10_000, negativeMs: 1_000 };
 * ```
 */
export interface CacheOptions<Value, Key = string> {
  /** The most entries, from 1 up. */
  readonly maxEntries?: number | undefined;
  /** The most bytes by `sizeOf`, from 1 up. An entry that weighs more alone is not kept. */
  readonly maxBytes?: number | undefined;
  /**
   * What an entry weighs, from 0 up; the bytes of its key and of its encoded value unless said. An entry for which it
   * throws or gives something else is not kept, and `onError` is told.
   */
  readonly sizeOf?: ((value: Value, key: Key) => number) | undefined;
  /** How long an entry is fresh, in milliseconds above 0; for ever unless said. */
  readonly ttlMs?: number | undefined;
  /** `true`: `ttlMs` begins anew with each hit; the map is told at most ten times in that time. */
  readonly sliding?: boolean | undefined;
  /** How long after `ttlMs` `load` still serves an entry while it loads anew, in milliseconds; 0 unless said. */
  readonly staleMs?: number | undefined;
  /** How long it is remembered, in this process, that a load gave nothing, in milliseconds; 0 unless said. */
  readonly negativeMs?: number | undefined;
  /** Told of each entry that leaves; must not throw. */
  readonly onRemoved?: ((removed: RemovedEntry<Value, Key>) => void) | undefined;
  /** Told of faults that no caller waits for: of reloading what is stale, of evicting, of the watch. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * An entry that left a cache.
 *
 * @example
 * ```ts
 * import type { RemovedEntry } from 'samemap/recipes';
 * const told = ({ key, reason }: RemovedEntry<string>) => `${key}: ${reason}`;
 * ```
 */
export interface RemovedEntry<Value, Key = string> {
  readonly key: Key;
  readonly value: Value;
  readonly reason: RemovalReason;
}

/**
 * What a cache counted since it was opened.
 *
 * @example
 * ```ts
 * import type { CacheStats } from 'samemap/recipes';
 * const line = ({ hitRate, evicted }: CacheStats) => `${(hitRate * 100).toFixed(1)} % hits, ${evicted} evicted`;
 * ```
 */
export interface CacheStats {
  /** Answers from the cache, stale ones and remembered absences included. */
  readonly hits: number;
  /** Hits that were stale and began a load. */
  readonly staleHits: number;
  /** Hits that said that there is nothing. */
  readonly negativeHits: number;
  /** `get` and `load` that found nothing here. */
  readonly misses: number;
  /** Hits of hits and misses, from 0 to 1; 0 at first. */
  readonly hitRate: number;
  /** Loaders that were called. */
  readonly loads: number;
  /** Those that threw. */
  readonly loadFailures: number;
  /** Entries that had to go for others. */
  readonly evicted: number;
  /** Entries whose time was up. */
  readonly expired: number;
}

/**
 * How one entry is written.
 *
 * @example
 * ```ts
 * import type { CacheWriteOptions } from 'samemap/recipes';
 * const short: CacheWriteOptions = { ttlMs: 1_000 };
 * ```
 */
export interface CacheWriteOptions extends CallOptions {
  /** How long this entry is fresh, in milliseconds above 0, or `'never'` to expire; that of the cache unless said. */
  readonly ttlMs?: number | 'never' | undefined;
}

/**
 * A bounded cache over a map; see docs/guides/cache.md. Values are shared by all who read them: do not change them.
 *
 * Words reject with what the same words of the map reject with, and with `CLOSED` after `close`.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { openCache } from 'samemap/recipes';
 * const store = await open('memory:');
 * const pages = await openCache(store.map<string>('pages'), { maxEntries: 1_000, ttlMs: 60_000 });
 * const page = pages.hit('/') ?? (await pages.load('/', async (path) => `the page at ${path}`));
 * await pages.close();
 * await store.close();
 * ```
 */
export interface Cache<Value, Key = string, Input = Value> extends AsyncDisposable {
  /**
   * The value that this process has, at once, or `undefined`: absent, stale, or not known here. Never asks the map.
   *
   * @throws TypeError or RangeError for a bad key
   */
  hit(key: Key): Value | undefined;
  /** The fresh value that this process or the map has, or `undefined`. */
  get(key: Key, options?: CallOptions): Promise<Value | undefined>;
  /**
   * The value, from this process, the map, or the loader. Callers of one key in this process share one load. What
   * is stale is served at once while it is loaded anew. A loader that throws stores nothing, and all who wait see
   * the error; one that returns `undefined` says that there is nothing, and is not asked again for `negativeMs`.
   * What somebody else writes meanwhile wins.
   *
   * @param load - `signal` aborts when no caller waits any more
   */
  load(
    key: Key,
    load: (
      key: Key,
      context: { readonly signal: AbortSignal },
    ) => Input | undefined | Promise<Input | undefined>,
    options?: CacheWriteOptions,
  ): Promise<Value | undefined>;
  /** Writes. */
  set(key: Key, value: Input, options?: CacheWriteOptions): Promise<void>;
  /** Removes; `false` when there was nothing. */
  delete(key: Key, options?: CallOptions): Promise<boolean>;
  /** Removes everything; how many there were in the map. */
  clear(options?: CallOptions): Promise<number>;
  /** Number of entries that this process has, remembered absences included. */
  readonly size: number;
  /** What they weigh, in bytes; 0 without `maxBytes`. */
  readonly bytes: number;
  /** What it counted. */
  stats(): CacheStats;
  /** Ends the bookkeeping and the loads; entries stay in the map. Idempotent. */
  close(): Promise<void>;
}
