import assert from 'node:assert/strict';
import type { Clock } from '../base/clock.ts';
import type { Engine } from '../contract/engine.ts';
import type { MapOptions } from '../contract/map-options.ts';
import type { Atomic, MapOf, Store } from '../contract/store.ts';
import type { Supports } from '../contract/supports.ts';
import type { VersionedMap } from '../contract/versioned-map.ts';
import type { Watch, WatchOptions } from '../contract/watch.ts';
import { open } from '../map/open.ts';
import { there } from './assertions.ts';
import { liftAtomic, liftMap } from './faces.ts';
import type { Words } from './faces.ts';

/**
 * What the suite gives to an engine that it tests.
 *
 * @example
 * ```ts
 * import { memoryEngine } from 'samemap';
 * import type { EngineInternals } from 'samemap/conformance';
 * const engine = ({ clock }: EngineInternals) => memoryEngine({}, { clock });
 * ```
 */
export interface EngineInternals {
  /** The time by which the engine must live. */
  readonly clock: Clock;
}

/** Where engines and time of a trial come from. */
export interface Bench {
  /** `true`: time moves only by `advance`. */
  readonly manual: boolean;
  readonly internals: EngineInternals;
  engine(internals: EngineInternals): Promise<Engine> | Engine;
  readonly reopen: ((engine: Engine, internals: EngineInternals) => Promise<Engine>) | undefined;
  readonly mapOptions: Pick<MapOptions<unknown, never>, 'near' | 'batch'> | undefined;
  /** Lets time pass. */
  advance(ms: number): Promise<void>;
  /** Moves the clock on without running timers, as on a busy machine; manual time only. */
  late(ms: number): void;
}

/** One run of a law: a fresh, empty store and what a law needs around it. */
export interface Trial {
  /** The face by which {@link Trial.words} and {@link Trial.atomic} speak. */
  readonly face: 'async' | 'sync';
  readonly bench: Bench;
  readonly engine: Engine;
  readonly store: Store;
  readonly supports: Supports;
  /** A time to live that the engine keeps exactly. */
  readonly ttlMs: number;
  /** Longer than it takes until an entry of {@link Trial.ttlMs} has expired and the change was told. */
  readonly untilExpiredMs: number;
  /** A map with both faces; `m` unless named. */
  map<Value = number, Key = string, Input = Value>(
    name?: string,
    options?: MapOptions<Value, Key, Input>,
  ): MapOf<boolean, Value, Key, Input>;
  /** A map by the face of this trial; `m` unless named. */
  words<Value = number, Key = string, Input = Value>(
    name?: string,
    options?: MapOptions<Value, Key, Input>,
  ): Words<Value, Key, Input>;
  /** An atomic commit by the face of this trial. */
  atomic(): Atomic;
  /** A watch that stands, and that is closed with the trial. */
  watch<Value, Key>(
    map: Pick<VersionedMap<Value, Key>, 'watch'>,
    options?: WatchOptions<Key>,
  ): Promise<Watch<Value, Key>>;
  advance(ms: number): Promise<void>;
  /** A second store, fresh and empty, closed with the trial. */
  another(): Promise<Store>;
  /** Closes the store and opens it again on the same data. */
  reopen(): Promise<void>;
  /** Ends what the law left open. Idempotent. */
  endWatches(): Promise<void>;
  close(): Promise<void>;
}

/** A reason for which an engine cannot be held to a law; `undefined` when it can. */
export type Need = (trial: Trial) => string | undefined;

/** One behaviour that every engine must show. */
export interface Law {
  /** A sentence of the contract. */
  readonly name: string;
  /** `true`: the text runs by the sync face, too, where there is one. */
  readonly bothFaces: boolean;
  readonly needs: readonly Need[];
  readonly run: (trial: Trial) => Promise<void>;
}

/** A law about words that only the async face has. */
export function law(name: string, run: (trial: Trial) => Promise<void>, ...needs: Need[]): Law {
  return { name, bothFaces: false, needs, run };
}

/** A law whose text runs by the async face and by the sync one. */
export function bothFaces(name: string, run: (trial: Trial) => Promise<void>, ...needs: Need[]): Law {
  return { name, bothFaces: true, needs, run };
}

/** Time that the test moves. */
export const manualTime: Need = (t) => (t.bench.manual ? undefined : 'needs a clock that can be moved');
export const syncFace: Need = (t) => (t.supports.sync ? undefined : 'supports.sync is false');
export const references: Need = (t) =>
  t.supports.values === 'any' ? undefined : "supports.values is not 'any'";
/** What outlives the store: the law closes it and opens it again. */
export const reopens: Need = (t) => {
  if (t.supports.durability === 'none') return "supports.durability is 'none'";
  return t.bench.reopen === undefined ? 'the caller gave no reopen' : undefined;
};

/** Opens a trial. */
export async function openTrial(bench: Bench, face: 'async' | 'sync'): Promise<Trial> {
  let engine = await bench.engine(bench.internals);
  let store: Store = await open(engine);
  const others: Store[] = [];
  const watches: { close(): Promise<void> }[] = [];
  const { leastMs, lagMs } = engine.supports.expiry;
  const ttlMs = Math.max(leastMs, bench.manual ? 1_000 : 50);

  const map = <Value, Key, Input>(
    name = 'm',
    options?: MapOptions<Value, Key, Input>,
  ): MapOf<boolean, Value, Key, Input> =>
    store.map<Value, Key, Input>(name, { ...bench.mapOptions, ...options });

  const endWatches = async (): Promise<void> => {
    for (const watch of watches.splice(0)) await watch.close();
  };
  return {
    face,
    bench,
    get engine() {
      return engine;
    },
    get store() {
      return store;
    },
    supports: engine.supports,
    ttlMs,
    untilExpiredMs: ttlMs + lagMs + 1,
    map,
    words(name, options) {
      const opened = map(name, options);
      return face === 'sync' ? liftMap(there(opened.sync)) : opened;
    },
    atomic: () => (face === 'sync' ? liftAtomic(there(store.sync).atomic()) : store.atomic()),
    async watch(watched, options) {
      const watch = watched.watch(options);
      watches.push(watch);
      await watch.ready;
      return watch;
    },
    advance: (ms) => bench.advance(ms),
    async another() {
      const other = await open(await bench.engine(bench.internals));
      others.push(other);
      return other;
    },
    async reopen() {
      assert.ok(bench.reopen, 'the law needs reopen');
      await endWatches();
      await store.close();
      engine = await bench.reopen(engine, bench.internals);
      store = await open(engine);
    },
    endWatches,
    async close() {
      await endWatches();
      await store.close();
      for (const other of others) await other.close();
    },
  };
}
