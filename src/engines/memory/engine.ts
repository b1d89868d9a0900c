import type { SyncEngine } from '../../contract/engine.ts';
import type { EngineInspection, Services } from '../../contract/services.ts';
import type { Supports } from '../../contract/supports.ts';
import { memoryCore } from './core.ts';
import { load } from './load.ts';
import { memoryMaps, storedTables } from './maps.ts';
import { checkOpen, type State, tableOf } from './state.ts';
import { View } from './view.ts';

const SUPPORTS: Supports = {
  engine: 'memory',
  reach: 'process',
  durability: 'none',
  sync: true,
  values: 'any',
  partitions: 1,
  atomic: { operations: 10_000 },
  watch: { resumeAfterReopen: false, previous: true },
  // A tick of the wheel, and time for the timer and for sweeping many at once.
  expiry: { leastMs: 1, lagMs: 50 },
  limits: { keyBytes: 1024, valueBytes: 2 ** 28 },
};

/** Puts the parts of an engine together. */
export function assemble(state: State): SyncEngine {
  return {
    form: 'sync',
    supports: SUPPORTS,
    get lineage() {
      return state.lineage;
    },
    clock: state.clock,
    core: memoryCore(state),
    maps: memoryMaps(state),
    ...servicesOf(state),
  };
}

function servicesOf(state: State): Services {
  return {
    durable: undefined,
    position: async () => {
      checkOpen(state);
      return [state.version];
    },
    changes: (scope, from) => {
      checkOpen(state);
      const feed = state.feeds.open(scope, from, state.version);
      state.recording = true;
      return feed;
    },
    lock: async (map, key, wait) => state.locks.lock(tableOf(state, map).id, key, wait),
    view: async (maps) => {
      checkOpen(state);
      return new View(state, maps?.map((map) => tableOf(state, map)) ?? storedTables(state));
    },
    load: (request) => load(state, request),
    compact: async (onProgress) => compact(state, onProgress),
    inspect: async () => inspect(state),
    stats: async () => ({ ...gaugesOf(state) }),
    close: async () => close(state),
  };
}

function compact(state: State, onProgress: Parameters<Services['compact']>[0]): void {
  checkOpen(state);
  const tables = storedTables(state);
  const total = tables.reduce((sum, { entries }) => sum + entries.size, 0);
  state.wheel.sweep();
  state.tombstones.prune(state.clock.now());
  for (const table of tables) table.ordered?.compact();
  onProgress({ done: total, total, unit: 'entries' });
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
    entries: storedTables(state).reduce((sum, { entries }) => sum + entries.size, 0),
    expiringEntries: state.wheel.size,
    tombstones: state.tombstones.size,
    locks: state.locks.size,
    lockWaiters: state.locks.waiters,
    feeds: state.feeds.size,
    feedLagCommits: state.feeds.lag,
    historyChanges: state.feeds.historySize,
    views: state.views.size,
  };
}

function close(state: State): void {
  if (state.closed) return;
  state.closed = true;
  state.tables.length = 0;
  state.names.clear();
  state.wheel.stop();
  state.locks.close();
  state.feeds.close();
}
