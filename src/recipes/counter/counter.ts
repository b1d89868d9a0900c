import { checkInteger } from '../../base/options.ts';
import type { CallOptions, Span } from '../../contract/calls.ts';
import type { SyncMap } from '../../contract/sync-map.ts';
import type { VersionedMap } from '../../contract/versioned-map.ts';
import { contextOf } from '../../map/context.ts';
import type { Count, Counter, SyncCounter } from './types.ts';

/**
 * Makes a counter over a map of numbers.
 *
 * @param map - holds a number for each key; also read and written beside the counter
 * @returns the counter; it holds nothing that needs closing
 * @throws TypeError when it is no map of samemap
 *
 * @example
 * ```ts
 * import { open, integerKeys } from 'samemap';
 * import { openCounter } from 'samemap/recipes';
 * const store = await open('memory:');
 * const byStatus = openCounter(store.map<number, number>('by-status', { keys: integerKeys }));
 * await byStatus.increment(404);
 * await store.close();
 * ```
 */
export function openCounter<Key = string>(
  map: VersionedMap<number, Key> & { readonly sync: SyncMap<number, Key> },
): Counter<Key> & { readonly sync: SyncCounter<Key> };
export function openCounter<Key = string>(map: VersionedMap<number, Key>): Counter<Key>;
export function openCounter<Key>(map: VersionedMap<number, Key>): Counter<Key> {
  contextOf(map);
  const { sync } = map;
  return {
    sync: sync && syncCounter(sync),
    increment: (key, by = 1, options) => map.add(key, by, options),
    get: async (key, options) => (await map.get(key, options)) ?? 0,
    reset: async (key, options) => (await map.take(key, options))?.value ?? 0,
    top: (n, range) => topOf(map, n, range),
  };
}

function syncCounter<Key>(map: SyncMap<number, Key>): SyncCounter<Key> {
  return {
    increment: (key, by = 1) => map.add(key, by),
    get: (key) => map.get(key) ?? 0,
    reset: (key) => map.take(key)?.value ?? 0,
  };
}

/** The highest counts of a map, highest first. */
export async function topOf<Key>(
  map: VersionedMap<number, Key>,
  n: number,
  range: (Span<Key> & CallOptions) | undefined,
): Promise<Count<Key>[]> {
  checkInteger('top: n', n, 1);
  const highest: Count<Key>[] = [];
  for await (const { key, value: count } of map.list(range)) {
    if (highest.length === n && count <= (highest.at(-1)?.count ?? 0)) continue;
    // Behind those that are as high: keys come in order.
    let [low, high] = [0, highest.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((highest[middle]?.count ?? 0) < count) high = middle;
      else low = middle + 1;
    }
    highest.splice(low, 0, { key, count });
    if (highest.length > n) highest.pop();
  }
  return highest;
}
