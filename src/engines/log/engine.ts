import type { SyncEngine } from '../../contract/engine.ts';
import type { EngineInspection, Feed, Scope, Services } from '../../contract/services.ts';
import type { Position } from '../../contract/position.ts';
import type { Supports } from '../../contract/supports.ts';
import { writeState } from './append.ts';
import { compact, type Compactor } from './compactor.ts';
import { logCore } from './core.ts';
import { fileError } from '../../fs/errors.ts';
import type { StateRecord } from './format.ts';
import { leaveHint } from './hint.ts';
import { load } from './load.ts';
import { logMaps, storedTables } from './maps.ts';
import { PrefacedFeed } from './prefaced-feed.ts';
import { commitsSince } from './resume.ts';
import { checkOpen, type State, type Table, tableOf } from './state.ts';
import { syncSegments } from './syncing.ts';
import { statsOf } from './stats.ts';
import { View } from './view.ts';

function supportsOf(state: State): Supports {
  return {
    engine: 'log',
    reach: 'process',
    durability: state.settings.durability,
    sync: true,
    values: 'bytes',
    partitions: 1,
    atomic: { operations: 10_000 },
    watch: { resumeAfterReopen: true, previous: true },
    // A tick of the wheel, and time for the timer, for sweeping many at once, and for the disk.
    expiry: { leastMs: 1, lagMs: 50 },
    limits: { keyBytes: 1024, valueBytes: 2 ** 28 },
  };
}

/** Puts the parts of an engine together. */
export function assemble(state: State, compactor: Compactor, release: () => Promise<void>): SyncEngine {
  return {
    form: 'sync',
    supports: supportsOf(state),
    get lineage() {
      return state.lineage;
    },
    clock: state.clock,
    copiesWrites: true,
    core: logCore(state),
    maps: logMaps(state),
    ...servicesOf(state, compactor, release),
  };
}

function servicesOf(state: State, compactor: Compactor, release: () => Promise<void>): Services {
  let closing: Promise<void> | undefined;
  return {
    durable: (upTo) => state.commits.durable(upTo),
    position: () => position(state),
    changes: (scope, from) => {
      checkOpen(state);
      return changes(state, scope, from);
    },
    lock: async (map, key, wait) => state.locks.lock(tableOf(state, map).id, key, wait),
    view: async (maps) => {
      checkOpen(state);
      return new View(state, maps?.map((map) => tableOf(state, map)) ?? storedTables(state));
    },
    load: (request) => load(state, request),
    compact: (onProgress) => compact(state, compactor, onProgress),
    inspect: async () => inspect(state),
    stats: async () => {
      checkOpen(state);
      return statsOf(state);
    },
    close: () => (closing ??= closeAndRelease(state, compactor, release)),
  };
}

/** Waits for what was accepted, so that a reader who asks hears of its own writes. */
async function position(state: State): Promise<Position> {
  checkOpen(state);
  const { version, commits } = state;
  try {
    await commits.durable(version);
    return [version];
  } catch {
    checkOpen(state);
    return [commits.idle ? state.version : commits.durableVersion];
  }
}

/** Begins a feed; what the memory no longer holds is read from the segments. */
function changes(state: State, scope: Scope, from: Position | 'now'): Feed {
  const { feeds, version } = state;
  const begin = from === 'now' || from.length !== 1 ? undefined : from[0];
  if (begin === undefined || begin > version || begin < state.floor || begin === version) {
    return feeds.open(scope, from, version);
  }
  if (feeds.recording && begin >= feeds.floor) return feeds.open(scope, from, version);
  const preface = commitsSince(state, scope, begin);
  const rest = feeds.open(scope, 'now', version);
  if (preface.length === 0) return rest;
  if (preface.length > state.settings.historyLimit) {
    rest.close();
    return feeds.open(scope, [-1], version);
  }
  const feed = new PrefacedFeed(begin, preface, rest, horizonOf(state), (over) =>
    state.prefaced.delete(over),
  );
  state.prefaced.add(feed);
  return feed;
}

function horizonOf(state: State): () => number {
  return () => (state.commits.idle ? state.version : state.commits.durableVersion);
}

function inspect(state: State): EngineInspection {
  checkOpen(state);
  const locks = state.locks.list((map) => state.tables[map]?.name ?? '');
  return { locks, gauges: statsOf(state) };
}

async function closeAndRelease(
  state: State,
  compactor: Compactor,
  release: () => Promise<void>,
): Promise<void> {
  try {
    await close(state, compactor);
  } finally {
    await release();
  }
}

async function close(state: State, compactor: Compactor): Promise<void> {
  const { commits } = state;
  let fault: unknown;
  const failed = (error: unknown): undefined => {
    fault ??= error;
    return undefined;
  };
  const wrote = (state.fault === undefined ? commits.durable(state.version) : Promise.resolve()).catch(
    failed,
  );
  const tables = state.tables.filter((table) => table?.definition !== undefined) as readonly Table[];
  // Nothing is accepted from here on.
  state.closed = true;
  state.tables.length = 0;
  state.names.clear();
  state.wheel.stop();
  state.locks.close();
  await compactor.stop();
  await state.reserve.settle();
  await wrote;
  let last: StateRecord | undefined;
  if (fault === undefined && state.fault === undefined) last = await sayClean(state).catch(failed);
  state.feeds.close();
  for (const feed of state.prefaced) feed.close();
  commits.stop();
  await commits.settle();
  const { file, tail, room } = state.active;
  state.active.file = undefined;
  if (state.fault === undefined) {
    // Room that is not given back is zeros, which do no harm.
    if (room > tail) await file?.truncate(tail).catch(() => undefined);
    await file?.sync().catch((error: unknown) => {
      failed(fileError('the log could not be synced at its end', error));
    });
  }
  await file?.close().catch(() => undefined);
  await commits.seal();
  if (fault !== undefined) throw fault;
  if (last !== undefined && state.indexed) await leaveHint(state, last, tables).catch(() => undefined);
}

/** Writes the last record: everything is synced, and nothing comes behind it. */
async function sayClean(state: State): Promise<StateRecord | undefined> {
  const { commits, takenBack } = state;
  await commits.settle();
  await syncSegments(state, () => true).catch((error: unknown) => {
    throw fileError('the log could not be synced at its end', error);
  });
  const record = writeState(state, { clean: state.version });
  await commits.settle();
  return state.takenBack === takenBack && state.fault === undefined ? record : undefined;
}
