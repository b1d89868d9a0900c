/** The public door: opening stores, maps in memory, codecs, errors, and the types of both faces. */
export { open } from './map/open.ts';
export type { OpenOptions, SyncOf } from './map/open.ts';
export { memoryMap } from './map/memory-map.ts';
export type { MemoryMapOptions } from './map/memory-map.ts';
export { memoryEngine } from './engines/memory/index.ts';
export type { MemoryOptions } from './engines/memory/index.ts';

export { OPERATION_CHANNEL } from './map/tracing/channel.ts';
export type { OperationMessage, OperationOutcome } from './map/tracing/channel.ts';

export { bytes, json, structured, text } from './codec/index.ts';
export { textKeys } from './codec/keys.ts';
export {
  bigintKeys,
  booleanKeys,
  bytesKeys,
  dateKeys,
  integerKeys,
  mixedKeys,
  numberKeys,
  tupleKeys,
} from './codec/keys/index.ts';
export type { MixedKey } from './codec/keys/index.ts';
export { must } from './contract/must.ts';
export { DELETE, KEEP } from './contract/symbols.ts';
export { ERROR_TABLE, StoreError } from './base/errors.ts';
export type { ErrorAdvice, ErrorCode } from './base/errors.ts';
export type { CancelTimer, Clock } from './base/clock.ts';

export type {
  CallOptions,
  ConditionalDelete,
  ConditionalSet,
  DeleteCondition,
  IfAbsent,
  IfNewer,
  IfPresent,
  IfValue,
  IfVersion,
  Range,
  ReadOptions,
  SetOptions,
  Span,
  Ttl,
  WriteCondition,
} from './contract/calls.ts';
export type { Change, Live, Progress, Put, Removal, Reset } from './contract/change.ts';
export type { Codec, KeyCodec, KeyPrefix } from './contract/codec.ts';
export type { AsyncEngine, Engine, SyncEngine } from './contract/engine.ts';
export type { Conflict, Deleted, DeleteOutcome, Entry, Outcome, Stamp, Written } from './contract/entry.ts';
export type {
  Lock,
  LockOptions,
  LockState,
  LockWriteOptions,
  SyncLock,
  TryLockOptions,
} from './contract/lock.ts';
export type { InvalidEntry, MapOptions, NearOptions } from './contract/map-options.ts';
export type { MapTypes } from './contract/map-types.ts';
export type { MapFormat, MapInfo } from './contract/maps.ts';
export type { ReadonlySyncMap, ReadonlyVersionedMap } from './contract/read-words.ts';
export type { LockInfo, Progressed } from './contract/services.ts';
export type { RestoreOptions, SnapshotSource } from './contract/snapshot.ts';
export type {
  Atomic,
  AtomicOutcome,
  MapOf,
  SchemaMapOptions,
  Store,
  StoreInspection,
  SyncAtomic,
  SyncStore,
} from './contract/store.ts';
export type { Supports } from './contract/supports.ts';
export type { SetItem, SyncMap } from './contract/sync-map.ts';
export type { Locks, VersionedMap } from './contract/versioned-map.ts';
export type { Follow, View, ViewOptions, Watch, WatchOptions } from './contract/watch.ts';
