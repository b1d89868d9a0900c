import assert from 'node:assert/strict';
import { collect, there, turns } from '../assertions.ts';
import { law } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { brief, isEntryChange, take, untilLive } from '../reading.ts';

/** All bytes of a stream. */
async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return Buffer.concat(await collect(stream));
}

export const snapshotLaws: readonly Law[] = [
  law('snapshot: restored elsewhere it is the same map: keys, values, times to live', async (t) => {
    const map = t.map<unknown>();
    const values = [1, 'x', { deep: [new Date(5), new Map([['a', 1n]])] }, null, new Uint8Array([1, 2]), -5];
    for (const [n, value] of values.entries()) await map.set(`k${n}`, value);
    await map.set('😀', 'a', { ttlMs: t.ttlMs * 100 });
    await map.set('\uffff', 'b', { ttlMs: t.ttlMs * 900 });
    const other = (await t.another()).map<unknown>('elsewhere');
    assert.equal(await other.restore(map.snapshot()), 8);
    const strip = (entries: readonly { key: string; value: unknown; expiresAt?: number }[]): unknown[] =>
      entries.map(({ key, value, expiresAt }) => ({ key, value, expiresAt }));
    assert.deepEqual(strip(await collect(other.list())), strip(await collect(map.list())));
    for (const { version } of await collect(other.list()))
      assert.ok(Number.isSafeInteger(version) && version > 0);
  }),

  law('snapshot: of an empty map is a snapshot, too', async (t) => {
    const bytes = await bytesOf(t.map().snapshot());
    assert.ok(bytes.length > 0);
    const other = (await t.another()).map<number>('m');
    assert.equal(await other.restore(bytes), 0);
    assert.equal(await other.count(), 0);
  }),

  law('snapshot: more than a page of entries', async (t) => {
    const map = t.map();
    await map.setMany(Array.from({ length: 3_000 }, (_, n) => [`k${n}`, n] as const));
    const other = (await t.another()).map<number>('m');
    assert.equal(await other.restore(map.snapshot()), 3_000);
    assert.deepEqual(await collect(other), await collect(map));
  }),

  law('snapshot: stamps travel, so that newer still wins', async (t) => {
    const map = t.map();
    await map.set('a', 1, { ifNewer: 100 });
    const other = (await t.another()).map<number>('m');
    await other.restore(map.snapshot());
    assert.equal((await other.set('a', 2, { ifNewer: 100 })).ok, false);
    assert.equal((await other.set('a', 2, { ifNewer: 101 })).ok, true);
  }),

  law('snapshot: what has expired when it is restored reads as absent', async (t) => {
    const map = t.map();
    await map.set('a', 1, { ttlMs: t.ttlMs });
    await map.set('b', 1);
    const bytes = await bytesOf(map.snapshot());
    await t.advance(t.untilExpiredMs);
    const other = (await t.another()).map<number>('m');
    await other.restore(bytes);
    assert.deepEqual(await collect(other.keys()), ['b']);
    assert.equal(await other.count(), 1);
  }),

  law('snapshot: a time to live goes on after the restore', async (t) => {
    const map = t.map();
    await map.set('a', 1, { ttlMs: t.ttlMs * 4 });
    const store = await t.another();
    const other = store.map<number>('m');
    await other.restore(map.snapshot());
    const watch = await t.watch(other);
    assert.equal(await other.get('a'), 1);
    await t.advance(t.ttlMs * 3 + t.untilExpiredMs);
    assert.deepEqual((await take(watch, 1)).map(brief), ['expire a']);
  }),

  law('snapshot: is one moment, though writers go on', async (t) => {
    const map = t.map();
    const accounts = Array.from({ length: 40 }, (_, n) => `{t}${String(n).padStart(5, '0')}`);
    // Far apart in time and in the order of keys, so that no one piece of the snapshot holds them all.
    for (const [n, account] of accounts.entries()) {
      await map.set(account, 100);
      await map.setMany(Array.from({ length: 80 }, (_, m) => [`{t}${n}-filler${m}`, 0] as const));
    }
    let stop = false;
    const writing = (async () => {
      for (let n = 0; !stop; n++) {
        const [from, to] = [there(accounts[n % 40]), there(accounts[(n * 7 + 1) % 40])];
        if (from === to) continue;
        const [a, b] = [there(await map.entry(from)), there(await map.entry(to))];
        await t.store
          .atomic()
          .set(map, from, a.value - 1)
          .set(map, to, b.value + 1)
          .commit();
        await map.set(`{t}${n % 40}-filler${n % 80}`, n);
        await map.set(`{t}new${n}`, n);
        // Writers that never leave the microtask queue would starve every reader, whatever the engine does.
        await turns(1);
      }
    })();
    const sumOfSnapshot = async (): Promise<number> => {
      const other = (await t.another()).map<number>('m');
      await other.restore(map.snapshot());
      const sums = (await collect(other)).filter(([key]) => accounts.includes(key)).map(([, value]) => value);
      return sums.reduce((sum, value) => sum + value, 0);
    };
    try {
      for (let round = 0; round < 3; round++) assert.equal(await sumOfSnapshot(), 4_000);
    } finally {
      stop = true;
      await writing;
    }
  }),

  law('snapshot: of a store holds all its maps', async (t) => {
    await t.map('users').set('ada', 1);
    await t.map('counts').setMany([
      ['x', 1],
      ['y', 2],
    ]);
    const other = await t.another();
    assert.equal(await other.restore(t.store.snapshot()), 3);
    assert.deepEqual(await collect(other.map('users')), [['ada', 1]]);
    assert.deepEqual(await collect(other.map('counts')), [
      ['x', 1],
      ['y', 2],
    ]);
  }),

  law('snapshot: taken again of what was restored is restored the same', async (t) => {
    const map = t.map();
    await map.setMany(Array.from({ length: 100 }, (_, n) => [`k${n}`, n] as const));
    await map.restore(await bytesOf(map.snapshot()), { mode: 'replace' });
    const other = (await t.another()).map<number>('m');
    await other.restore(map.snapshot());
    assert.deepEqual(await collect(other), await collect(map));
    assert.equal(await other.count(), 100);
  }),

  law('snapshot: a stream that nobody reads, or leaves, holds nothing up', async (t) => {
    const map = t.map();
    await map.setMany(Array.from({ length: 2_000 }, (_, n) => [`k${n}`, n] as const));
    await map.snapshot().cancel();
    const reader = map.snapshot().getReader();
    await reader.read();
    await reader.cancel();
    await map.set('after', 1);
    assert.equal(await map.count(), 2_001);
  }),

  law('restore: begins a new lineage: watchers are reset, old bookmarks too', async (t) => {
    const map = t.map();
    await map.set('a', 1);
    const watch = await t.watch(map);
    await map.set('a', 2);
    const { bookmark } = there((await take(watch, 1))[0]);
    const bytes = await bytesOf(map.snapshot());
    await map.set('b', 3);
    const { lineage } = t.engine;
    await map.restore(bytes, { mode: 'replace' });
    assert.notEqual(t.engine.lineage, lineage);
    const seen = [];
    for await (const change of watch) {
      seen.push(change);
      if (change.type === 'live' && seen.some(({ type }) => type === 'reset')) break;
    }
    const reset = seen.findIndex(({ type }) => type === 'reset');
    assert.deepEqual(seen.slice(reset).map(brief), ['reset', 'replay insert a 2', 'live']);
    const old = await t.watch(map, { start: bookmark });
    assert.deepEqual((await untilLive(old)).map(brief), ['reset', 'replay insert a 2', 'live']);
    await map.set('c', 4);
    assert.equal(there((await take(old, 1)).filter(isEntryChange)[0]).key, 'c');
  }),
];
