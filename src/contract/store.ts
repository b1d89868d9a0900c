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

/**
 * A map of a store; `sync` exists exactly where the engine answers at once.
 *
 * @example
 * ```ts
 * import type { MapOf } from 'samemap';
 * type Hits = MapOf<true, number, string, number>;
 * const add = (hits: Hits): number => hits.sync.add('/', 1);
 * ```
 */
export type MapOf<Sync extends boolean, Value, Key, Input> = VersionedMap<Value, Key, Input> & {
  readonly sync: Sync extends true ? SyncMap<Value, Key, Input> : undefined;
};

/**
 * {@link MapOptions} whose schema tells the types.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { z } from 'zod';
 * const store = await open('memory:');
 * const ages = store.map('ages', { schema: z.coerce.number().int() });
 * const { value } = await ages.set('ada', '36'); // a number
 * await store.close();
 * ```
 */
export type SchemaMapOptions<Schema extends StandardSchemaV1, Key> = Omit<
  MapOptions<StandardSchemaV1.InferOutput<Schema>, Key, StandardSchemaV1.InferInput<Schema>>,
  'schema'
> & { readonly schema: Schema };

/**
 * An opened engine: it holds many named maps.
 *
 * After `close` every word is `CLOSED`, of its maps, too.
 *
 * @typeParam Sync - whether the engine answers at once, so that `sync` exists; `open` finds it out
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * const store = await open('memory:');
 * const users = store.map<{ name: string }>('users');
 * await users.set('ada', { name: 'Ada' });
 * console.log(store.supports.engine, await store.maps(), await store.inspect());
 * await store.close();
 * ```
 */
export interface Store<Sync extends boolean = boolean> extends AsyncDisposable {
  /** What the engine can do. */
  readonly supports: Supports;
  /** The store without promises, on engines that answer at once. */
  readonly sync: Sync extends true ? SyncStore : undefined;
  /** What other threads open the same data with; `undefined` unless `supports.reach` is `threads`. */
  readonly handle: object | undefined;

  /**
   * A map by name: 1 to 128 of A-Z a-z 0-9 . _ -. Lazy: asks nothing of the engine, so that faults come with
   * the first call; nothing is stored before the first write. Several handles of one map may be open, with one
   * codec.
   *
   * @param options - how values and keys are written, the default time to live, a validator
   * @throws TypeError or RangeError for a name or option that is none
   * @example
   * ```ts
   * import { json, open } from 'samemap';
   * const store = await open('memory:');
   * const settings = store.map('settings', { codec: json<{ theme: string }>(), ttlMs: 3_600_000 });
   * await settings.set('ada', { theme: 'dark' });
   * await store.close();
   * ```
   */
  map<Schema extends StandardSchemaV1, Key = string>(
    name: string,
    options: SchemaMapOptions<Schema, Key>,
  ): MapOf<Sync, StandardSchemaV1.InferOutput<Schema>, Key, StandardSchemaV1.InferInput<Schema>>;
  map<Value, Key = string, Input = Value>(
    name: string,
    options?: MapOptions<Value, Key, Input>,
  ): MapOf<Sync, Value, Key, Input>;

  /** Begins an atomic commit over several keys and maps; nothing happens before its `commit`. */
  atomic(): Atomic;
  /** The maps that hold or held something and were not dropped, by name. */
  maps(options?: CallOptions): Promise<readonly MapInfo[]>;
  /**
   * All maps as they stand at this call, as a stream of bytes, while writers go on; read it or cancel it. A map
   * of references that no open handle knows the codec of is `UNSUPPORTED`.
   */
  snapshot(options?: CallOptions): ReadableStream<Uint8Array>;
  /**
   * Loads all maps of a snapshot into those of the same names: all or nothing, under new versions and a new
   * lineage. Other maps stay as they are.
   *
   * @returns how many entries were loaded
   * @throws StoreError as `restore` of a map: `CONFLICT`, `CORRUPT`, `FORMAT`, `LIMIT`, `FULL`, `IO`; nothing is changed
   */
  restore(source: SnapshotSource, options?: RestoreOptions): Promise<number>;
  /** Who holds which lock since when, how many wait, how far watchers of this process lag. */
  inspect(): Promise<StoreInspection>;
  /**
   * Makes durable what was accepted and ends everything: watches are done, waiting locks are `CLOSED`, held ones
   * are lost. Idempotent.
   */
  close(): Promise<void>;
}

/**
 * {@link Store} without promises.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * const store = await open('memory:');
 * const stock = store.map<number>('stock');
 * const outcome = store.sync.atomic().set(stock, 'apples', 3).delete(stock, 'pears').commit();
 * await store.close();
 * ```
 */
export interface SyncStore {
  /** Begins an atomic commit that answers at once. */
  atomic(): SyncAtomic;
}

