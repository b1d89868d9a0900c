// The cache, on every engine.
import assert from 'node:assert/strict';
import { eventually, fault, mistake, pending, turns, wrong } from '../../src/conformance/assertions.ts';
import { DELETE } from '../../src/contract/symbols.ts';
import { integerKeys } from '../../src/codec/keys/index.ts';
import type { VersionedMap } from '../../src/contract/versioned-map.ts';
import { openCache } from '../../src/recipes/index.ts';
import type { RemovedEntry } from '../../src/recipes/index.ts';
import { deferred } from '../../src/base/deferred.ts';
import { onEveryEngine } from './engines.ts';

const never = (): never => assert.fail('nobody may load');

onEveryEngine('cache: what was written is a hit at once, and gone once deleted', async ({ store }) => {
  const map = store.map<{ n: number }>('m');
  const cache = await openCache(map, { maxEntries: 10 });
  assert.equal(cache.hit('a'), undefined);
  assert.equal(await cache.get('a'), undefined);
  await cache.set('a', { n: 1 });
  assert.deepEqual(cache.hit('a'), { n: 1 });
  assert.deepEqual(await map.get('a'), { n: 1 });
  await cache.set('a', { n: 2 });
  assert.deepEqual(cache.hit('a'), { n: 2 });
  assert.equal(await cache.delete('a'), true);
  assert.equal(cache.hit('a'), undefined);
  assert.equal(await cache.delete('a'), false);
  await cache.set('b', { n: 3 });
  await cache.set('c', { n: 4 });
  assert.equal(await cache.clear(), 2);
  assert.equal(cache.hit('b'), undefined);
  assert.equal(cache.size, 0);
  await cache.close();
  await fault('CLOSED', () => cache.hit('a'));
  await fault('CLOSED', () => cache.get('a'));
  await fault('CLOSED', () => cache.load('a', never));
  await cache.close();
  assert.equal(await map.count(), 0);
});

onEveryEngine('cache: what others write and delete is seen', async ({ store }) => {
  const map = store.map<number>('m');
  await map.set('before', 1);
  const cache = await openCache(map, { maxEntries: 10 });
  assert.equal(await cache.get('before'), 1);
  assert.equal(cache.hit('before'), 1);
  await map.set('before', 2);
  await eventually('cache.hit(`before`)', async () => cache.hit('before') === 2);
  await map.update('before', () => DELETE);
  await eventually('cache.hit(`before`)', async () => cache.hit('before') === undefined);
  assert.equal(cache.size, 0);
  await map.set('x', 7);
  assert.equal(await cache.get('x'), 7);
  await cache.close();
});

onEveryEngine(
  'cache: what was overtaken by a delete is handed out and not kept',
  async ({ store, shared }) => {
    const [map, others] = [store.map<number>('m'), store.map<number>('m')];
    const cache = await openCache(map, { maxEntries: 10 });
    await cache.set('kept', 1);
    const gate = deferred<void>();
    const entry = map.entry.bind(map);
    map.entry = async (key, options) => {
      const found = await entry(key, options);
      await gate.promise;
      return found;
    };
    // Where the cache mirrors the map, what is written is a hit as soon as it is told, and never read.
    const overtaken = cache.get('a');
    await others.set('a', 1);
    const read = shared ? cache.get('a') : Promise.resolve(1);
    if (shared) await turns(200);
    await others.delete('a');
    await others.set('kept', 2);
    await eventually('all of it was told', () => cache.hit('kept') === 2);
    gate.resolve();
    assert.ok([undefined, 1].includes(await overtaken));
    assert.equal(await read, 1);
    assert.equal(cache.hit('a'), undefined);
    map.entry = entry;
    assert.equal(await cache.get('a'), undefined);
    await cache.close();
  },
);

onEveryEngine('cache: callers of one key share one load', async ({ store }) => {
  const cache = await openCache(store.map<number>('m'), { maxEntries: 10 });
  const gate = deferred<number>();
  let calls = 0;
  const load = (): Promise<number> => {
    calls++;
    return gate.promise;
  };
  const all = [cache.load('a', load), cache.load('a', load), cache.load('a', load)];
  await turns(20);
  gate.resolve(5);
  assert.deepEqual(await Promise.all(all), [5, 5, 5]);
  assert.equal(calls, 1);
  assert.equal(await cache.load('a', never), 5);
  const { hits, misses, loads, hitRate } = cache.stats();
  assert.deepEqual({ hits, misses, loads, hitRate }, { hits: 1, misses: 3, loads: 1, hitRate: 0.25 });
  await cache.close();
});

