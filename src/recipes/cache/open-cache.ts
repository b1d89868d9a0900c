import { utf8Length } from '../../base/utf8.ts';
import type { VersionedMap } from '../../contract/versioned-map.ts';
import { contextOf } from '../../map/context.ts';
import { MapCache } from './cache.ts';
import { cacheSettings } from './options.ts';
import type { Cache, CacheOptions } from './types.ts';

/** Bytes of a number in a cell. */
const NUMBER_BYTES = 8;

/**
 * Opens a bounded cache over a map. What it knows of recency and size is of this process. On an engine of this
 * machine the map belongs to the cache: its entries are taken in at once, and what has to go is removed from the map.
 * On an engine that others share (etcd) the cache is a bounded copy of what this process asked for, and the watch
 * keeps it true. What has to go is decided by S3-FIFO (docs/decisions/0071-cache-s3-fifo.md).
 *
 * @param map - what holds the entries; of the same handle, or another, may be read and written beside the cache
 * @param options - bounds and times
 * @returns the cache, when it knows what the map has
 * @throws TypeError or RangeError for an option that is none; what the map's watch rejects with
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { openCache } from 'samemap/recipes';
 * const store = await open('memory:');
 * const users = await openCache(store.map<{ name: string }>('users'), {
 *   maxEntries: 10_000,
 *   ttlMs: 60_000,
 *   staleMs: 30_000,
 *   onRemoved: ({ key, reason }) => console.log(key, reason),
 * });
 * const ada = await users.load('ada', async (key) => ({ name: key }));
 * await users.close();
 * await store.close();
 * ```
 */
export async function openCache<Value, Key = string, Input = Value>(
  map: VersionedMap<Value, Key, Input>,
  options: CacheOptions<Value, Key>,
): Promise<Cache<Value, Key, Input>> {
  const context = contextOf(map);
  const { codec } = context.encoding;
  const weigh = (value: unknown, key: unknown): number => {
    const cell = codec.encode(value);
    return utf8Length(context.encodeKey(key)) + (typeof cell === 'number' ? NUMBER_BYTES : cell.length);
  };
  // SAFETY: inside, all maps are maps of unknowns; what is handed out has the types of the map.
  const settings = cacheSettings(options as unknown as CacheOptions<unknown, unknown>, weigh);
  const cache = new MapCache(map as unknown as VersionedMap<unknown, unknown>, context, settings);
  try {
    await cache.ready();
  } catch (error) {
    await cache.close();
    throw error;
  }
  return cache as unknown as Cache<Value, Key, Input>;
}
