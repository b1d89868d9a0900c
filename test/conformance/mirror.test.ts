import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asynchronous } from '../../src/conformance/asynchronous.ts';
import { faulty } from '../../src/conformance/faulty.ts';
import { manualClock } from '../../src/conformance/manual-clock.ts';
import { mirror } from '../../src/conformance/mirror.ts';
import { ANY, VERSION } from '../../src/contract/condition.ts';
import type { Guard, Operation } from '../../src/contract/core.ts';
import type { SyncEngine } from '../../src/contract/engine.ts';
import type { Feed, FeedEvent, LoadRequest, PointInTime, Scope } from '../../src/contract/services.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { twisted, type Twist } from './twisted.ts';

const PLAIN = { codec: 'bytes', shape: 0, references: false };
const REQUEST = { label: undefined, leaseMs: 1_000 };
const clock = manualClock();
const memory = (): SyncEngine => memoryEngine({}, { clock });

/** A mirror with a map, whose second engine counts otherwise. */
function mirrored(twist: (inner: SyncEngine) => Twist = () => ({})) {
  const second = memory();
  second.core.reserve(1_000);
  second.maps.open('another', PLAIN);
  const engine = mirror(memory(), twisted(second, twist(second)));
  return { engine, core: engine.core, second, map: engine.maps.open('m', PLAIN).id };
}

const set = (engine: SyncEngine, map: number, key: string, value: number) =>
  engine.core.write(map, key, value, ANY, 0, 0, undefined, 0);
const everything = (map: number): Scope => ({ map, key: undefined, prefix: '', previous: false });
const events = (feed: Feed): FeedEvent[] => {
  const taken: FeedEvent[] = [];
  for (let event = feed.take(); event !== undefined; event = feed.take()) taken.push(event);
  return taken;
};
const keysOf = (given: readonly FeedEvent[]): string[] =>
  given.flatMap((event) => (event.kind === 'commit' ? [event.first.key] : []));

test('a mirror answers with the numbers of the first engine and asks the second one with its own', async () => {
  const { engine, core, map, second } = mirrored();
  assert.equal(map, 1);
  const { at } = set(engine, map, 'a', 1);
  assert.equal(at, 1);
  assert.equal(second.core.get(2, 'a').entry?.version, 1_001);
  assert.equal(core.write(map, 'a', 2, VERSION, at, 0, undefined, 0).ok, true);
  assert.equal(core.write(map, 'a', 3, VERSION, at, 0, undefined, 0).ok, false, 'a version that was');
  assert.equal(
    core.write(map, 'a', 3, VERSION, 1_002, 0, undefined, 0).ok,
    false,
    'a version of the second engine',
  );
  const guards: Guard[] = [{ kind: 'version', map, key: 'a', version: 2 }];
  const operation: Operation = {
    map,
    key: 'b',
    cell: 1,
    condition: VERSION,
    ifVersion: 0,
    expiresAt: 0,
    stamp: undefined,
    shape: 0,
  };
  assert.equal(core.commit(guards, [operation]).ok, true);
  assert.equal(core.commit(guards, [operation]).failed, 1);
  const grant = core.tryLock(map, 'a', REQUEST);
  const fenced: Guard = { kind: 'fence', map, key: 'a', fence: grant?.fence ?? 0, release: true };
  assert.equal(core.commit([fenced], [{ ...operation, ifVersion: 3 }]).ok, true);
  assert.equal(core.commit([fenced], [{ ...operation, ifVersion: 5 }]).failed, 0, 'a fence that was');
  await engine.close();
});

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

test('a mirror whose engines agree sees no difference, whatever their numbers', async () => {
  const { engine, map } = mirrored();
  set(engine, map, 'a', 1);
  assert.equal(await engine.load(loadOf(3)), 3);
  const { id } = engine.maps.open('loaded', PLAIN);
  assert.equal(engine.core.get(id, 'k0').entry?.value, 0);
  await readView(engine);
  assert.deepEqual(
    engine.maps.list().map(({ name }) => name),
    ['loaded', 'm'],
  );
  await engine.compact(() => undefined);
  await engine.close();
});