onEveryEngine('cache: a loader that throws stores nothing, and all who wait see it', async ({ store }) => {
  const cache = await openCache(store.map<number>('m'), { maxEntries: 10 });
  const broken = new Error('broken');
  const load = async (): Promise<number> => {
    throw broken;
  };
  const results = await Promise.allSettled([cache.load('a', load), cache.load('a', load)]);
  assert.deepEqual(
    results.map((result) => result.status === 'rejected' && result.reason === broken),
    [true, true],
  );
  assert.equal(await cache.load('a', () => 1), 1);
  assert.equal(cache.stats().loadFailures, 1);
  await mistake('function', () => cache.load('b', wrong(5)));
  await mistake('key', () => cache.load('', never));
  await mistake('unknown option', () => cache.load('b', never, wrong({ ttl: 1 })));
  await cache.close();
});

onEveryEngine('cache: what somebody writes during a load wins', async ({ store }) => {
  const map = store.map<number>('m');
  const cache = await openCache(map, { maxEntries: 10 });
  const value = await cache.load('a', async () => {
    await map.set('a', 1);
    return 2;
  });
  assert.equal(value, 1);
  assert.equal(await map.get('a'), 1);
  await eventually('cache.hit(`a`)', async () => cache.hit('a') === 1);
  await cache.close();
});

onEveryEngine('cache: a caller that stops waiting leaves the load to the others', async ({ store }) => {
  const cache = await openCache(store.map<number>('m'), { maxEntries: 10 });
  const gate = deferred<number>();
  const seen: AbortSignal[] = [];
  const load = (_: string, { signal }: { readonly signal: AbortSignal }): Promise<number> => {
    seen.push(signal);
    return gate.promise;
  };
  const first = new AbortController();
  const one = cache.load('a', load, { signal: first.signal });
  const two = cache.load('a', load);
  const gone = assert.rejects(one, /enough/);
  await eventually('the loader is called', () => seen.length === 1);
  first.abort(new Error('enough'));
  await gone;
  assert.equal(await pending(two), true);
  assert.equal(seen[0]?.aborted, false);
  gate.resolve(1);
  assert.equal(await two, 1);
  const last = new AbortController();
  const three = assert.rejects(cache.load('b', load, { signal: last.signal }), /enough/);
  last.abort(new Error('enough'));
  await three;
  await cache.close();
});

onEveryEngine('cache: entries expire, and reasons are told', async ({ store, clock, untilExpiredMs }) => {
  const told: RemovedEntry<number>[] = [];
  const cache = await openCache(store.map<number>('m'), {
    maxEntries: 10,
    ttlMs: 1_000,
    onRemoved: (removed) => told.push(removed),
  });
  await cache.set('a', 1);
  await cache.set('b', 2, { ttlMs: 'never' });
  await cache.set('c', 3, { ttlMs: 10_000 });
  await cache.set('c', 4, { ttlMs: 10_000 });
  await clock.tick(999);
  assert.equal(cache.hit('a'), 1);
  await clock.tick(1);
  assert.equal(cache.hit('a'), undefined);
  assert.equal(await cache.get('a'), undefined);
  await clock.tick(untilExpiredMs(10_000));
  assert.equal(cache.hit('b'), 2);
  assert.equal(cache.hit('c'), undefined);
  await eventually('what expired is told', () => told.length === 3);
  await cache.delete('b');
  await eventually('all are told', () => told.length === 4);
  assert.deepEqual(
    told.map(({ key, value, reason }) => [key, value, reason]),
    [
      ['c', 3, 'replaced'],
      ['a', 1, 'expired'],
      ['c', 4, 'expired'],
      ['b', 2, 'deleted'],
    ],
  );
  assert.equal(cache.stats().expired, 2);
  assert.equal(cache.size, 0);
  await cache.close();
});

onEveryEngine('cache: sliding, a hit begins the time to live anew', async ({ store, clock }) => {
  const map = store.map<number>('m');
  const told: string[] = [];
  const cache = await openCache(map, {
    maxEntries: 10,
    ttlMs: 1_000,
    sliding: true,
    onRemoved: ({ reason }) => told.push(reason),
  });
  await cache.set('used', 1);
  await cache.set('idle', 2);
  for (let i = 0; i < 5; i++) {
    await clock.tick(600);
    assert.equal(cache.hit('used'), 1, `after ${(i + 1) * 600} ms`);
    const end = clock.now() + 1_000;
    await eventually('the map is told', async () => (await map.entry('used'))?.expiresAt === end);
  }
  assert.equal(await map.get('used'), 1);
  assert.equal(await map.has('idle'), false);
  await clock.tick(1_000);
  assert.equal(cache.hit('used'), undefined);
  await clock.tick(10_000);
  await eventually('both are told', () => told.join() === 'expired,expired');
  await cache.close();
});

