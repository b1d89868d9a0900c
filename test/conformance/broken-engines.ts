// Engines with one thing wrong each, and the law that must find it.
import type { Clock } from '../../src/base/clock.ts';
import { ANY, PRESENT, VERSION } from '../../src/contract/condition.ts';
import type { SyncCore } from '../../src/contract/core.ts';
import type { SyncEngine } from '../../src/contract/engine.ts';
import type { Feed, FeedEvent, Services } from '../../src/contract/services.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';

/** A way to break an engine. */
export interface Breakage {
  readonly what: string;
  /** A law that finds it. */
  readonly foundBy: RegExp;
  readonly engine: (clock: Clock) => SyncEngine;
}

type Parts = { readonly core?: Partial<SyncCore> } & Partial<Services>;

/** A memory engine with other parts. */
function broken(what: string, foundBy: RegExp, parts: (engine: SyncEngine) => Parts): Breakage {
  const engine = (clock: Clock): SyncEngine => {
    const good = memoryEngine({}, { clock });
    const { core, ...services } = parts(good);
    return {
      ...good,
      get lineage() {
        return good.lineage;
      },
      ...services,
      core: { ...good.core, ...core },
    };
  };
  return { what, foundBy, engine };
}

/** A memory engine whose feeds go through `alter`, event by event; `undefined` leaves one out. */
function brokenFeed(
  what: string,
  foundBy: RegExp,
  alter: (event: FeedEvent, nth: number) => readonly FeedEvent[],
): Breakage {
  return broken(what, foundBy, (engine) => ({
    changes: (scope, from) => {
      const feed = engine.changes(scope, from);
      const ready: FeedEvent[] = [];
      let nth = 0;
      const altered: Feed = {
        begin: feed.begin,
        take() {
          while (ready.length === 0) {
            const event = feed.take();
            if (event === undefined) return undefined;
            ready.push(...alter(event, event.kind === 'commit' ? ++nth : nth));
          }
          return ready.shift();
        },
        onReady: (wake) => feed.onReady(wake),
        get lag() {
          return feed.lag;
        },
        close: () => feed.close(),
      };
      return altered;
    },
  }));
}