test('a feed of a mirror tells a commit when both engines told it', () => {
  let held = true;
  const { engine, map } = mirrored((inner) => ({
    changes: (...args) => {
      const feed = inner.changes(...args);
      return withTake(feed, () => (held ? undefined : feed.take()));
    },
  }));
  const feed = engine.changes(everything(map), 'now');
  set(engine, map, 'a', 1);
  assert.deepEqual(events(feed), []);
  assert.equal(feed.lag, 1);
  held = false;
  assert.deepEqual(keysOf(events(feed)), ['a']);
});

test('a feed of a mirror sees a commit that was changed, left out or split', () => {
  const changed = mirrored((inner) => ({
    changes: (...args) =>
      filtered(inner.changes(...args), (event) =>
        event.kind === 'commit' ? { ...event, first: { ...event.first, value: 7 } } : event,
      ),
  }));
  const feed = changed.engine.changes(everything(changed.map), 'now');
  set(changed.engine, changed.map, 'a', 1);
  assert.throws(() => events(feed), { operator: 'mirror' });

  let commits = 0;
  const leftOut = mirrored((inner) => ({
    changes: (...args) =>
      filtered(inner.changes(...args), (event) =>
        event.kind === 'commit' && ++commits === 1 ? undefined : event,
      ),
  }));
  const second = leftOut.engine.changes(everything(leftOut.map), 'now');
  set(leftOut.engine, leftOut.map, 'a', 1);
  set(leftOut.engine, leftOut.map, 'b', 1);
  assert.throws(() => events(second), { operator: 'mirror' });

  const split = mirrored((inner) => ({
    changes: (...args) =>
      filtered(inner.changes(...args), (event) =>
        event.kind === 'commit' ? { ...event, first: { ...event.first, next: undefined } } : event,
      ),
  }));
  const third = split.engine.changes(everything(split.map), 'now');
  for (const key of ['a', 'b']) set(split.engine, split.map, key, 1);
  split.engine.core.clear(split.map, '', undefined);
  assert.throws(() => events(third), { operator: 'mirror' });
});

test('a feed of a mirror ends with a gap when one of the two does', async () => {
  const inner = memory();
  const { engine: second, gapFeeds } = faulty(inner);
  const engine = mirror(memory(), second);
  const { id } = engine.maps.open('m', PLAIN);
  const feed = engine.changes(everything(id), 'now');
  gapFeeds();
  set(engine, id, 'a', 1);
  assert.deepEqual(events(feed).at(-1), { kind: 'gap' });
  assert.equal(feed.take(), undefined);
  await engine.close();
});

test('a feed of a mirror goes on from any position that it gave', async () => {
  const { engine, map, second } = mirrored();
  const first = engine.changes(everything(map), 'now');
  const begin = await first.begin;
  for (let i = 0; i < 5; i++) {
    set(engine, map, `k${i}`, i);
    second.core.reserve(i);
  }
  const told = events(first);
  assert.deepEqual(keysOf(told), ['k0', 'k1', 'k2', 'k3', 'k4']);
  for (const [i, position] of [
    begin,
    ...told.flatMap((event) => (event.kind === 'commit' ? [[event.first.version]] : [])),
  ].entries()) {
    const again = events(engine.changes(everything(map), position));
    assert.deepEqual(keysOf(again), ['k0', 'k1', 'k2', 'k3', 'k4'].slice(i));
  }
  await engine.close();
});