onEveryEngine(
  'cache: what is stale is served at once and loaded anew',
  async ({ store, clock, untilExpiredMs }) => {
    const errors: unknown[] = [];
    const cache = await openCache(store.map<string>('m'), {
      maxEntries: 10,
      ttlMs: 1_000,
      staleMs: 5_000,
      onError: (error) => errors.push(error),
    });
    let n = 0;
    const load = async (): Promise<string> => `v${++n}`;
    assert.equal(await cache.load('a', load), 'v1');
    await clock.tick(1_500);
    assert.equal(cache.hit('a'), undefined, 'a hit is fresh');
    assert.equal(await cache.get('a'), undefined);
    assert.deepEqual(await Promise.all([cache.load('a', load), cache.load('a', load)]), ['v1', 'v1']);
    await eventually('it was loaded anew', () => cache.hit('a') === 'v2');
    assert.equal(n, 2);
    await clock.tick(1_500);
    assert.equal(await cache.load('a', () => Promise.reject(new Error('down'))), 'v2');
    await turns(20);
    assert.match(String(errors), /down/);
    assert.equal(await cache.load('a', load), 'v2', 'what is stale outlives a failure');
    await eventually('cache.hit(`a`)', async () => cache.hit('a') === 'v3');
    await clock.tick(untilExpiredMs(6_000));
    assert.equal(await cache.load('a', load), 'v4');
    assert.equal(cache.stats().staleHits, 4);
    await cache.close();
  },
);

onEveryEngine(
  'cache: that there is nothing is remembered for a while, until somebody writes',
  async ({ store, clock }) => {
    const map = store.map<number>('m');
    const cache = await openCache(map, { maxEntries: 10, negativeMs: 1_000 });
    let calls = 0;
    const nothing = async (): Promise<undefined> => {
      calls++;
      return undefined;
    };
    assert.equal(await cache.load('a', nothing), undefined);
    assert.equal(await cache.load('a', nothing), undefined);
    assert.equal(calls, 1);
    assert.equal(cache.stats().negativeHits, 1);
    await clock.tick(1_000);
    assert.equal(await cache.load('a', nothing), undefined);
    assert.equal(calls, 2);
    await map.set('a', 5);
    await eventually('await cache.load(`a`, nothing)', async () => (await cache.load('a', nothing)) === 5);
    assert.equal(await map.count(), 1, 'nothing is stored for an absence');
    await cache.close();
  },
);

onEveryEngine(
  'cache: reloading that finds nothing is remembered as loading that does',
  async ({ store, clock, untilExpiredMs }) => {
    const map = store.map<string>('m');
    const settings = { maxEntries: 10, ttlMs: 10_000, staleMs: 60_000, negativeMs: 300_000 };
    const cache = await openCache(map, settings);
    await cache.load('a', async () => 'v1');
    await clock.tick(untilExpiredMs(10_000));
    let calls = 0;
    const nothing = async (): Promise<undefined> => {
      calls++;
      return undefined;
    };
    assert.equal(await cache.load('a', nothing), 'v1', 'stale');
    await eventually('await map.get(`a`)', async () => (await map.get('a')) === undefined);
    await eventually('cache.load(`a`)', async () => (await cache.load('a', nothing)) === undefined);
    await turns(20);
    assert.equal(await cache.load('a', nothing), undefined);
    assert.equal(calls, 1);
    await map.set('a', 'v2');
    await eventually('await cache.load(`a`)', async () => (await cache.load('a', nothing)) === 'v2');
    assert.equal(calls, 1);
    await cache.close();
  },
);

onEveryEngine('cache: never more than maxEntries, and what goes is told', async ({ store, shared }) => {
  const map = store.map<number, number>('m', { keys: integerKeys });
  const told: number[] = [];
  const cache = await openCache(map, {
    maxEntries: 100,
    onRemoved: ({ key, reason }) => reason === 'entries' && told.push(key),
  });
  for (let i = 0; i < 500; i++) {
    await cache.set(i, i);
    assert.ok(cache.size <= 100);
    if (i > 0) cache.hit(0);
  }
  await eventually('cache.hit(0)', async () => cache.hit(0) === 0);
  assert.equal(told.length, 400);
  assert.equal(cache.stats().evicted, 400);
  const left = shared ? 500 : 100;
  await eventually('the map is bounded, too', async () => (await map.count()) === left);
  if (shared) {
    const [gone = -1] = told;
    assert.equal(cache.hit(gone), undefined);
    assert.equal(await cache.get(gone), gone, 'what went from a copy is still there');
  }
  await cache.close();
});

