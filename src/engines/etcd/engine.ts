import type { AsyncEngine } from '../../contract/engine.ts';
import type { Services } from '../../contract/services.ts';
import type { Supports } from '../../contract/supports.ts';
import { close } from './close.ts';
import { etcdCore } from './core.ts';
import { garbage } from './garbage.ts';
import { readPosition } from './lineage.ts';
import { load } from './load.ts';
import { etcdMaps } from './maps.ts';
import type { EtcdSettings } from './options.ts';
import { compact as compactCall } from './protocol/methods.ts';
import { statusOf } from './server.ts';
import { checkOpen, type State } from './state.ts';
import { viewOf } from './view.ts';

/** What a request has beside the value: key, frame, comparisons. */
const BESIDE_VALUE = 8_192;

/** Puts the parts of an engine together. */
export function assemble(state: State): AsyncEngine {
  return {
    form: 'async',
    supports: supportsOf(state.settings),
    get lineage() {
      return state.lineage;
    },
    clock: state.clock,
    core: etcdCore(state),
    maps: etcdMaps(state),
    ...servicesOf(state),
  };
}

function supportsOf({ requestBytes }: EtcdSettings): Supports {
  return {
    engine: 'etcd',
    reach: 'cluster',
    durability: 'disk',
    sync: false,
    values: 'bytes',
    partitions: 1,
    // With comparisons, remembered stamps and records these are what 128 operations of etcd hold in any case.
    atomic: { operations: 40, plain: 120 },
    watch: { resumeAfterReopen: true, previous: true },
    // Up to the widest bucket of leases for lives of about an hour, what etcd is told beyond it, and its own lateness.
    expiry: { leastMs: 1, lagMs: 36_000 },
    limits: { keyBytes: 1024, valueBytes: requestBytes - BESIDE_VALUE },
  };
}

function servicesOf(state: State): Services {
  return {
    durable: undefined,
    async position() {
      checkOpen(state);
      const revision = await readPosition(state);
      state.feeds.want(revision);
      return [revision];
    },
    changes(scope, from) {
      checkOpen(state);
      return state.feeds.open(scope, state.tables.of(scope.map), from);
    },
    lock: async (map, key, wait) => await state.locks.lock(state.tables.of(map), key, wait),
    view: (maps) => viewOf(state, maps),
    load: (request) => load(state, request),
    async compact(onProgress) {
      checkOpen(state);
      await garbage(state);
      const { keepRevisions } = state.settings;
      const revision = state.cluster.revision - (keepRevisions ?? Infinity);
      if (revision > 0) await compactHistory(state, revision);
      onProgress({ done: 1, total: 1, unit: 'entries' });
    },
    async inspect() {
      checkOpen(state);
      return { locks: await state.locks.list(), gauges: gaugesOf(state) };
    },
    async stats() {
      checkOpen(state);
      const { dbSize, dbSizeInUse } = await statusOf(state.cluster);
      return { ...gaugesOf(state), databaseBytes: dbSize, usedBytes: dbSizeInUse };
    },
    close: () => close(state),
  };
}

/** Somebody else may have compacted further. */
async function compactHistory(state: State, revision: number): Promise<void> {
  try {
    await state.cluster.call(compactCall, { revision }, 'again');
  } catch {
    checkOpen(state);
  }
}

function gaugesOf({ cluster, feeds, leases, locks }: State): Readonly<Record<string, number>> {
  return {
    revision: cluster.revision,
    feeds: feeds.size,
    feedLag: feeds.lag,
    watchedRanges: feeds.ranges,
    watchStreams: feeds.stream.begun,
    leases: leases.size,
    locksHeld: locks.held,
    locksAwaited: locks.waiting,
    lockLeases: locks.sessions,
  };
}
