import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asynchronous } from '../../src/conformance/asynchronous.ts';
import { faulty } from '../../src/conformance/faulty.ts';
import { mirror } from '../../src/conformance/mirror.ts';
import { VERSION } from '../../src/contract/condition.ts';
import type { Guard, Operation } from '../../src/contract/core.ts';
import type { Feed, FeedEvent, Scope } from '../../src/contract/services.ts';
import { clock, loadOf, memory, mirrored, PLAIN, readView, REQUEST, set } from './mirror-fixture.ts';
import { twisted, type Twist } from './twisted.ts';

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

test('a lock that a mirror has of one engine and not yet of the other is held, and no difference', async () => {
  let held: (() => void) | undefined;
  let hold = false;
  const turn = async (): Promise<void> => {
    if (hold) await new Promise<void>((resolve) => (held = resolve));
    else await new Promise((resolve) => setImmediate(resolve));
  };
  const engine = mirror(memory(), asynchronous(memory(), turn));
  const { id } = await engine.maps.open('m', PLAIN);
  hold = true;
  const locking = engine.lock(id, 'a', { ...REQUEST, waitMs: 1_000, signal: undefined });
  while (held === undefined) await new Promise((resolve) => setImmediate(resolve));
  hold = false;
  assert.equal(await engine.core.tryLock(id, 'a', REQUEST), undefined);
  held();
  await (await locking).release();
  const grant = await engine.core.tryLock(id, 'a', REQUEST);
  assert.ok(grant !== undefined);
  await grant.release();
  await engine.close();
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