/**
 * What `store.inspect()` tells.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * const store = await open('memory:');
 * const { locks, watchers } = await store.inspect();
 * for (const { map, key, label, ageMs } of locks) console.log(`${map}/${key}: ${label} for ${ageMs} ms`);
 * console.log(watchers.filter(({ lag }) => lag > 1_000));
 * await store.close();
 * ```
 */
export interface StoreInspection {
  /** Locks that are held. */
  readonly locks: readonly LockInfo[];
  /** Watches, follows and views of this process. */
  readonly watchers: readonly {
    /** Name of the map. */
    readonly map: string;
    /** The key as it is stored; missing when it watches more. */
    readonly key?: string;
    /** The prefix as it is stored; missing when it watches one key or all. */
    readonly prefix?: string;
    /** How many commits wait for the reader, at least. */
    readonly lag: number;
    /** `false` until its reader has taken `live`, and while it catches up. */
    readonly live: boolean;
  }[];
  /** Numbers about queues and histories, by name. */
  readonly gauges: Readonly<Record<string, number>>;
}

/**
 * What an atomic commit answers: its version, or which check failed and what stands there.
 *
 * @example
 * ```ts
 * import type { AtomicOutcome } from 'samemap';
 * const told = (outcome: AtomicOutcome): string =>
 *   outcome.ok ? `version ${outcome.version}` : `${outcome.map}: ${String(outcome.key)} is another`;
 * ```
 */
export type AtomicOutcome =
  | { readonly ok: true; readonly version: number }
  | {
      readonly ok: false;
      /** Name of the map whose check failed. */
      readonly map: string;
      /** The key whose check failed. */
      readonly key: unknown;
      /** What stands there; `undefined` when the key is absent. */
      readonly current: Entry<unknown, unknown> | undefined;
    };

/**
 * The words of an atomic commit; each key at most once as a target and once as a check, all in one
 * partition. They gather and return the same object; mistakes are thrown by the word that makes them, and so is
 * `CODEC` for a value.
 */
interface AtomicWords<This> {
  /**
   * The commit happens only if the key stands at this version, or at this entry's; 0: is absent.
   *
   * @throws TypeError for a map of another store, or a key that is checked already; RangeError for no version
   */
  check<Value, Key, Input>(
    map: MapTypes<Value, Key, Input>,
    key: Key,
    version: number | { readonly version: number },
  ): This;
  /**
   * Writes the key, unconditionally once all checks hold. The value is taken now, its time to live begins with
   * the commit.
   *
   * @throws TypeError for a map of another store, `undefined`, or a key that is written already
   */
  set<Value, Key, Input>(
    map: MapTypes<Value, Key, Input>,
    key: Key,
    value: Input,
    options?: { readonly ttlMs?: Ttl | undefined },
  ): This;
  /** Removes the key; absent is fine. */
  delete<Value, Key, Input>(map: MapTypes<Value, Key, Input>, key: Key): This;
}

/**
 * Several keys, several maps, all or nothing; one group for watchers. As `atomic()` of Deno KV, and a
 * transaction of etcd.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * const store = await open('memory:');
 * const accounts = store.map<number>('accounts');
 * const [from, to] = [await accounts.set('{bank}ada', 100), await accounts.set('{bank}grace', 0)];
 * const outcome = await store
 *   .atomic()
 *   .check(accounts, from.key, from)
 *   .check(accounts, to.key, to)
 *   .set(accounts, from.key, from.value - 10)
 *   .set(accounts, to.key, to.value + 10)
 *   .commit();
 * if (!outcome.ok) console.log('somebody was faster at', outcome.key);
 * await store.close();
 * ```
 */
export interface Atomic extends AtomicWords<Atomic> {
  /**
   * Carries out all of it, or, when a check does not hold, nothing. Once: begin another for another try.
   * Checks alone are fine and write nothing.
   *
   * @throws TypeError when it is empty or was committed already; StoreError `LIMIT` for more checks and writes
   *   than `supports.atomic.operations`, `UNSUPPORTED` for keys of two partitions, naming them,
   *   `INVALID_VALUE`; nothing is changed
   */
  commit(options?: CallOptions): Promise<AtomicOutcome>;
}

/**
 * {@link Atomic} on the sync face; what would reject throws.
 *
 * @example
 * ```ts
 * import { must, open } from 'samemap';
 * const store = await open('memory:');
 * const stock = store.map<number>('stock');
 * const { version } = must(store.sync.atomic().check(stock, 'apples', 0).set(stock, 'apples', 3).commit());
 * await store.close();
 * ```
 */
export interface SyncAtomic extends AtomicWords<SyncAtomic> {
  /** Carries out all of it, or, when a check does not hold, nothing. Once. */
  commit(): AtomicOutcome;
}
