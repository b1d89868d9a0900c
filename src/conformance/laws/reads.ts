import assert from 'node:assert/strict';
import { collect, there } from '../assertions.ts';
import { bothFaces, law } from '../fixture.ts';
import type { Law } from '../fixture.ts';

export const readLaws: readonly Law[] = [
  bothFaces('reads: a key that was never written is absent in every word', async (t) => {
    const map = t.words();
    assert.equal(await map.get('a'), undefined);
    assert.equal(await map.entry('a'), undefined);
    assert.equal(await map.has('a'), false);
    assert.deepEqual(await map.getMany(['a', 'b']), [undefined, undefined]);
    assert.deepEqual(await collect(map.list()), []);
    assert.equal(await map.count(), 0);
    assert.equal(await map.take('a'), undefined);
  }),

  bothFaces('reads: what was written is read back by every word', async (t) => {
    const map = t.words<string>();
    const written = await map.set('a', 'x');
    assert.deepEqual(written, { key: 'a', value: 'x', version: written.version });
    assert.equal(await map.get('a'), 'x');
    assert.deepEqual(await map.entry('a'), written);
    assert.equal(await map.has('a'), true);
    assert.deepEqual(await map.getMany(['a']), ['x']);
    assert.deepEqual(await collect(map.list()), [written]);
    assert.deepEqual(await collect(map.keys()), ['a']);
    assert.deepEqual(await collect(map.values()), ['x']);
    assert.deepEqual(await collect(map), [['a', 'x']]);
    assert.equal(await map.count(), 1);
  }),

  bothFaces('reads: getMany answers in the order of the keys, repeats and gaps included', async (t) => {
    const map = t.words();
    await map.set('a', 1);
    await map.set('b', 2);
    assert.deepEqual(await map.getMany(['b', 'x', 'a', 'b']), [2, undefined, 1, 2]);
    assert.deepEqual(await map.getMany([]), []);
    assert.deepEqual(await map.getMany(new Set(['a'])), [1], 'any iterable of keys');
  }),

  bothFaces('reads: falsy values are values, not absence', async (t) => {
    const map = t.words<unknown>();
    for (const value of [0, '', false, null, Number.NaN, 0n]) {
      await map.set('a', value);
      assert.deepEqual(await map.get('a'), value);
      assert.equal(await map.has('a'), true);
      assert.deepEqual(there(await map.entry('a')).value, value);
      assert.deepEqual(await map.getOrInsert('a', 'other'), value);
    }
  }),

  bothFaces('reads: maps of one store do not see each other', async (t) => {
    const map = t.words();
    const other = t.words('other');
    await map.set('a', 1);
    assert.equal(await other.get('a'), undefined);
    assert.equal(await other.count(), 0);
    await other.set('a', 2);
    await other.clear();
    assert.equal(await map.get('a'), 1);
  }),

  bothFaces('reads: an entry in hand is never changed by the store', async (t) => {
    const map = t.words<{ n: number }>();
    const first = await map.set('a', { n: 1 });
    const read = there(await map.entry('a'));
    const copies = [structuredClone(first), structuredClone(read)];
    await map.set('a', { n: 2 }, { ttlMs: t.ttlMs * 100 });
    await map.set('b', { n: 3 });
    await map.entry('b');
    assert.deepEqual([first, read], copies);
  }),

  bothFaces('reads: two handles of one map read and write the same entries', async (t) => {
    const map = t.words();
    const again = t.words();
    await map.set('a', 1);
    assert.equal(await again.get('a'), 1);
    await again.set('a', 2);
    assert.equal(await map.get('a'), 2);
  }),

  law('reads: both faces of one map read and write the same entries', async (t) => {
    const map = t.map();
    const sync = map.sync;
    if (sync === undefined) return assert.equal(t.supports.sync, false);
    assert.equal(t.supports.sync, true);
    const entry = await map.set('a', 1);
    assert.deepEqual(sync.entry('a'), entry);
    const next = sync.set('a', 2);
    assert.ok(next.version > entry.version);
    assert.deepEqual(await map.entry('a'), next);
  }),

  law('reads: fresh and minVersion are accepted and hold', async (t) => {
    const map = t.map();
    const { version } = await map.set('a', 1);
    assert.equal(await map.get('a', { fresh: true }), 1);
    assert.equal(await map.get('a', { minVersion: version }), 1);
    assert.equal((await map.entry('a', { fresh: true, minVersion: version }))?.version, version);
    assert.deepEqual(await map.getMany(['a'], { minVersion: version }), [1]);
    assert.equal(await map.count({ fresh: true }), 1);
    assert.deepEqual(await collect(map.keys({ minVersion: version })), ['a']);
  }),

  law('reads: getMany shows one moment while writers move amounts between keys', async (t) => {
    const map = t.map();
    const keys = ['{t}a', '{t}b', '{t}c'];
    for (const key of keys) await map.set(key, 100);
    const move = async (from: string, to: string): Promise<void> => {
      for (let i = 0; i < 20; i++) {
        const [a, b] = [there(await map.entry(from)), there(await map.entry(to))];
        await t.store
          .atomic()
          .check(map, from, a)
          .check(map, to, b)
          .set(map, from, a.value - 1)
          .set(map, to, b.value + 1)
          .commit();
      }
    };
    const writers = Promise.all([move('{t}a', '{t}b'), move('{t}b', '{t}c'), move('{t}c', '{t}a')]);
    for (let i = 0; i < 30; i++) {
      const values = await map.getMany(keys);
      assert.equal(
        values.reduce<number>((sum, value) => sum + there(value), 0),
        300,
      );
    }
    await writers;
  }),
];
