import assert from 'node:assert/strict';
import { collect, fault, there } from '../assertions.ts';
import { law, reopens } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { brief, take, untilLive } from '../reading.ts';

export const durabilityLaws: readonly Law[] = [
  law(
    'reopening: everything acknowledged is there: values, versions, times to live',
    async (t) => {
      const map = t.map<unknown>();
      await map.setMany(Array.from({ length: 100 }, (_, n) => [`k${n}`, { n }] as const));
      await map.set('lives', 1, { ttlMs: t.ttlMs * 1_000 });
      await map.delete('k5');
      await map.update('k6', () => 'six');
      map.sync?.set('sync', 1);
      await map.durable();
      const before = await collect(map.list());
      await t.reopen();
      assert.deepEqual(await collect(t.map<unknown>().list()), before);
    },
    reopens,
  ),

  law(
    'reopening: versions go on above all that were seen, also of deleted keys',
    async (t) => {
      const map = t.map();
      await map.set('a', 1);
      const removed = await map.delete('a', { ifPresent: true });
      const key = await map.nextKey();
      const fence = (await map.lock('b')).fence;
      await t.reopen();
      const again = t.map();
      const { version } = await again.set('a', 2);
      assert.ok(removed.ok && version > removed.version && version > fence);
      assert.ok((await again.nextKey()) > key);
    },
    reopens,
  ),

  law(
    'reopening: what expired meanwhile is absent, and told as expired',
    async (t) => {
      const map = t.map();
      await map.set('a', 1, { ttlMs: t.ttlMs * 10 });
      await map.set('b', 1);
      await t.reopen();
      const watch = await t.watch(t.map());
      await t.advance(t.ttlMs * 9 + t.untilExpiredMs);
      assert.deepEqual((await take(watch, 1)).map(brief), ['expire a']);
      assert.deepEqual(await collect(t.map().keys()), ['b']);
    },
    reopens,
  ),

  law(
    'reopening: deletes are not undone, dropped maps stay dropped',
    async (t) => {
      const map = t.map();
      await map.setMany(Array.from({ length: 50 }, (_, n) => [`k${n}`, n] as const));
      await map.clear({ prefix: 'k1' });
      await t.map('gone').set('a', 1);
      await t.map('gone').drop();
      await map.compact();
      await t.reopen();
      assert.equal(await t.map().count({ prefix: 'k1' }), 0);
      assert.equal(await t.map().count(), 39);
      assert.equal(await t.map('gone').count(), 0);
      assert.deepEqual(
        (await t.store.maps()).map(({ name }) => name),
        ['m'],
      );
    },
    reopens,
  ),

  law(
    'reopening: stamps are remembered, of entries and of what was deleted',
    async (t) => {
      const map = t.map();
      await map.set('a', 1, { ifNewer: 10 });
      await map.delete('b', { ifNewer: 10 });
      await t.reopen();
      const again = t.map();
      assert.equal((await again.set('a', 2, { ifNewer: 10 })).ok, false);
      assert.equal((await again.set('b', 2, { ifNewer: 10 })).ok, false);
      assert.equal((await again.set('b', 2, { ifNewer: 11 })).ok, true);
    },
    reopens,
  ),

  law(
    'reopening: codec and shape are recorded; another codec is FORMAT',
    async (t) => {
      await t.map('m', { shape: 3 }).set('a', 1);
      await t.reopen();
      await fault('FORMAT', () => t.map('m', { shape: 2 }).get('a'));
      await fault('FORMAT', () => t.map('m', { shape: 3, keys: { ...keys, name: 'other' } }).get('a'));
      assert.equal(await t.map('m', { shape: 3 }).get('a'), 1);
    },
    reopens,
  ),

  law(
    'reopening: locks do not outlive the store',
    async (t) => {
      await t.map().lock('a');
      await t.reopen();
      await there(await t.map().tryLock('a')).release();
    },
    reopens,
  ),

  law(
    'reopening: the lineage stays, and a bookmark resumes or is answered with a reset',
    async (t) => {
      const { lineage } = t.engine;
      const watch = await t.watch(t.map());
      await t.map().set('a', 1);
      const { bookmark } = there((await take(watch, 1))[0]);
      await t.map().set('b', 2);
      await t.reopen();
      assert.equal(t.engine.lineage, lineage);
      const past = await untilLive(await t.watch(t.map(), { start: bookmark }));
      const seen = past.filter(({ type }) => type !== 'progress').map(brief);
      const resumed = ['insert b 2', 'live'];
      const reset = ['reset', 'replay insert a 1', 'replay insert b 2', 'live'];
      assert.deepEqual(seen, t.supports.watch.resumeAfterReopen ? resumed : reset);
    },
    reopens,
  ),
];

const keys = {
  name: 'text',
  encode: (key: string): string => key,
  decode: (text: string): string => text,
  prefix: (prefix: string): string => prefix,
};
