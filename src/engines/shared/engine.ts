import type { SyncEngine } from '../../contract/engine.ts';
import type { MapInfo, SyncMaps } from '../../contract/maps.ts';
import type { EngineInspection, Services } from '../../contract/services.ts';
import type { Supports } from '../../contract/supports.ts';
import { recordAt } from './chunks.ts';
import { patiently, retry } from './busy.ts';
import { clear } from './clear.ts';
import { sharedCore, versionIn } from './core.ts';
import { type HeldLock, listLocks } from './grants.ts';
import { C_OWNER, M_STORED, S_EXPIRING, S_LIVE, S_LOCKS, S_STONES, T_STATE, UNUSED } from './layout.ts';
import { place, stage } from './load.ts';
import type { Table } from './local.ts';
import { type Memory, threadAt } from './memory.ts';
import { formatOf, isStored, mapCount, mapOf, openMap, reshape } from './registry.ts';
import { checkOpen, lineageOf, type State, tableOf, told } from './state.ts';
import { lockAll, lockToWrite, stripeAt, unlockAll, unlock } from './stripe-lock.ts';
import { sweepAll } from './sweep.ts';
import { part, reap } from './threads.ts';
import { tidyStripe } from './tidy.ts';
import { View } from './view.ts';

/** What the engine can do with a buffer. */
function supportsOf({ layout }: Memory): Supports {
  return {
    engine: 'shared',
    reach: 'threads',
    durability: 'none',
    sync: true,
    values: 'bytes',
    partitions: 1,
    atomic: { operations: 1_000 },
    watch: { resumeAfterReopen: false, previous: true },
    // A tick, and time for the timer and for sweeping many at once.
    expiry: { leastMs: 1, lagMs: 50 },
    limits: {
      keyBytes: 1024,
      valueBytes: Math.min(2 ** 28, Math.floor(layout.chunks / 4) * layout.chunkWords * 4),
    },
  };
}

/** Puts the parts of an engine together. */
export function assemble(state: State): SyncEngine {
  const { m, clock } = state.local;
  return {
    form: 'sync',
    supports: supportsOf(m),
    get lineage() {
      return lineageOf(m);
    },
    clock,
    core: sharedCore(state),
    maps: mapsOf(state),
    copies: true,
    retry,
    versionOf: (map, key) => versionIn(state, map, key),
    ...servicesOf(state),
  };
}

function mapsOf(state: State): SyncMaps {
  const { m } = state.local;
  return {
    open(name, want) {
      checkOpen(state);
      const table = openMap(m, name, want);
      state.local.tables[table.id] = table;
      return infoOf(state, table);
    },
    drop(id) {
      const table = tableOf(state, id);
      clear(state.local, table, '', undefined, true);
      Atomics.store(m.words, table.record + M_STORED, 0);
      told(state);
    },
    list() {
      checkOpen(state);
      return storedTables(state).map((table) => infoOf(state, table));
    },
    reshape: (id, shape) => reshape(m, tableOf(state, id).record, shape),
  };
}

function infoOf({ local }: State, { id, name, record }: Table): MapInfo {
  return { id, name, ...formatOf(local.m, record) };
}

