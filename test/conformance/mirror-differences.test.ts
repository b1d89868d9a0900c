// Every way in which two engines can differ is seen by a mirror of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faulty } from '../../src/conformance/faulty.ts';
import { ANY, VERSION } from '../../src/contract/condition.ts';
import type { SyncEngine } from '../../src/contract/engine.ts';
import type { PointInTime } from '../../src/contract/services.ts';
import { loadOf, mirrored, PLAIN, readView, REQUEST, set } from './mirror-fixture.ts';
import type { Twist } from './twisted.ts';

/** Ways to differ, and how the mirror is made to see it. */
const differences: Record<
  string,
  { says: string; twist: (inner: SyncEngine) => Twist; see: (engine: SyncEngine, map: number) => unknown }
> = {
  'a value': {
    says: 'write: value of "a" differs',
    twist: ({ core }) => ({
      core: { write: (map, key, _cell, ...rest) => core.write(map, key, 7, ...rest) },
    }),
    see: (engine, map) => set(engine, map, 'a', 1),
  },
  'an expiry': {
    says: 'write: expiresAt of "a" differs',
    twist: ({ core }) => ({
      core: {
        write: (map, key, cell, condition, ifVersion, _expiresAt, ...rest) =>
          core.write(map, key, cell, condition, ifVersion, 0, ...rest),
      },
    }),
    see: (engine, map) => engine.core.write(map, 'a', 1, ANY, 0, 9e15, undefined, 0),
  },
  'a shape': {
    says: 'add: shape of "a" differs',
    twist: ({ core }) => ({
      core: { add: (map, key, delta, expiresAt) => core.add(map, key, delta, expiresAt, 9) },
    }),
    see: (engine, map) => engine.core.add(map, 'a', 1, 0, 0),
  },
  'an entry that is missing': {
    says: 'get: ok of "a" differs',
    twist: ({ core }) => ({ core: { get: () => core.get(1, 'nothing') } }),
    see: (engine, map) => engine.core.get(map, 'a'),
  },
  'one of several entries': {
    says: 'getMany: found by one engine only',
    twist: ({ core }) => ({
      core: { getMany: (map, keys) => ({ ...core.getMany(map, keys), entries: [] }) },
    }),
    see: (engine, map) => engine.core.getMany(map, ['a']),
  },
  'a refusal': {
    says: 'write: ok of "a" differs',
    twist: ({ core }) => ({
      core: {
        write: (map, key, cell, _c, ifVersion, ...rest) =>
          core.write(map, key, cell, ANY, ifVersion, ...rest),
      },
    }),
    see: (engine, map) => engine.core.write(map, 'a', 1, VERSION, 5, 0, undefined, 0),
  },
  'what failed of a commit': {
    says: 'commit: what failed differs',
    twist: ({ core }) => ({
      core: { commit: (guards, operations) => ({ ...core.commit(guards, operations), failed: 1 }) },
    }),
    see: (engine, map) => engine.core.commit([{ kind: 'version', map, key: 'a', version: 5 }], []),
  },
  'a version told twice for one key': {
    says: 'add: "x": one number stands for two',
    twist: ({ core }) => ({
      core: {
        add: (...args) => ({
          ...core.add(...args),
          at: 1_001,
          entry: { ...entryOf(core.add(...args).entry), version: 1_001 },
        }),
      },
    }),
    see: (engine, map) => engine.core.add(map, 'x', 0, 0, 0) && engine.core.add(map, 'x', 0, 0, 0),
  },
  'the order of versions': {
    says: 'write: "x": later in one engine, earlier in the other',
    twist: ({ core }) => {
      let next = 5_000;
      return {
        core: {
          write: (...args) => ({
            ...core.write(...args),
            at: --next,
            entry: { ...entryOf(core.write(...args).entry), version: next },
          }),
        },
      };
    },
    see: (engine, map) => [set(engine, map, 'x', 1), set(engine, map, 'x', 1)],
  },
  'the order of commits of different keys': {
    says: 'write: versions of commits fall',
    twist: ({ core }) => {
      let next = 5_000;
      return {
        core: {
          write: (...args) => ({
            ...core.write(...args),
            at: --next,
            entry: { ...entryOf(core.write(...args).entry), version: next },
          }),
        },
      };
    },
    see: (engine, map) => [set(engine, map, 'x', 1), set(engine, map, 'y', 1)],
  },
  'an answer of the past': {
    says: 'get: "a": true at a version older than the newest known',
    twist: ({ core }) => ({ core: { get: (...args) => ({ ...core.get(...args), at: 0 }) } }),
    see: (engine, map) => engine.core.get(map, 'a'),
  },
  'the keys of a page': {
    says: 'page: keys differs',
    twist: ({ core }) => ({
      core: { page: (map, start, end, limit) => core.page(map, start, end, limit, true) },
    }),
    see: (engine, map) => [set(engine, map, 'b', 1), engine.core.page(map, '', undefined, 10, false)],
  },
  'whether a page goes on': {
    says: 'page: more differs',
    twist: ({ core }) => ({ core: { page: (...args) => ({ ...core.page(...args), more: true }) } }),
    see: (engine, map) => engine.core.page(map, '', undefined, 10, false),
  },
  'a count': {
    says: 'count: count differs',
    twist: ({ core }) => ({ core: { count: (...args) => ({ ...core.count(...args), count: 7 }) } }),
    see: (engine, map) => engine.core.count(map, '', undefined),
  },
  'the count of a clear': {
    says: 'clear: count differs',
    twist: ({ core }) => ({ core: { clear: (map) => core.clear(map, 'b', undefined) } }),
    see: (engine, map) => engine.core.clear(map, '', undefined),
  },
  'a lock that excludes nobody': {
    says: 'tryLock: granted by one engine only',
    twist: () => ({
      core: {
        tryLock: (_map, _key) => ({
          fence: 9_999,
          lost: () => undefined,
          onLost: () => undefined,
          release: () => undefined,
        }),
      },
    }),
    see: (engine, map) => [engine.core.tryLock(map, 'a', REQUEST), engine.core.tryLock(map, 'a', REQUEST)],
  },
  'fences that do not rise': {
    says: 'lock: "a": later in one engine, earlier in the other',
    twist: () => {
      let fence = 9_999;
      return {
        core: {
          tryLock: () => ({
            fence: fence--,
            lost: () => undefined,
            onLost: () => undefined,
            release: () => undefined,
          }),
        },
      };
    },
    see: (engine, map) => [
      engine.core.tryLock(map, 'a', REQUEST)?.release(),
      engine.core.tryLock(map, 'a', REQUEST),
    ],
  },
  'the format of a map': {
    says: 'open: shape of map m differs',
    twist: ({ maps }) => ({ maps: { open: (name, want) => ({ ...maps.open(name, want), shape: 3 }) } }),
    see: (engine) => engine.maps.open('m', PLAIN),
  },
  'the maps there are': {
    says: 'list: number of maps differs',
    twist: () => ({ maps: { list: () => [] } }),
    see: (engine) => engine.maps.list(),
  },
  'a fault of one engine': {
    says: 'add: one failed otherwise than the other',
    twist: (inner) => {
      const { engine, inject } = faulty(inner);
      inject({ word: 'add', nth: 1 });
      return { core: { add: (...args) => engine.core.add(...args) } };
    },
    see: (engine, map) => engine.core.add(map, 'a', 1, 0, 0),
  },
  'who holds locks': {
    says: 'inspect: locks differs',
    twist: (inner) => ({ inspect: async () => ({ ...(await inner.inspect()), locks: [] }) }),
    see: (engine, map) => [engine.core.tryLock(map, 'a', REQUEST), engine.inspect()][1],
  },
  'an entry of a view': {
    says: 'view: "a" differs',
    twist: (inner) => ({ view: async (maps) => pointInTime(await inner.view(maps), (value) => value + 1) }),
    see: (engine) => readView(engine),
  },
  'entries that are missing in a view': {
    says: 'view: an entry of one engine only',
    twist: (inner) => ({ view: async (maps) => pointInTime(await inner.view(maps), () => undefined) }),
    see: (engine) => readView(engine),
  },
  'the count of a load': {
    says: 'load: count differs',
    twist: (inner) => ({ load: async (request) => (await inner.load(request)) + 1 }),
    see: (engine) => engine.load(loadOf(1)),
  },
};

