import assert from 'node:assert/strict';
import { collect, mistake, there, wrong } from '../assertions.ts';
import { bothFaces, law, manualTime } from '../fixture.ts';
import type { Law } from '../fixture.ts';

export const ttlLaws: readonly Law[] = [
  bothFaces('expiry: a plain write clears it, or sets another', async (t) => {
    const map = t.words();
    const ttlMs = t.ttlMs * 100;
    await map.set('a', 1, { ttlMs });
    assert.equal((await map.set('a', 2)).expiresAt, undefined);
    const short = await map.set('a', 3, { ttlMs });
    const long = await map.set('a', 4, { ttlMs: ttlMs * 10 });
    assert.ok(there(long.expiresAt) > there(short.expiresAt));
  }),

  bothFaces("expiry: 'keep' keeps it, 'never' clears it", async (t) => {
    const map = t.words();
    const { expiresAt } = await map.set('a', 1, { ttlMs: t.ttlMs * 100 });
    await t.advance(1);
    assert.equal((await map.set('a', 2, { ttlMs: 'keep' })).expiresAt, expiresAt);
    assert.equal((await map.set('a', 3, { ttlMs: 'never' })).expiresAt, undefined);
    assert.equal((await map.set('a', 4, { ttlMs: 'keep' })).expiresAt, undefined);
    assert.equal((await map.set('b', 5, { ttlMs: 'keep' })).expiresAt, undefined);
  }),

  bothFaces('expiry: the default of the map holds where a write says nothing', async (t) => {
    const map = t.words('m', { ttlMs: t.ttlMs * 100 });
    const byDefault = await map.set('a', 1);
    assert.ok(byDefault.expiresAt !== undefined);
    assert.equal((await map.set('a', 1, { ttlMs: 'never' })).expiresAt, undefined);
    assert.equal((await map.set('a', 1, { ttlMs: 'keep' })).expiresAt, undefined);
    assert.ok(there((await map.set('a', 1, { ttlMs: t.ttlMs * 900 })).expiresAt) > byDefault.expiresAt);
    for (const outcome of await map.setMany([['b', 1]])) assert.ok(outcome.ok && outcome.entry.expiresAt);
    await map.swap('c', 1);
    await map.getOrInsert('d', 1);
    await map.update('e', () => 1);
    assert.ok((await t.atomic().set(map, 'f', 1).commit()).ok);
    for (const key of ['c', 'd', 'e', 'f']) {
      assert.ok(there(await map.entry(key)).expiresAt !== undefined, `${key} lives for the default`);
    }
  }),

  bothFaces('expiry: touch sets another end and leaves the value', async (t) => {
    const map = t.words();
    const first = await map.set('a', 1);
    const touched = there(await map.touch('a', t.ttlMs * 100));
    assert.equal(touched.value, 1);
    assert.ok(touched.expiresAt !== undefined);
    assert.ok(touched.version > first.version, 'a touch is a change');
    assert.deepEqual(await map.entry('a'), touched);
    assert.equal(there(await map.touch('a', 'never')).expiresAt, undefined);
    assert.equal(await map.touch('x', t.ttlMs), undefined);
    assert.equal(await map.has('x'), false);
  }),

  bothFaces(
    'expiry: a touched entry lives on, and ends at its new time',
    async (t) => {
      const map = t.words();
      await map.set('a', 1, { ttlMs: t.ttlMs });
      await t.advance(t.ttlMs - 1);
      await map.touch('a', t.ttlMs);
      await t.advance(t.ttlMs - 1);
      assert.equal(await map.get('a'), 1);
      await t.advance(1);
      assert.equal(await map.get('a'), undefined);
    },
    manualTime,
  ),

  bothFaces('expiry: times to live that mean nothing are refused', async (t) => {
    const map = t.words();
    const entry = await map.set('a', 1);
    for (const ttlMs of [0, -1, Number.NaN, Infinity, '5', 'forever', null, 5n, {}]) {
      await mistake('ttlMs', () => map.set('a', 2, wrong({ ttlMs })));
      await mistake('ttlMs', () => map.set('a', 2, wrong({ ifPresent: true, ttlMs })));
      await mistake(/ttl|touch/, () => map.touch('a', wrong(ttlMs)));
    }
    await mistake(/ttl|touch/, () => map.touch('a', wrong('keep')));
    await mistake(/ttl|touch/, () => map.touch('a', wrong(undefined)));
    for (const ttlMs of [0, -1, Number.NaN, Infinity, '5', 'never', null]) {
      await mistake('ttlMs', () => t.store.map('other', wrong({ ttlMs })));
    }
    assert.deepEqual(await collect(map.list()), [entry]);
  }),

  law('expiry: ttlMs: undefined says nothing', async (t) => {
    const map = t.map('m', { ttlMs: undefined });
    assert.equal((await map.set('a', 1, { ttlMs: undefined })).expiresAt, undefined);
  }),
];