onEveryEngine(
  'cache: never more than maxBytes; what is too large alone is not kept',
  async ({ store, shared }) => {
    const map = store.map<string>('m');
    const reasons: string[] = [];
    const cache = await openCache(map, {
      maxBytes: 1_000,
      sizeOf: (value, key) => value.length + key.length,
      onRemoved: ({ reason }) => reasons.push(reason),
    });
    for (let i = 0; i < 50; i++) await cache.set(`k${String(i).padStart(2, '0')}`, 'x'.repeat(97));
    assert.equal(cache.bytes, 1_000);
    assert.equal(cache.size, 10);
    await cache.set('k49', 'y');
    assert.equal(cache.bytes, 904);
    await cache.set('large', 'z'.repeat(1_000));
    await eventually('cache.hit(`large`)', async () => cache.hit('large') === undefined);
    await eventually('it is gone', async () => (await map.has('large')) === shared);
    assert.equal(reasons.at(-1), 'bytes');
    await cache.close();
    const weighed = await openCache(store.map<string>('n'), { maxBytes: 1_000 });
    await weighed.set('a', 'x'.repeat(100));
    assert.ok(weighed.bytes > 100 && weighed.bytes < 120, String(weighed.bytes));
    await weighed.close();
  },
);

onEveryEngine('cache: what cannot be weighed is told and not kept', async ({ store }) => {
  const map = store.map<unknown>('m');
  const errors: unknown[] = [];
  const cache = await openCache(map, {
    maxBytes: 100,
    sizeOf: (value) => {
      if (value === 'throws') throw new Error('no scales');
      return value as number;
    },
    onError: (error) => errors.push(error),
  });
  for (const size of [-1, '5', null, 'throws']) await cache.set('a', size);
  await eventually('cache.hit(`a`)', async () => cache.hit('a') === undefined);
  assert.equal(cache.bytes, 0);
  assert.match(String(errors), /sizeOf must give a number from 0 up, got -1/);
  assert.match(String(errors), /no scales/);
  await cache.set('b', 60);
  assert.equal(cache.hit('b'), 60);
  await cache.set('c', 70);
  await eventually('cache.bytes', async () => cache.bytes <= 100);
  await cache.close();
});

onEveryEngine(
  'cache: what a map has when it is opened is taken in, within the bound',
  async ({ store, shared }) => {
    const map = store.map<number>('m');
    for (let i = 0; i < 30; i++) await map.set(`k${i}`, i);
    const cache = await openCache(map, { maxEntries: 10 });
    assert.equal(cache.size, shared ? 0 : 10);
    await eventually('await map.count()', async () => (await map.count()) === (shared ? 30 : 10));
    await cache.close();
  },
);

onEveryEngine('cache: a restore empties it, and it goes on', async ({ store }) => {
  const map = store.map<number>('m');
  const cache = await openCache(map, { maxEntries: 10 });
  await cache.set('a', 1);
  await cache.set('b', 2);
  const snapshot = new Uint8Array(await new Response(map.snapshot()).arrayBuffer());
  await cache.set('a', 3);
  await cache.delete('b');
  await map.restore(snapshot, { mode: 'replace' });
  await eventually('await cache.get(`a`)', async () => (await cache.get('a')) === 1);
  assert.equal(await cache.get('b'), 2);
  await cache.set('a', 9);
  await eventually('it keeps again', async () => (await cache.get('a')) === 9 && cache.hit('a') === 9);
  await cache.close();
});

onEveryEngine('cache: options that are none are refused', async ({ store }) => {
  const map = store.map<number>('m');
  for (const options of [
    {},
    { maxEntries: 0 },
    { maxEntries: 1.5 },
    { maxBytes: -1 },
    { maxEntries: 1, ttlMs: 0 },
    { maxEntries: 1, sliding: true },
    { maxEntries: 1, staleMs: 5 },
    { maxEntries: 1, ttlMs: 5, staleMs: -1 },
    { maxEntries: 1, onRemoved: 5 },
    { maxEntries: 1, unknown: 5 },
  ]) {
    await assert.rejects(async () => openCache(map, wrong(options)), /openCache/);
  }
  await assert.rejects(
    async () => openCache(wrong<VersionedMap<number>>(new Map()), { maxEntries: 1 }),
    TypeError,
  );
});