/** Maps whose format is known, by name. */
function storedTables(state: State): Table[] {
  const { m } = state.local;
  const tables = Array.from({ length: mapCount(m) }, (_, i) => mapOf(m, i + 1));
  const stored = tables.filter(({ record }) => isStored(m, record));
  for (const table of stored) state.local.tables[table.id] ??= table;
  return stored.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function servicesOf(state: State): Services {
  const { local } = state;
  const host = {
    local,
    views: state.views,
    checkOpen: () => checkOpen(state),
    infoOf: (table: Table) => infoOf(state, table),
  };
  return {
    durable: undefined,
    position: async () => {
      checkOpen(state);
      return state.hub.position();
    },
    changes: (scope, from) => {
      checkOpen(state);
      return state.hub.open(scope, from);
    },
    lock: async (map, key, wait) => await state.lines.lock(tableOf(state, map).id, key, wait),
    view: async (maps) => {
      checkOpen(state);
      return await patiently(() => {
        checkOpen(state);
        return new View(host, maps?.map((map) => tableOf(state, map)) ?? storedTables(state));
      });
    },
    load: async (request) => {
      checkOpen(state);
      const staged = await stage(request);
      checkOpen(state);
      const count = await patiently(() => {
        checkOpen(state);
        return place(local, staged, request.replace);
      });
      state.expiry.announce();
      told(state);
      return count;
    },
    compact: async (onProgress) => await compact(state, onProgress),
    inspect: async () => await patiently(() => inspect(state)),
    stats: async () => gaugesOf(state),
    close: async () => close(state),
  };
}

/** Stripes tidied in one turn of the event loop. */
const STRIPES_A_TURN = 16;

async function compact(state: State, onProgress: Parameters<Services['compact']>[0]): Promise<void> {
  checkOpen(state);
  const { m } = state.local;
  const { stripes } = m.layout;
  await patiently(() => {
    checkOpen(state);
    reap(state.local);
    lockAll(m, true);
    try {
      sweepAll(state.local);
    } finally {
      unlockAll(m);
    }
  });
  told(state);
  for (let stripe = 0; stripe < stripes; stripe++) {
    await patiently(() => {
      checkOpen(state);
      lockToWrite(m, stripe);
      try {
        tidyStripe(m, stripe);
      } finally {
        unlock(m, stripe);
      }
    });
    if (stripe % STRIPES_A_TURN !== STRIPES_A_TURN - 1) continue;
    await new Promise((resolve) => setImmediate(resolve));
    checkOpen(state);
  }
  const total = sum(m, S_LIVE);
  onProgress({ done: total, total, unit: 'entries' });
}

function inspect(state: State): EngineInspection {
  checkOpen(state);
  const { m, clock } = state.local;
  reap(state.local);
  const held: HeldLock[] = [];
  for (let stripe = 0; stripe < m.layout.stripes; stripe++) listLocks(m, stripe, held);
  const now = clock.now();
  const locks = held.map(({ map, key, fence, holder, since, waiters }) => ({
    map: mapOf(m, map).name,
    key,
    fence,
    label: holder.label,
    ageMs: now - since,
    waiters: waiters.length,
  }));
  return { locks, gauges: gaugesOf(state) };
}

function gaugesOf(state: State): Readonly<Record<string, number>> {
  checkOpen(state);
  const { m } = state.local;
  const { layout, words } = m;
  let usedChunks = 0;
  for (let chunk = 0; chunk < layout.chunks; chunk++)
    if (words[recordAt(m, chunk) + C_OWNER] !== 0) usedChunks++;
  let threads = 0;
  for (let owner = 1; owner <= layout.threads; owner++) {
    if (words[threadAt(m, owner) + T_STATE] !== UNUSED) threads++;
  }
  const [stones, locks] = [sum(m, S_STONES), sum(m, S_LOCKS)];
  return {
    maps: storedTables(state).length,
    entries: sum(m, S_LIVE) - stones - locks,
    expiringEntries: sum(m, S_EXPIRING) - stones,
    tombstones: stones,
    locks,
    lockWaiters: state.lines.waiting,
    feeds: state.hub.size,
    feedLagCommits: state.hub.lag,
    historyChanges: state.hub.historySize,
    views: state.views.size,
    threads,
    capacityBytes: layout.totalWords * 4,
    usedBytes: usedChunks * layout.chunkWords * 4,
    freeBytes: (layout.chunks - usedChunks) * layout.chunkWords * 4,
  };
}

/** A count of all stripes; read without their locks. */
function sum(m: Memory, word: number): number {
  let total = 0;
  for (let stripe = 0; stripe < m.layout.stripes; stripe++) {
    total += m.words[stripeAt(m, stripe) + word] as number;
  }
  return total;
}

function close(state: State): void {
  if (state.closed) return;
  state.closed = true;
  // What is held must go, however long that takes.
  state.local.m.patient = true;
  state.expiry.stop();
  state.lines.close();
  // From here on nothing touches the memory: the number of this thread may be another one's.
  state.chores.close();
  state.hub.close();
  state.ordered.drop();
  state.local.tables.length = 0;
  state.deafen();
  state.still();
  part(state.local.m);
}
