import assert from 'node:assert/strict';
import { collect, there } from '../assertions.ts';
import { bothFaces, law, manualTime } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { brief, take } from '../reading.ts';

export const expiryWatchLaws: readonly Law[] = [
  bothFaces('expiry: watchers see it as a change of its own, with a version above the entry’s', async (t) => {
    const map = t.words();
    const watch = await t.watch(t.map());
    const entry = await map.set('a', 1, { ttlMs: t.ttlMs });
    await t.advance(t.untilExpiredMs);
    const [insert, expire] = await take(watch, 2);
    assert.equal(there(insert).type, 'insert');
    assert.equal('expiresAt' in there(insert) && insert, insert, 'the insert says when it ends');
    assert.equal(there(expire).type, 'expire');
    assert.equal(there(expire).key, 'a');
    assert.ok(there(expire).version > entry.version);
    assert.equal('replay' in there(expire), false);
  }),

  law(
    'expiry: the change comes within the lag, though nobody reads or writes',
    async (t) => {
      const map = t.map();
      const watch = await t.watch(map);
      await map.set('a', 1, { ttlMs: t.ttlMs });
      await take(watch, 1);
      const expire = take(watch, 1);
      await t.advance(t.ttlMs + t.supports.expiry.lagMs);
      assert.equal(there((await expire)[0]).type, 'expire');
    },
    manualTime,
  ),

  bothFaces(
    'expiry: writing over an entry whose time is up is told as expire, then insert',
    async (t) => {
      const map = t.words();
      const watch = await t.watch(t.map(), { previous: true });
      await map.set('a', 1, { ttlMs: t.ttlMs });
      t.bench.late(t.ttlMs);
      const entry = await map.set('a', 2);
      const [, expire, insert] = await take(watch, 3);
      assert.deepEqual([there(expire).type, there(expire).previous], ['expire', 1]);
      assert.deepEqual([there(insert).type, there(insert).version], ['insert', entry.version]);
      assert.equal('previous' in there(insert), false);
      assert.ok(there(expire).version < there(insert).version);
      await t.advance(t.untilExpiredMs);
      await map.set('z', 1);
      assert.equal(there((await take(watch, 1))[0]).key, 'z', 'and it expires once');
    },
    manualTime,
  ),

  bothFaces(
    'expiry: add, update, lock commits and inserts over what has expired tell it first',
    async (t) => {
      const map = t.words();
      const writes: Readonly<Record<string, () => Promise<unknown>>> = {
        add: () => map.add('add', 1),
        update: () => map.update('update', () => 2),
        swap: () => map.swap('swap', 2),
        ifAbsent: () => map.set('ifAbsent', 2, { ifAbsent: true }),
        getOrInsert: () => map.getOrInsert('getOrInsert', 2),
        lock: async () => there(await map.tryLock('lock')).commit(2),
      };
      const watch = await t.watch(t.map());
      for (const key of Object.keys(writes)) await map.set(key, 1, { ttlMs: t.ttlMs });
      await take(watch, Object.keys(writes).length);
      t.bench.late(t.ttlMs);
      for (const [key, write] of Object.entries(writes)) {
        await write();
        const seen = await take(watch, 2);
        assert.deepEqual(
          seen.map((change) => `${change.type} ${change.key}`),
          [`expire ${key}`, `insert ${key}`],
        );
      }
    },
    manualTime,
  ),

  law('expiry: many keys that end at once all tell it', async (t) => {
    const map = t.map();
    const keys = Array.from({ length: 500 }, (_, n) => `k${n}`);
    const watch = await t.watch(map);
    await map.setMany(keys.map((key) => [key, 1, { ttlMs: t.ttlMs * 4 }] as const));
    await t.advance(t.ttlMs * 3 + t.untilExpiredMs);
    const expired = (await take(watch, 1_000)).filter(({ type }) => type === 'expire');
    assert.deepEqual(new Set(expired.map(brief)), new Set(keys.map((key) => `expire ${key}`)));
    assert.equal(await map.count(), 0);
  }),

  law(
    'expiry: keys end in the order of their times',
    async (t) => {
      const map = t.map();
      const watch = await t.watch(map);
      const keys = ['{x}e', '{x}b', '{x}d', '{x}a', '{x}c']; // in one partition
      for (const [n, key] of keys.entries()) await map.set(key, n, { ttlMs: t.ttlMs * (n + 1) });
      for (const key of keys) {
        await t.advance(t.ttlMs);
        assert.equal(await map.has(key), false);
      }
      await t.advance(t.supports.expiry.lagMs + 1);
      assert.deepEqual(
        (await take(watch, 10)).slice(5).map(brief),
        keys.map((key) => `expire ${key}`),
      );
    },
    manualTime,
  ),

  law('expiry: a change tells what ended when it was asked to', async (t) => {
    const map = t.map<{ n: number }>();
    const watch = await t.watch(map, { previous: true });
    await map.set('a', { n: 5 }, { ttlMs: t.ttlMs });
    await t.advance(t.untilExpiredMs);
    const [, expire] = await take(watch, 2);
    assert.deepEqual(there(expire).previous, { n: 5 });
  }),

  law('expiry: a delete before the end is a delete, and nothing expires later', async (t) => {
    const map = t.map();
    const watch = await t.watch(map);
    await map.set('a', 1, { ttlMs: t.ttlMs });
    await map.delete('a');
    await t.advance(t.untilExpiredMs);
    await map.set('z', 1);
    assert.deepEqual((await take(watch, 3)).map(brief), ['insert a 1', 'delete a', 'insert z 1']);
  }),

  law('expiry: what ends while nobody watches is collected too', async (t) => {
    const map = t.map();
    await map.setMany(Array.from({ length: 100 }, (_, n) => [`k${n}`, n, { ttlMs: t.ttlMs }] as const));
    await t.advance(t.untilExpiredMs);
    assert.deepEqual(await collect(map.keys()), []);
    assert.equal(await map.count(), 0);
    const watch = await t.watch(map, { start: 'current' });
    await map.set('z', 1);
    assert.deepEqual(
      (await take(watch, 1)).map(({ key }) => key),
      ['z'],
    );
  }),
];
