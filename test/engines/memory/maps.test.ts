// Maps, inspection and closing of the engine in memory.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANY } from '../../../src/contract/condition.ts';
import { begin, drain, format } from './fixture.ts';

test('opening a map writes nothing; its format is known from the first write on, and until it is dropped', () => {
  const { engine, core, map, put, feed } = begin();
  assert.deepEqual(engine.maps.list(), []);
  assert.deepEqual(engine.maps.open('map', { ...format, codec: 'other' }).codec, 'other');
  assert.deepEqual(engine.maps.open('map', format), { id: map, name: 'map', ...format });
  put('a', 1);
  put('b', 1);
  put('b', undefined);
  const changes = feed();
  assert.equal(engine.maps.open('map', { ...format, codec: 'other' }).codec, 'test');
  assert.deepEqual(engine.maps.list(), [{ id: map, name: 'map', ...format }]);
  engine.maps.reshape(map, 7);
  assert.equal(engine.maps.open('map', format).shape, 7);
  engine.maps.drop(map);
  assert.deepEqual(drain(changes), [['delete a 1> @4']]);
  assert.deepEqual(engine.maps.list(), []);
  assert.deepEqual(engine.maps.open('map', { ...format, codec: 'third' }), {
    id: map,
    name: 'map',
    ...format,
    codec: 'third',
  });
  assert.equal(core.write(map, 'a', 1, ANY, 0, 0, undefined, 0).at, 5);
});

test('maps are listed by name and have ids from 1 up', () => {
  const { engine, put } = begin();
  const ids = ['b', 'a'].map((name) => engine.maps.open(name, format).id);
  assert.deepEqual(ids, [2, 3]);
  for (const map of [1, ...ids]) put('k', 1, { map });
  assert.deepEqual(
    engine.maps.list().map(({ name }) => name),
    ['a', 'b', 'map'],
  );
  assert.throws(() => put('k', 1, { map: 9 }), RangeError);
});

test('inspection tells of locks, feeds and what is kept', async () => {
  const { clock, engine, core, map, put, feed } = begin();
  const changes = feed();
  put('a', 1, { expiresAt: clock.now() + 1000 });
  put('b', 1);
  const grant = core.tryLock(map, 'a', { label: 'who', leaseMs: 1000 });
  const { locks, gauges } = await engine.inspect();
  assert.deepEqual(locks, [
    { map: 'map', key: 'a', fence: grant?.fence, label: 'who', ageMs: 0, waiters: 0 },
  ]);
  assert.equal(gauges['entries'], 2);
  assert.equal(gauges['expiringEntries'], 1);
  assert.equal(gauges['feedLagCommits'], 2);
  assert.equal(gauges['historyChanges'], 2);
  changes.close();
  grant?.release();
  const after = await engine.stats();
  assert.deepEqual([after['feeds'], after['locks'], after['lockWaiters']], [0, 0, 0]);
});

test('compact gives back what removed entries held, and changes nothing', async () => {
  const { engine, put, all } = begin();
  for (let i = 0; i < 5000; i++) put(`k${i}`, 1);
  all();
  for (let i = 0; i < 5000; i += 2) put(`k${i}`, undefined);
  const before = all();
  const progress: unknown[] = [];
  await engine.compact((one) => progress.push(one));
  assert.deepEqual(progress, [{ done: 2500, total: 2500, unit: 'entries' }]);
  assert.deepEqual(all(), before);
});

test('after close every word says CLOSED, locks are lost, waiters refused, feeds ended; closing again is fine', async () => {
  const { engine, core, map, put, feed } = begin();
  put('a', 1);
  const changes = feed();
  const grant = core.tryLock(map, 'a', { label: undefined, leaseMs: 1000 });
  const wait = { label: undefined, leaseMs: 1000, waitMs: 1000, signal: undefined };
  const waiting = assert.rejects(engine.lock(map, 'a', wait), { code: 'CLOSED' });
  await engine.close();
  await engine.close();
  await waiting;
  assert.match(String(grant?.lost()), /closed/);
  assert.equal(changes.take(), undefined);
  const words: Record<string, () => unknown> = {
    get: () => core.get(map, 'a'),
    getMany: () => core.getMany(map, ['a']),
    write: () => put('a', 2),
    add: () => core.add(map, 'a', 1, 0, 0),
    commit: () => core.commit([{ kind: 'version', map, key: 'a', version: 1 }], []),
    page: () => core.page(map, '', undefined, 10, false),
    count: () => core.count(map, '', undefined),
    clear: () => core.clear(map, '', undefined),
    tryLock: () => core.tryLock(map, 'b', { label: undefined, leaseMs: 1000 }),
    reserve: () => core.reserve(1),
    open: () => engine.maps.open('map', format),
    drop: () => engine.maps.drop(map),
    list: () => engine.maps.list(),
    reshape: () => engine.maps.reshape(map, 1),
    changes: () => feed(),
    position: () => engine.position(),
    lock: () => engine.lock(map, 'a', wait),
    view: () => engine.view(undefined),
    load: () => engine.load({ maps: [], blocks: (async function* () {})(), replace: true }),
    compact: () => engine.compact(() => undefined),
    inspect: () => engine.inspect(),
    stats: () => engine.stats(),
  };
  for (const [name, word] of Object.entries(words)) {
    await assert.rejects(async () => word(), { name: 'StoreError', code: 'CLOSED' }, name);
  }
});
