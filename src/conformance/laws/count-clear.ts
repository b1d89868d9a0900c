import assert from 'node:assert/strict';
import { collect } from '../assertions.ts';
import { bothFaces, law, manualTime } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { take } from '../reading.ts';

const KEYS = ['a', 'b/1', 'b/2', 'b/3', 'c', '\uffff', '\u{10ffff}x'];

export const countClearLaws: readonly Law[] = [
  bothFaces('count: counts the map or a range of it', async (t) => {
    const map = t.words();
    assert.equal(await map.count(), 0);
    await map.setMany(KEYS.map((key) => [key, 1] as const));
    assert.equal(await map.count(), 7);
    assert.equal(await map.count({ prefix: 'b/' }), 3);
    assert.equal(await map.count({ start: 'b/2' }), 5);
    assert.equal(await map.count({ start: 'b/2', end: 'c' }), 2);
    assert.equal(await map.count({ prefix: '\u{10ffff}' }), 1);
    assert.equal(await map.count({ start: 'z', end: 'a' }), 0);
    await map.delete('a');
    await map.set('c', 2);
    assert.equal(await map.count(), 6);
  }),

  bothFaces('clear: removes the map or a range of it and answers how many there were', async (t) => {
    const map = t.words();
    assert.equal(await map.clear(), 0);
    await map.setMany(KEYS.map((key) => [key, 1] as const));
    assert.equal(await map.clear({ prefix: 'b/' }), 3);
    assert.deepEqual(await collect(map.keys()), ['a', 'c', '\uffff', '\u{10ffff}x']);
    assert.equal(await map.clear({ start: 'b', end: 'd' }), 1);
    assert.equal(await map.clear({ start: '\u{10ffff}' }), 1);
    assert.equal(await map.clear({ start: 'x', end: 'x' }), 0);
    assert.equal(await map.clear(), 2);
    assert.equal(await map.count(), 0);
  }),

  bothFaces('clear: more than a page of entries at once', async (t) => {
    const map = t.words();
    await map.setMany(Array.from({ length: 2_100 }, (_, n) => [`k${n}`, n] as const));
    assert.equal(await map.clear(), 2_100);
    assert.deepEqual(await collect(map.keys()), []);
    await map.set('k1', 1);
    assert.equal(await map.count(), 1);
  }),

  bothFaces('clear: watchers see each removal once', async (t) => {
    const map = t.words();
    await map.setMany(['b', 'a', 'c'].map((key) => [`{t}${key}`, 1] as const));
    const watch = await t.watch(t.map());
    await map.clear();
    await map.set('{t}z', 1);
    const seen = (await take(watch, 4)).map(({ type, key }) => `${type} ${key}`);
    assert.deepEqual(seen.toSorted(), ['delete {t}a', 'delete {t}b', 'delete {t}c', 'insert {t}z']);
    assert.equal(seen[3], 'insert {t}z');
  }),

  bothFaces(
    'count and clear: what has expired is not counted and not removed again',
    async (t) => {
      const map = t.words();
      await map.set('a', 1, { ttlMs: t.ttlMs });
      await map.set('b', 1);
      t.bench.late(t.ttlMs);
      assert.equal(await map.count(), 1);
      assert.equal(await map.clear(), 1);
    },
    manualTime,
  ),

  law('drop: removes all entries, tells watchers, and the map can be used again', async (t) => {
    const map = t.map();
    await map.set('{t}a', 1);
    await map.set('{t}b', 1);
    const watch = await t.watch(map);
    await map.drop();
    assert.equal(await map.count(), 0);
    assert.deepEqual((await take(watch, 2)).map(({ type, key }) => `${type} ${key}`).toSorted(), [
      'delete {t}a',
      'delete {t}b',
    ]);
    assert.deepEqual(
      (await t.store.maps()).filter(({ name }) => name === 'm'),
      [],
    );
    await map.set('{t}c', 3);
    assert.deepEqual(await collect(map), [['{t}c', 3]]);
    await map.drop();
    await map.drop();
  }),
];
