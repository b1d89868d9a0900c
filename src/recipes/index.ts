/** What maps are reached for, over any engine: caches, counters, registries, configuration. */
export { openCache } from './cache/open-cache.ts';
export type {
  Cache,
  CacheOptions,
  CacheStats,
  CacheWriteOptions,
  RemovalReason,
  RemovedEntry,
} from './cache/types.ts';
