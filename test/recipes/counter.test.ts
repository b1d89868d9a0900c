// The counter, on every engine.
import assert from 'node:assert/strict';
import { integerKeys } from '../../src/codec/keys/index.ts';
import { dice, eventually, fault, mistake, wrong } from '../../src/conformance/assertions.ts';
import { openBufferedCounter, openCounter } from '../../src/recipes/index.ts';
import type { RejectedCount } from '../../src/recipes/index.ts';
import { open } from '../../src/map/open.ts';
import { onEveryEngine } from './engines.ts';

onEveryEngine('counter: counts exactly, however many count at once', async ({ store, many }) => {
  const map = store.map<number>('m');
  const hits = openCounter(map);
  const others = openCounter(store.map<number>('m'));
  const sums = await Promise.all(
    Array.from({ length: many }, (_, i) => (i % 2 === 0 ? hits : others).increment('a')),
  );
  assert.deepEqual(
    sums.toSorted((a, b) => a - b),
    Array.from({ length: many }, (_, i) => i + 1),
  );
  assert.equal(await hits.get('a'), many);
  assert.equal(await hits.increment('a', -5), many - 5);
  assert.equal(await hits.get('nobody'), 0);
  const resets = await Promise.all([hits.reset('a'), others.reset('a'), hits.reset('a')]);
  assert.deepEqual(
    resets.toSorted((a, b) => a - b),
    [0, 0, many - 5],
  );
  assert.equal(await hits.get('a'), 0);
  await map.set('full', Number.MAX_SAFE_INTEGER);
  await fault('LIMIT', () => hits.increment('full'));
  await mistake('delta', () => hits.increment('a', 0.5));
  await mistake('key', () => hits.increment(''));
});

onEveryEngine('counter: at once, where the engine answers at once', async ({ store }) => {
  const { sync } = openCounter(store.map<number>('m'));
  assert.equal(sync !== undefined, store.supports.sync);
  if (sync === undefined) return;
  assert.equal(sync.increment('a'), 1);
  assert.equal(sync.increment('a', 2), 3);
  assert.equal(sync.get('a'), 3);
  assert.equal(sync.reset('a'), 3);
  assert.equal(sync.get('a'), 0);
});

onEveryEngine(
  'counter: top is the highest, those of one height in the order of keys',
  async ({ store, many }) => {
    const hits = openCounter(store.map<number, number>('m', { keys: integerKeys }));
    const throws = dice(7);
    const counts = Array.from({ length: many }, (_, key) => ({ key, count: throws(40) - 5 }));
    await Promise.all(counts.map(({ key, count }) => hits.increment(key, count)));
    const sorted = counts.toSorted((a, b) => b.count - a.count || a.key - b.key);
    for (const n of [1, 7, many - 1, many, 1_000]) assert.deepEqual(await hits.top(n), sorted.slice(0, n));
    const few = sorted.filter(({ key }) => key >= 10 && key < 20);
    assert.deepEqual(await hits.top(5, { start: 10, end: 20 }), few.slice(0, 5));
    await mistake('top', () => hits.top(0));
  },
);

onEveryEngine(
  'counter: through a buffer, a flood becomes a few sums, and nothing is lost',
  async ({ store, clock }) => {
    const map = store.map<number>('m');
    const watch = map.watch();
    await watch.ready;
    const hits = await openBufferedCounter(map, { intervalMs: 100 });
    for (let i = 0; i < 1_000; i++) await hits.increment(i % 2 === 0 ? 'even' : 'odd', 2);
    assert.equal(await map.count(), 0, 'nothing is told yet');
    await clock.tick(100);
    await eventually('both are told', async () => (await map.count()) === 2);
    assert.deepEqual(await map.getMany(['even', 'odd']), [1_000, 1_000]);
    await eventually('one change each', () => watch.lag === 2);
    await hits.increment('even');
    assert.equal(await hits.get('even'), 1_001, 'reads see what waits');
    await hits.increment('odd', 5);
    assert.deepEqual(await hits.top(1), [{ key: 'odd', count: 1_005 }]);
    await hits.increment('odd');
    assert.equal(await hits.reset('odd'), 1_006);
    await hits.increment('odd', 3);
    await hits.flush();
    assert.equal(await map.get('odd'), 3);
    await hits.increment('odd', 4);
    await hits.close();
    await hits.close();
    assert.equal(await map.get('odd'), 7);
    await fault('CLOSED', () => hits.increment('odd'));
    assert.equal(await hits.get('odd'), 7);
    await watch.close();
  },
);

onEveryEngine('counter: through a buffer, what the map will never take is told', async ({ store }) => {
  const map = store.map<number>('m');
  const rejected: RejectedCount[] = [];
  const hits = await openBufferedCounter(map, { onRejected: (count) => rejected.push(count) });
  await map.set('full', Number.MAX_SAFE_INTEGER);
  await hits.increment('full', 2);
  await hits.increment('a', 2);
  await hits.close();
  assert.equal(await map.get('a'), 2);
  assert.deepEqual(
    rejected.map(({ key, by }) => [key, by]),
    [['full', 2]],
  );
  await mistake('by', () => hits.increment('a', wrong('1')));
  await assert.rejects(openBufferedCounter(map, wrong({ every: 1 })), /unknown option/);
});

onEveryEngine(
  'counter: through a buffer with a store, what was not told is told by the next',
  async (bench) => {
    const map = bench.store.map<number>('m');
    const outbox = await open('memory:');
    const options = { store: outbox, name: 'hits', intervalMs: 100 };
    const hits = await openBufferedCounter(map, options);
    await fault('IN_USE', () => openBufferedCounter(map, options));
    await hits.increment('a', 2);
    await hits.increment('a', 3);
    await map.close();
    const closed = hits.close();
    const ticking = setInterval(() => void bench.clock.tick(100), 1);
    await fault('UNAVAILABLE', () => closed);
    clearInterval(ticking);
    const again = bench.store.map<number>('m');
    assert.equal(await again.count(), 0);
    const next = await openBufferedCounter(again, options);
    assert.equal(await next.get('a'), 5, 'what the other could not tell');
    await next.close();
    assert.equal(await again.get('a'), 5);
    await outbox.close();
  },
);
