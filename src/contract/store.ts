import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { CallOptions, Ttl } from './calls.ts';
import type { Entry } from './entry.ts';
import type { MapInfo } from './maps.ts';
import type { MapOptions } from './map-options.ts';
import type { MapTypes } from './map-types.ts';
import type { LockInfo } from './services.ts';
import type { RestoreOptions, SnapshotSource } from './snapshot.ts';
import type { Supports } from './supports.ts';
import type { SyncMap } from './sync-map.ts';
import type { VersionedMap } from './versioned-map.ts';

/** A map of a store; `sync` exists exactly where the engine answers at once. */
export type MapOf<Sync extends boolean, Value, Key, Input> = VersionedMap<Value, Key, Input> & {
  readonly sync: Sync extends true ? SyncMap<Value, Key, Input> : undefined;
};

/** {@link MapOptions} whose schema tells the types. */
export type SchemaMapOptions<Schema extends StandardSchemaV1, Key> = Omit<
  MapOptions<StandardSchemaV1.InferOutput<Schema>, Key, StandardSchemaV1.InferInput<Schema>>,
  'schema'
> & { readonly schema: Schema };

/** An opened engine: it holds many named maps. */
export interface Store<Sync extends boolean = boolean> extends AsyncDisposable {
  readonly supports: Supports;
  /** The store without promises, on engines that answer at once. */
  readonly sync: Sync extends true ? SyncStore : undefined;

  /** A map by name: letters, digits, dot, underscore, dash; 1 to 128. Lazy: faults come with the first call. */
  map<Schema extends StandardSchemaV1, Key = string>(
    name: string,
    options: SchemaMapOptions<Schema, Key>,
  ): MapOf<Sync, StandardSchemaV1.InferOutput<Schema>, Key, StandardSchemaV1.InferInput<Schema>>;
  map<Value, Key = string, Input = Value>(
    name: string,
    options?: MapOptions<Value, Key, Input>,
  ): MapOf<Sync, Value, Key, Input>;

  /** Begins an atomic commit over several keys and maps. */
  atomic(): Atomic;
  /** The maps that hold or held something. */
  maps(options?: CallOptions): Promise<readonly MapInfo[]>;
  /** All maps as they stand now, as a stream of bytes, while writers go on. */
  snapshot(options?: CallOptions): ReadableStream<Uint8Array>;
  /** Loads all maps of a snapshot; the count of entries. All or nothing. */
  restore(source: SnapshotSource, options?: RestoreOptions): Promise<number>;
  /** Who holds which lock since when, how many wait, how far watchers lag. */
  inspect(): Promise<StoreInspection>;
  /** Makes durable what was accepted and ends everything. Idempotent. */
  close(): Promise<void>;
}

/** {@link Store} without promises. */
export interface SyncStore {
  atomic(): SyncAtomic;
}

/** What `store.inspect()` tells. */
export interface StoreInspection {
  readonly locks: readonly LockInfo[];
  readonly watchers: readonly {
    readonly map: string;
    readonly key?: string;
    readonly prefix?: string;
    readonly lag: number;
    /** `false` while it catches up. */
    readonly live: boolean;
  }[];
  /** Numbers about queues and histories, by name. */
  readonly gauges: Readonly<Record<string, number>>;
}

/** What an atomic commit answers. */
export type AtomicOutcome =
  | { readonly ok: true; readonly version: number }
  | {
      readonly ok: false;
      /** Name of the map whose check failed. */
      readonly map: string;
      readonly key: unknown;
      readonly current: Entry<unknown, unknown> | undefined;
    };

/** The words of an atomic commit; each key at most once as a target, all in one partition. */
interface AtomicWords<This> {
  /** The commit happens only if the key stands at this version, or at this entry's; 0: is absent. */
  check<Value, Key, Input>(
    map: MapTypes<Value, Key, Input>,
    key: Key,
    version: number | { readonly version: number },
  ): This;
  set<Value, Key, Input>(
    map: MapTypes<Value, Key, Input>,
    key: Key,
    value: Input,
    options?: { readonly ttlMs?: Ttl | undefined },
  ): This;
  /** Removes the key; absent is fine. */
  delete<Value, Key, Input>(map: MapTypes<Value, Key, Input>, key: Key): This;
}

/** Several keys, several maps, all or nothing; one group for watchers. */
export interface Atomic extends AtomicWords<Atomic> {
  commit(options?: CallOptions): Promise<AtomicOutcome>;
}

/** {@link Atomic} on the sync face. */
export interface SyncAtomic extends AtomicWords<SyncAtomic> {
  commit(): AtomicOutcome;
}
