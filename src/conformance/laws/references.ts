import assert from 'node:assert/strict';
import { fault, there } from '../assertions.ts';
import { bothFaces, law, references } from '../fixture.ts';
import type { Law } from '../fixture.ts';

class Point {
  x = 1;
}

export const referenceLaws: readonly Law[] = [
  bothFaces(
    'references: values are kept as they are, of any kind',
    async (t) => {
      const map = t.words<unknown>('m', { values: 'references' });
      const values = [() => 1, Symbol('a'), new Point(), new WeakMap(), { a: '\ud800' }, Number.NaN];
      for (const value of values) {
        await map.set('a', value);
        assert.equal(Object.is(await map.get('a'), value), true);
        assert.equal(Object.is(there(await map.entry('a')).value, value), true);
      }
    },
    references,
  ),

  bothFaces(
    'references: numbers add, undefined is refused, versions and conditions hold',
    async (t) => {
      const map = t.words<unknown>('m', { values: 'references' });
      assert.equal(await map.add('n', 2), 2);
      assert.equal(await map.add('n', 3), 5);
      const point = new Point();
      const first = await map.set('a', point);
      assert.equal((await map.set('a', 1, { ifVersion: first.version - 1 })).ok, false);
      assert.equal((await map.set('a', 'x', { ifValue: point })).ok, true);
      await assert.rejects(async () => map.set('a', undefined), TypeError);
      await assert.rejects(async () => map.add('a', 1));
    },
    references,
  ),

  law(
    'references: the draft of a lock is private all the same',
    async (t) => {
      const map = t.map<{ n: number }>('m', { values: 'references' });
      const value = { n: 1 };
      await map.set('a', value);
      const lock = await map.lock('a');
      there(lock.value).n = 2;
      assert.equal(value.n, 1);
      await lock.commit();
      assert.deepEqual(await map.get('a'), { n: 2 });
      assert.equal(value.n, 1);
    },
    references,
  ),

  law(
    'references: a map kept by reference is not opened by a codec, and the other way round',
    async (t) => {
      await t.map('r', { values: 'references' }).set('a', 1);
      await t.map('e').set('a', 1);
      await fault('FORMAT', () => t.map('r').get('a'));
      await fault('FORMAT', () => t.map('e', { values: 'references' }).get('a'));
    },
    references,
  ),
];