test('a mirror with an engine that answers later makes one call at a time, and sees differences too', async () => {
  const inner = memory();
  inner.core.reserve(50);
  let wrong = false;
  const second = twisted(inner, {
    core: { get: (...args) => (wrong ? { ok: false, at: 99, entry: undefined } : inner.core.get(...args)) },
  });
  const engine = mirror(memory(), asynchronous(second));
  assert.equal(engine.form, 'async');
  const { id } = await engine.maps.open('m', PLAIN);
  const feed = engine.changes(everything(id), 'now');
  const sums = await Promise.all(Array.from({ length: 20 }, () => engine.core.add(id, 'a', 1, 0, 0)));
  assert.deepEqual(
    sums.map(({ entry }) => entry?.value),
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
  assert.equal(keysOf(events(feed)).length, 20);
  const grant = await engine.core.tryLock(id, 'a', REQUEST);
  const waiting = engine.lock(id, 'a', { ...REQUEST, waitMs: 1_000, signal: undefined });
  assert.equal(await engine.core.tryLock(id, 'a', REQUEST), undefined);
  await grant?.release();
  await (await waiting).release();
  assert.deepEqual((await engine.inspect()).locks, []);
  wrong = true;
  await assert.rejects(engine.core.get(id, 'a'), { operator: 'mirror' });
  await assert.rejects(engine.close(), { operator: 'mirror' });
});

test('a mirror waits in both lines, in order, and gives up in both', async () => {
  const { engine, core, map, second } = mirrored();
  const grant = core.tryLock(map, 'a', REQUEST);
  const wait = { ...REQUEST, waitMs: 1_000, signal: undefined };
  const order: string[] = [];
  const waits = ['first', 'second'].map(async (name) => {
    const taken = await engine.lock(map, 'a', wait);
    order.push(name);
    await taken.release();
  });
  const controller = new AbortController();
  const third = engine.lock(map, 'a', { ...wait, signal: controller.signal });
  const late = assert.rejects(engine.lock(map, 'a', { ...wait, waitMs: 10 }), { code: 'TIMEOUT' });
  controller.abort(new Error('gave up'));
  await assert.rejects(third, { message: 'gave up' });
  await clock.tick(10);
  await late;
  assert.equal((await second.inspect()).locks[0]?.waiters, 2);
  grant?.release();
  await Promise.all(waits);
  assert.deepEqual(order, ['first', 'second']);
  assert.deepEqual((await engine.inspect()).locks, []);
  await engine.close();
});

test('a mirror of an engine with partitions is refused', () => {
  const inner = memory();
  const parted = twisted(inner, { supports: { ...inner.supports, partitions: 2 } } as Twist);
  assert.throws(() => mirror(memory(), parted), RangeError);
});

function entryOf<T>(entry: T | undefined): T {
  assert.ok(entry !== undefined);
  return entry;
}

/** A feed whose events are replaced, or left out. */
function filtered(feed: Feed, filter: (event: FeedEvent) => FeedEvent | undefined): Feed {
  const take = (): FeedEvent | undefined => {
    const event = feed.take();
    return event === undefined ? undefined : (filter(event) ?? take());
  };
  return withTake(feed, take);
}

function withTake(feed: Feed, take: Feed['take']): Feed {
  return {
    begin: feed.begin,
    take,
    onReady: (wake) => feed.onReady(wake),
    get lag() {
      return feed.lag;
    },
    close: () => feed.close(),
  };
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

async function readView(engine: SyncEngine): Promise<void> {
  const view = await engine.view(undefined);
  for await (const block of view.blocks()) assert.equal(block.kind, 'entries');
  view.close();
}

function loadOf(count: number): LoadRequest {
  const entries = Array.from({ length: count }, (_, i) => ({
    key: `k${i}`,
    value: i,
    version: i + 1,
    expiresAt: 0,
    shape: 0,
    stamp: undefined,
  }));
  return {
    maps: [{ ...PLAIN, id: 7, name: 'loaded' }],
    replace: true,
    blocks: (async function* () {
      yield { kind: 'entries' as const, map: 7, entries };
    })(),
  };
}
