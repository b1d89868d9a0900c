import type { AsyncEngine, Engine, SyncEngine } from '../contract/engine.ts';
import type { MapInfo } from '../contract/maps.ts';
import type { Supports } from '../contract/supports.ts';
import { mirrorCore, mirrorCoreLater } from './mirror-core.ts';
import { mirrorFeed } from './mirror-feed.ts';
import { lateFeed } from './late-feed.ts';
import { lockFirstThenSecond, lockSideBySide, tryBoth, tryBothLater } from './mirror-locks.ts';
import { mirrorServices } from './mirror-services.ts';
import { MirrorState } from './mirror-state.ts';
import { Serial } from './serial.ts';

/**
 * Makes one engine of two: each call goes to both, the answers are compared, and the first one's is
 * returned. What differs is thrown by the call, and again by `close`. Versions of the two are not compared,
 * only their order, and neither are gauges, sizes and the time that expiries take.
 *
 * Both engines must be fresh or hold the same, have one partition, and live by one clock that stands
 * still while a call is under way: a `manualClock()`, or any, as long as nothing expires. With a second
 * engine that answers later the mirror does, too, and makes one call at a time.
 *
 * @param a - the engine to trust, `memoryEngine()` as a rule; closed with the one returned
 * @param b - the engine to test; closed with the one returned
 * @returns an engine of the second one's form
 * @throws RangeError when one has several partitions
 *
 * @example
 * ```ts
 * import { memoryEngine, open } from 'samemap';
 * import { manualClock, mirror } from 'samemap/conformance';
 * const clock = manualClock();
 * const store = await open(mirror(memoryEngine({}, { clock }), memoryEngine({}, { clock })));
 * await store.map<number>('m').add('a', 1);
 * await store.close();
 * ```
 */
export function mirror(a: SyncEngine, b: SyncEngine): SyncEngine;
export function mirror(a: SyncEngine, b: AsyncEngine): AsyncEngine;
export function mirror(a: SyncEngine, b: Engine): Engine;
export function mirror(a: SyncEngine, b: Engine): Engine {
  for (const { supports } of [a, b]) {
    if (supports.partitions === 1) continue;
    throw new RangeError(`mirror: ${supports.engine} has ${supports.partitions} partitions, 1 is allowed`);
  }
  return b.form === 'sync' ? mirrorSync(a, b) : mirrorAsync(a, b);
}

function mirrorSync(a: SyncEngine, b: SyncEngine): SyncEngine {
  const state = new MirrorState();
  return {
    form: 'sync',
    supports: common(a.supports, b.supports),
    get lineage() {
      return a.lineage;
    },
    clock: a.clock,
    core: {
      ...mirrorCore(state, a.core, b.core),
      tryLock: (...args) => tryBoth(state, a.core, b.core, args),
    },
    maps: {
      open: (name, want) => state.openMap('open', a.maps.open(name, want), b.maps.open(name, want)),
      drop: (id) => {
        a.maps.drop(id);
        b.maps.drop(state.id(id));
      },
      list: () => sameMaps(state, a.maps.list(), b.maps.list()),
      reshape: (id, shape) => {
        a.maps.reshape(id, shape);
        b.maps.reshape(state.id(id), shape);
      },
    },
    ...mirrorServices(state, a, b, (call) => call()),
    changes: (scope, from) => openFeed(state, a, b, scope, from),
    lock: (...args) => lockSideBySide(state, a, b, args),
  };
}

function mirrorAsync(a: SyncEngine, b: AsyncEngine): AsyncEngine {
  const state = new MirrorState();
  const serial = new Serial();
  const moving = new Map<string, number>();
  const { maps } = a;
  return {
    form: 'async',
    supports: common(a.supports, b.supports),
    get lineage() {
      return a.lineage;
    },
    clock: a.clock,
    core: {
      ...mirrorCoreLater(state, serial, a.core, b.core),
      tryLock: (...args) => serial.run(() => tryBothLater(state, serial, moving, a.core, b.core, args)),
    },
    maps: {
      open: (name, want) =>
        serial.run(async () => state.openMap('open', maps.open(name, want), await b.maps.open(name, want))),
      drop: (id) =>
        serial.run(async () => {
          await b.maps.drop(state.id(id));
          maps.drop(id);
        }),
      list: () => serial.run(async () => sameMaps(state, maps.list(), await b.maps.list())),
      reshape: (id, shape) =>
        serial.run(async () => {
          await b.maps.reshape(state.id(id), shape);
          maps.reshape(id, shape);
        }),
    },
    ...mirrorServices(state, a, b, (call) => serial.run(call)),
    changes: (scope, from) => lateFeed(serial.runFirst(async () => openFeed(state, a, b, scope, from))),
    lock: (...args) => lockFirstThenSecond(state, serial, moving, a, b, args),
  };
}

function openFeed(
  state: MirrorState,
  a: Engine,
  b: Engine,
  ...[scope, from]: Parameters<Engine['changes']>
): ReturnType<Engine['changes']> {
  const there = from === 'now' ? from : state.position(from);
  // A position that nobody remembers is one before any history.
  const second = b.changes({ ...scope, map: state.id(scope.map) }, there ?? [0]);
  return mirrorFeed(state, a.changes(scope, from), second);
}

function sameMaps(state: MirrorState, a: readonly MapInfo[], b: readonly MapInfo[]): readonly MapInfo[] {
  state.same('list', 'number of maps', a.length, b.length);
  for (const [i, info] of a.entries()) {
    const twin = b[i];
    if (twin !== undefined) state.openMap('list', info, twin);
  }
  return a;
}

/** What both engines can do. */
function common(a: Supports, b: Supports): Supports {
  return {
    engine: `mirror(${a.engine}, ${b.engine})`,
    reach: a.reach === b.reach ? a.reach : 'process',
    durability: a.durability === b.durability ? a.durability : 'none',
    sync: a.sync && b.sync,
    values: a.values === 'any' ? b.values : 'bytes',
    partitions: 1,
    atomic: { operations: Math.min(a.atomic.operations, b.atomic.operations) },
    watch: {
      resumeAfterReopen: a.watch.resumeAfterReopen && b.watch.resumeAfterReopen,
      previous: a.watch.previous && b.watch.previous,
    },
    expiry: {
      leastMs: Math.max(a.expiry.leastMs, b.expiry.leastMs),
      lagMs: Math.max(a.expiry.lagMs, b.expiry.lagMs),
    },
    limits: {
      keyBytes: Math.min(a.limits.keyBytes, b.limits.keyBytes),
      valueBytes: Math.min(a.limits.valueBytes, b.limits.valueBytes),
    },
  };
}