export const breakages: readonly Breakage[] = [
  broken('conditions are not looked at', /ifVersion below does not hold for set/, ({ core }) => ({
    core: {
      write: (map, key, cell, condition, ifVersion, ...rest) =>
        core.write(map, key, cell, condition === VERSION ? ANY : condition, ifVersion, ...rest),
    },
  })),
  broken('ifVersion 0 means anything', /ifAbsent does not hold for set/, ({ core }) => ({
    core: {
      write: (map, key, cell, condition, ifVersion, ...rest) =>
        core.write(
          map,
          key,
          cell,
          condition === VERSION && ifVersion === 0 ? ANY : condition,
          ifVersion,
          ...rest,
        ),
    },
  })),
  broken('an equal value is no change', /writing an equal value is a change/, ({ core }) => ({
    core: {
      write: (map, key, cell, ...rest) => {
        const found = core.get(map, key);
        return cell !== undefined && found.entry?.value === cell
          ? found
          : core.write(map, key, cell, ...rest);
      },
    },
  })),
  broken('a delete has the version of what it removed', /has a version of its own/, ({ core }) => ({
    core: {
      write: (map, key, cell, ...rest) => {
        const reply = core.write(map, key, cell, ...rest);
        return cell === undefined && reply.entry ? { ...reply, at: reply.entry.version } : reply;
      },
    },
  })),
  broken('a delete with a stamp forgets it', /leaves it behind for late writers/, ({ core }) => ({
    core: {
      write: (map, key, cell, condition, ifVersion, expiresAt, stamp, shape) =>
        cell === undefined && core.get(map, key).ok && stamp !== undefined && stamp > 5
          ? core.write(map, key, cell, PRESENT, ifVersion, expiresAt, undefined, shape)
          : core.write(map, key, cell, condition, ifVersion, expiresAt, stamp, shape),
    },
  })),
  broken('stamps are compared as numbers', /least to the greatest signed 64 bit/, ({ core }) => ({
    core: {
      write: (map, key, cell, condition, ifVersion, expiresAt, stamp, shape) => {
        const inexact = stamp === undefined ? undefined : Number(stamp);
        return core.write(map, key, cell, condition, ifVersion, expiresAt, inexact, shape);
      },
    },
  })),
  broken('times to live are dropped', /is there until its end and not from it on/, ({ core }) => ({
    core: {
      write: (map, key, cell, condition, ifVersion, _, ...rest) =>
        core.write(map, key, cell, condition, ifVersion, 0, ...rest),
    },
  })),
  broken('a sum drops the time to live', /add: keeps the time to live/, ({ core }) => ({
    core: {
      add: (map, key, delta, expiresAt, shape) => {
        const found = core.get(map, key).entry;
        const before = typeof found?.value === 'number' ? found.value : 0;
        return core.write(map, key, before + delta, ANY, 0, expiresAt, undefined, shape);
      },
    },
  })),
  broken(
    'an atomic commit is carried out in parts',
    /changes of one atomic commit carry its number/,
    ({ core }) => ({
      core: {
        commit: (guards, operations) => {
          let reply = core.commit(guards, []);
          for (const operation of operations) if (reply.ok) reply = core.commit([], [operation]);
          return reply;
        },
      },
    }),
  ),
  broken('guards are not looked at', /a failing check names map, key/, ({ core }) => ({
    core: { commit: (_, operations) => core.commit([], operations) },
  })),
  broken('pages are in the order of code units', /ordered by the UTF-8 bytes/, ({ core }) => ({
    core: {
      page: (map, start, end, limit, reverse) => {
        const { at, entries, more } = core.page(map, start, end, limit, reverse);
        const sorted = entries.map((entry) => ({ ...entry })).toSorted((a, b) => (a.key < b.key ? -1 : 1));
        return { at, entries: reverse ? sorted.toReversed() : sorted, more };
      },
    },
  })),
  broken('the first entry of a later page is left out', /goes over many pages/, ({ core }) => ({
    core: {
      page: (map, start, ...rest) => {
        const page = core.page(map, start, ...rest);
        return start === '' ? page : { ...page, entries: page.entries.slice(1) };
      },
    },
  })),
  broken('a clear is many commits', /all removals of one clear carry one number/, ({ core }) => ({
    core: {
      clear: (map, start, end) => {
        const { entries, at } = core.page(map, start, end, 1_000, false);
        const keys = entries.map(({ key }) => key);
        for (const key of keys) core.write(map, key, undefined, ANY, 0, 0, undefined, 0);
        return { at, count: keys.length };
      },
    },
  })),
  brokenFeed('every seventh commit is not told', /^x: Reliable: /, (event, nth) =>
    event.kind === 'commit' && nth % 7 === 0 ? [] : [event],
  ),
  brokenFeed('every seventh commit is told twice', /^x: Unique: /, (event, nth) =>
    event.kind === 'commit' && nth % 7 === 0 ? [event, event] : [event],
  ),
  broken('a lock excludes nobody', /lock: excludes others until it is let go/, ({ core }) => ({
    core: { tryLock: (map, key, request) => core.tryLock(map, `${key}-${core.reserve(1)}`, request) },
  })),
  broken('a lock is never let go', /lock: release lets go without writing/, ({ core }) => ({
    core: {
      tryLock: (map, key, request) => {
        const grant = core.tryLock(map, key, request);
        return grant && { ...grant, fence: grant.fence, release: () => undefined };
      },
    },
  })),
  broken('waiting for a lock never ends', /lock: waiters get it in the order/, (engine) => ({
    lock: (map, key, wait) => {
      const grant = engine.core.tryLock(map, key, wait);
      return grant === undefined ? new Promise(() => undefined) : engine.lock(map, `${key}-`, wait);
    },
  })),
  broken('a restore keeps the lineage', /begins a new lineage/, (engine) => {
    const { lineage } = engine;
    return {
      load: async (request) => {
        const count = await engine.load(request);
        Object.defineProperty(engine, 'lineage', { value: lineage });
        return count;
      },
    };
  }),
  broken('numbers for keys are handed out twice', /nextKey: is 13 letters/, ({ core }) => ({
    core: { reserve: (n) => core.reserve(n) - (core.reserve(1) % 3 === 0 ? 2 : 0) },
  })),
  broken('a timer is left behind', /reads: what was written is read back/, ({ clock, core }) => ({
    core: {
      get: (map, key) => {
        clock.after(1e9, () => undefined, true);
        return core.get(map, key);
      },
    },
  })),
  broken('a lock is left behind', /reads: what was written is read back/, ({ core }) => ({
    core: {
      get: (map, key) => {
        core.tryLock(map, 'forgotten', { label: 'forgotten', leaseMs: 1_000 });
        return core.get(map, key);
      },
    },
  })),
];
