import type { SyncEngine } from '../../contract/engine.ts';
import type { EngineInspection, Services } from '../../contract/services.ts';
import type { Supports } from '../../contract/supports.ts';
import { close } from './close.ts';
import { alone, compact } from './compact.ts';
import { lmdbCore } from './core.ts';
import { load } from './load.ts';
import { lmdbMaps, storedTables } from './maps.ts';
import { changes } from './resume.ts';
import { checkOpen, type State, tableOf } from './state.ts';
import { View } from './view.ts';

/** Puts the parts of an engine together. */
export function assemble(state: State): SyncEngine {
  return {
    form: 'sync',
    supports: supportsOf(state),
    get lineage() {
      return state.lineage;
    },
    clock: state.clock,
    core: lmdbCore(state),
    maps: lmdbMaps(state),
    ...servicesOf(state),
  };
}

function supportsOf(state: State): Supports {
  return {
    engine: 'lmdb',
    reach: 'process',
    durability: state.settings.durability,
    sync: true,
    values: 'bytes',
    partitions: 1,
    atomic: { operations: 10_000 },
    watch: { resumeAfterReopen: true, previous: false },
    // A step of the timer, and time for it and for removing many at once.
    expiry: { leastMs: 1, lagMs: 50 },
    limits: { keyBytes: 1024, valueBytes: 2 ** 28 },
  };
}

function servicesOf(state: State): Services {
  return {
    durable: (upTo) => state.commits.whenDurable(upTo),
    position: async () => {
      checkOpen(state);
      // What was accepted before is told before a watcher is live: it counts as the past.
      await state.commits.whenDurable(state.version).catch(() => undefined);
      return [state.commits.durable];
    },
    changes: (scope, from) => changes(state, scope, from),
    lock: async (map, key, wait) => state.locks.lock(tableOf(state, map).id, key, wait),
    view: async (maps) => {
      checkOpen(state);
      const asked = maps?.map((map) => tableOf(state, map));
      await state.commits.settled();
      checkOpen(state);
      return new View(state, asked ?? storedTables(state));
    },
    load: (request) => alone(state, () => load(state, request)),
    compact: (onProgress) => alone(state, () => compact(state, onProgress)),
    inspect: async () => inspect(state),
    stats: async () => {
      const { usedBytes, fileBytes } = (checkOpen(state), state.environment.size());
      return { ...gaugesOf(state), usedBytes, fileBytes };
    },
    close: () => close(state),
  };
}

function inspect(state: State): EngineInspection {
  checkOpen(state);
  const locks = state.locks.list((map) => state.tables[map]?.name ?? '');
  return { locks, gauges: gaugesOf(state) };
}

function gaugesOf(state: State): Readonly<Record<string, number>> {
  checkOpen(state);
  return {
    maps: storedTables(state).length,
    entries: storedTables(state).reduce((sum, { count }) => sum + count, 0),
    tombstones: state.tombstones.size,
    locks: state.locks.size,
    lockWaiters: state.locks.waiters,
    feeds: state.feeds.size,
    feedLagCommits: state.feeds.lag,
    historyChanges: state.changes.size,
    damagedFacts: state.changes.damaged + state.damagedStones,
    views: state.views.size,
    pendingBytes: state.commits.bytes,
    commitBatches: state.commits.batches,
    upkeepSlices: state.upkeep.slices,
    upkeepPutOff: state.upkeep.putOff,
    upkeepFailures: state.upkeep.failures,
    compactions: state.upkeep.compactions,
  };
}
