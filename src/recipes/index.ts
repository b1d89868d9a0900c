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
export { openBufferedCounter } from './counter/buffered.ts';
export { openCounter } from './counter/counter.ts';
export type {
  BufferedCounter,
  Count,
  Counter,
  CounterBufferOptions,
  CounterReads,
  RejectedCount,
  SyncCounter,
} from './counter/types.ts';
export type { Changes } from './changes-of.ts';
export { openRegistry } from './registry/registry.ts';
export type {
  Registered,
  RegisterOutcome,
  Registration,
  Registry,
  RegistryChange,
  RegistryOptions,
} from './registry/types.ts';
export { openConfig } from './config/open-config.ts';
export type {
  Config,
  ConfigFile,
  ConfigLoaded,
  ConfigOptions,
  ConfigSchemas,
  ConfigValue,
  InvalidConfig,
} from './config/types.ts';
