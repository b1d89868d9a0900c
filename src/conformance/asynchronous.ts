import { setImmediate as immediate } from 'node:timers/promises';
import type { AsyncCore, AsyncGrant, SyncGrant } from '../contract/core.ts';
import type { AsyncEngine, SyncEngine } from '../contract/engine.ts';
import type { MapInfo } from '../contract/maps.ts';
import type { Position } from '../contract/position.ts';
import type { Feed } from '../contract/services.ts';
import { commonOf } from './services.ts';
import {
  copyBytes,
  copyCommit,
  copyCount,
  copyMany,
  copyPage,
  copyReply,
  keepCell,
  type CopyCell,
} from './copies.ts';

/**
 * Makes an engine that answers later of one that answers at once: every call takes a turn on its way
 * in and one on its way out, and nothing that is answered is lent. For testing what stands above an engine
 * that is far, without one.
 *
 * @param engine - the engine that does the work; closed with the one returned
 * @param turn - what a way takes; a turn of the event loop unless given. Calls whose turns end in another
 * order overtake each other
 * @returns an engine without the sync face
 *
 * @example
 * ```ts
 * import { memoryEngine, open } from 'samemap';
 * import { asynchronous } from 'samemap/conformance';
 * const store = await open(asynchronous(memoryEngine()));
 * await store.map<number>('m').add('a', 1);
 * await store.close();
 * ```
 */
export function asynchronous(engine: SyncEngine, turn: () => Promise<void> = eventLoopTurn): AsyncEngine {
  const { maps } = engine;
  const references = new Set<number>();
  const note = (info: MapInfo): MapInfo => {
    if (info.references) references.add(info.id);
    else references.delete(info.id);
    return info;
  };
  const later = async <R>(call: () => R | Promise<R>): Promise<R> => {
    await turn();
    const answer = await call();
    await turn();
    return answer;
  };
  const heads = new Heads();
  return {
    form: 'async',
    ...commonOf(engine),
    supports: { ...engine.supports, engine: `asynchronous(${engine.supports.engine})`, sync: false },
    get lineage() {
      return engine.lineage;
    },
    core: coreOf(engine, later, turn, (map) => (references.has(map) ? keepCell : copyBytes)),
    maps: {
      open: (name, want) => later(() => note(maps.open(name, want))),
      drop: (id) => later(() => maps.drop(id)),
      list: () => later(() => maps.list().map((info) => ({ ...info }))),
      reshape: (id, shape) => later(() => maps.reshape(id, shape)),
    },
    durable: engine.durable === undefined ? undefined : (upTo) => later(() => engine.durable?.(upTo)),
    position: () => later(async () => heads.told(await engine.position())),
    changes: (scope, from) => delayFeed(engine.changes(scope, from), turn, heads),
    lock: async (map, key, wait) => {
      await turn();
      const grant = delayGrant(await engine.lock(map, key, wait), turn);
      await turn();
      if (wait.signal?.aborted !== true) return grant;
      await grant.release();
      throw wait.signal.reason;
    },
    view: (ids) => later(() => engine.view(ids)),
    load: (request) => later(() => engine.load(request)),
    compact: (onProgress) => later(() => engine.compact(onProgress)),
    inspect: () => later(() => engine.inspect()),
    stats: () => later(() => engine.stats()),
    close: () => later(() => engine.close()),
  };
}

type Later = <R>(call: () => R | Promise<R>) => Promise<R>;

function coreOf(
  { core }: SyncEngine,
  later: Later,
  turn: () => Promise<void>,
  copyOf: (map: number) => CopyCell,
): AsyncCore {
  return {
    get: (map, key) => later(() => copyReply(core.get(map, key), copyOf(map))),
    getMany: (map, keys) => later(() => copyMany(core.getMany(map, keys), copyOf(map))),
    write: (map, ...rest) => later(() => copyReply(core.write(map, ...rest), copyOf(map))),
    add: (map, ...rest) => later(() => copyReply(core.add(map, ...rest), copyOf(map))),
    commit: (guards, operations) =>
      later(() => {
        const answer = core.commit(guards, operations);
        const at = guards[answer.failed] ?? operations[answer.failed - guards.length];
        return copyCommit(answer, at === undefined ? keepCell : copyOf(at.map));
      }),
    page: (map, ...rest) => later(() => copyPage(core.page(map, ...rest), copyOf(map))),
    count: (map, start, end) => later(() => copyCount(core.count(map, start, end))),
    clear: (map, start, end) => later(() => copyCount(core.clear(map, start, end))),
    tryLock: (map, key, request) =>
      later(() => {
        const grant = core.tryLock(map, key, request);
        return grant === undefined ? undefined : delayGrant(grant, turn);
      }),
    reserve: (n) => later(() => core.reserve(n)),
  };
}

function delayGrant(grant: SyncGrant | AsyncGrant, turn: () => Promise<void>): AsyncGrant {
  return {
    fence: grant.fence,
    lost: () => grant.lost(),
    onLost: (listener) => grant.onLost(listener),
    release: async () => {
      await turn();
      await grant.release();
      await turn();
    },
  };
}

/** The last answer of `position`, and whom to tell of the next. */
class Heads {
  last: Position = [];
  readonly listeners = new Set<() => void>();

  told(position: Position): Position {
    this.last = position;
    for (const listener of this.listeners) listener();
    return position;
  }
}

/** A feed that is behind an answer of `position` gives progress to there once it has given the commits. */
function delayFeed(feed: Feed, turn: () => Promise<void>, heads: Heads): Feed {
  let reached: Position | undefined;
  const begin = feed.begin.then(async (position) => {
    await turn();
    reached = position;
    return position;
  });
  begin.catch(() => undefined);
  let wakes: (() => void)[] = [];
  const wakeAll = (): void => {
    const woken = wakes;
    wakes = [];
    if (woken.length > 0) void turn().then(() => woken.forEach((wake) => wake()));
  };
  heads.listeners.add(wakeAll);
  return {
    begin,
    take() {
      const event = feed.take();
      const { last } = heads;
      if (event?.kind === 'gap') heads.listeners.delete(wakeAll);
      if (event !== undefined || reached === undefined) return event;
      // What is inside answers at once: it has given all that is in scope.
      if (last.every((version, partition) => version <= (reached?.[partition] ?? 0))) return undefined;
      reached = last;
      return { kind: 'progress', position: last };
    },
    onReady(wake) {
      wakes.push(wake);
      feed.onReady(wakeAll);
    },
    get lag() {
      return feed.lag;
    },
    close() {
      heads.listeners.delete(wakeAll);
      feed.close();
    },
  };
}

function eventLoopTurn(): Promise<void> {
  return immediate();
}
