import assert from 'node:assert/strict';
import { collect, there } from '../assertions.ts';
import { bothFaces, manualTime } from '../fixture.ts';
import type { Law } from '../fixture.ts';

export const expiryLaws: readonly Law[] = [
  bothFaces('expiry: an entry says when it ends, and one without an end says nothing', async (t) => {
    const map = t.words();
    const before = t.bench.internals.clock.now();
    const entry = await map.set('a', 1, { ttlMs: t.ttlMs });
    const { expiresAt } = entry;
    assert.ok(there(expiresAt) >= before + t.ttlMs);
    assert.ok(there(expiresAt) <= t.bench.internals.clock.now() + t.ttlMs + t.supports.expiry.leastMs);
    assert.deepEqual(await map.entry('a'), entry);
    const forever = await map.set('b', 1);
    assert.equal('expiresAt' in forever, false);
    assert.equal('expiresAt' in there(await map.entry('b')), false);
  }),

  bothFaces(
    'expiry: an entry is there until its end and not from it on',
    async (t) => {
      const map = t.words();
      await map.set('a', 1, { ttlMs: t.ttlMs });
      await t.advance(t.ttlMs - 1);
      assert.equal(await map.get('a'), 1);
      await t.advance(1);
      assert.equal(await map.get('a'), undefined);
    },
    manualTime,
  ),

  bothFaces('expiry: an entry is gone once its time and the lag have passed', async (t) => {
    const map = t.words();
    await map.set('a', 1, { ttlMs: t.ttlMs });
    await map.set('b', 1);
    await t.advance(t.untilExpiredMs);
    assert.deepEqual(await collect(map.keys()), ['b']);
    assert.equal(await map.has('a'), false);
  }),

  bothFaces(
    'expiry: what has expired is absent in every word before anything collected it',
    async (t) => {
      const map = t.words();
      for (const key of ['a', 'b', 'c', 'd']) await map.set(key, 1, { ttlMs: t.ttlMs });
      await map.set('e', 1);
      t.bench.late(t.ttlMs);
      assert.equal(await map.get('a'), undefined);
      assert.equal(await map.entry('a'), undefined);
      assert.equal(await map.has('a'), false);
      assert.deepEqual(await map.getMany(['a', 'e']), [undefined, 1]);
      assert.deepEqual(await collect(map.keys()), ['e']);
      assert.deepEqual(await collect(map.keys({ reverse: true })), ['e']);
      assert.deepEqual(await collect(map.keys({ limit: 1 })), ['e']);
      assert.equal(await map.count(), 1);
      assert.equal(await map.take('a'), undefined);
      assert.equal(await map.delete('b'), false);
      assert.equal(await map.touch('c', 'never'), undefined);
      assert.equal(await map.swap('d', 2), undefined);
      assert.equal(await map.getOrInsert('c', 5), 5);
      const lock = there(await map.tryLock('a', { initial: 7 }));
      assert.equal(lock.entry, undefined);
      assert.equal(lock.value, 7);
      await lock.release();
    },
    manualTime,
  ),

  bothFaces(
    'expiry: an entry overwritten without an end does not end when the first would have',
    async (t) => {
      const map = t.words();
      await map.set('a', 1, { ttlMs: t.ttlMs });
      await map.set('a', 2);
      await map.set('b', 1, { ttlMs: t.ttlMs });
      await map.set('b', 2, { ttlMs: t.ttlMs * 1_000 });
      await map.set('c', 1, { ttlMs: t.ttlMs });
      await map.delete('c');
      await map.set('c', 2);
      await t.advance(t.untilExpiredMs);
      assert.deepEqual(await map.getMany(['a', 'b', 'c']), [2, 2, 2]);
    },
  ),

  bothFaces(
    'expiry: lives of months and years are kept exactly',
    async (t) => {
      const map = t.words();
      const month = 30 * 86_400_000;
      await map.set('a', 1, { ttlMs: month });
      await map.set('b', 1, { ttlMs: 40 * 12 * month });
      await map.set('c', 1, { ttlMs: 2 ** 31 });
      await map.set('d', 1, { ttlMs: 2 ** 32 + 5 });
      assert.equal(await map.count(), 4);
      await t.advance(2 ** 31 - 1);
      assert.equal(await map.has('c'), true);
      await t.advance(1);
      assert.deepEqual(await collect(map.keys()), ['a', 'b', 'd']);
      await t.advance(month - 2 ** 31);
      assert.deepEqual(await collect(map.keys()), ['b', 'd']);
      await t.advance(2 ** 32 + 5 - month);
      assert.deepEqual(await collect(map.keys()), ['b']);
    },
    manualTime,
  ),
];