for (const [what, { says, twist, see }] of Object.entries(differences)) {
  test(`a mirror sees a difference: ${what}`, async () => {
    const { engine, map } = mirroredQuietly(twist);
    const isMismatch = { name: 'AssertionError', message: `mirror: ${says}` };
    await assert.rejects(async () => {
      if (what !== 'a value' && what !== 'the order of versions') set(engine, map, 'a', 1);
      await see(engine, map);
    }, isMismatch);
    await assert.rejects(engine.close(), isMismatch, 'close tells it again');
  });
}

/** A mirror whose map both engines opened before they began to differ. */
function mirroredQuietly(twist: (inner: SyncEngine) => Twist) {
  let on = false;
  const made = mirrored((inner) => {
    const { maps, ...rest } = twist(inner);
    if (maps?.open === undefined) return { ...rest, ...(maps === undefined ? {} : { maps }) };
    const { open } = maps;
    return { maps: { open: (name, want) => (on ? open(name, want) : inner.maps.open(name, want)) } };
  });
  on = true;
  return made;
}

function entryOf<T>(entry: T | undefined): T {
  assert.ok(entry !== undefined);
  return entry;
}

function pointInTime(view: PointInTime, change: (value: number) => number | undefined): PointInTime {
  return {
    position: view.position,
    maps: view.maps,
    async *blocks() {
      for await (const block of view.blocks()) {
        if (block.kind !== 'entries') continue;
        const entries = block.entries.flatMap((entry) => {
          const value = change(Number(entry.value));
          return value === undefined ? [] : [{ ...entry, value }];
        });
        yield { ...block, entries };
      }
    },
    close: () => view.close(),
  };
}
