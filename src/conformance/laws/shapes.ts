import assert from 'node:assert/strict';
import { collect, fault, there } from '../assertions.ts';
import { bothFaces, law } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { take, untilLive } from '../reading.ts';

interface Person {
  readonly first: string;
  readonly last: string;
}

/** Shape 0: one string. Shape 1: an object with a name. Shape 2: {@link Person}. */
const upgrade = {
  0: (value: unknown): unknown => ({ name: value }),
  1: (value: unknown): unknown => {
    const [first, last] = (value as { name: string }).name.split(' ');
    return { first, last };
  },
};

export const shapeLaws: readonly Law[] = [
  bothFaces('shapes: old values are upgraded step by step when they are read', async (t) => {
    await t.words<string>().set('a', 'Ada Lovelace');
    await t.words<unknown>('m', { shape: 1, upgrade: { 0: upgrade[0] } }).set('b', { name: 'Grace Hopper' });
    const map = t.words<Person>('m', { shape: 2, upgrade });
    const [ada, grace] = [
      { first: 'Ada', last: 'Lovelace' },
      { first: 'Grace', last: 'Hopper' },
    ];
    assert.deepEqual(await map.get('a'), ada);
    assert.deepEqual(await collect(map.values()), [ada, grace]);
    assert.deepEqual(await map.getMany(['b', 'a']), [grace, ada]);
    assert.equal((await map.set('a', { first: 'A', last: 'L' }, { ifValue: ada })).ok, true);
    const seen = await map.update('b', (value) => ({ ...there(value), first: 'G' }));
    assert.deepEqual(there(seen).value, { first: 'G', last: 'Hopper' });
    await map.set('c', { first: 'x', last: 'y' });
    assert.equal(await map.count(), 3);
  }),

  bothFaces('shapes: reading an old value does not write it', async (t) => {
    const entry = await t.words<string>().set('a', 'Ada Lovelace');
    const map = t.words<Person>('m', { shape: 2, upgrade });
    await map.get('a');
    assert.equal(there(await map.entry('a')).version, entry.version);
  }),

  bothFaces(
    'shapes: a map that was written with a higher shape is FORMAT for an older program',
    async (t) => {
      const map = t.words<Person>('m', { shape: 2, upgrade });
      const entry = await map.set('a', { first: 'A', last: 'B' });
      const older = t.words<unknown>('m', { shape: 1, upgrade: { 0: upgrade[0] } });
      await fault('FORMAT', () => older.get('a'));
      await fault('FORMAT', () => older.set('a', 1));
      await fault('FORMAT', () => t.words<unknown>().get('a'));
      assert.deepEqual(await map.entry('a'), entry);
      assert.deepEqual(
        (await t.store.maps()).map(({ shape }) => shape),
        [2],
      );
    },
  ),

  bothFaces('shapes: a missing upgrade is FORMAT, one that throws is CODEC, naming the key', async (t) => {
    await t.words<string>().set('a', 'Ada');
    assert.match((await fault('FORMAT', () => t.words('m', { shape: 1 }).get('a'))).message, /"a"/);
    const throwing = (): never => {
      throw new Error('not like that');
    };
    const error = await fault('CODEC', () => t.words('m', { shape: 1, upgrade: { 0: throwing } }).get('a'));
    assert.match(error.message, /"a"/);
    await fault('CODEC', () => t.words('m', { shape: 1, upgrade: { 0: () => undefined } }).get('a'));
  }),

  law('shapes: travel in snapshots', async (t) => {
    const map = t.map<Person>('m', { shape: 2, upgrade });
    await t.map<string>().set('a', 'Ada Lovelace');
    await map.set('b', { first: 'G', last: 'H' });
    const other = await t.another();
    await other.restore(t.store.snapshot());
    const restored = other.map<Person>('m', { shape: 2, upgrade });
    assert.deepEqual(await collect(restored.values()), [
      { first: 'Ada', last: 'Lovelace' },
      { first: 'G', last: 'H' },
    ]);
    await fault('FORMAT', () => other.map('m').get('a'));
  }),

  law('shapes: watchers see old values upgraded, previous ones too', async (t) => {
    await t.map<string>().set('a', 'Ada Lovelace');
    const map = t.map<Person>('m', { shape: 2, upgrade });
    const watch = await t.watch(map, { start: 'current', previous: true });
    const [state] = await untilLive(watch);
    assert.deepEqual(state !== undefined && 'value' in state && state.value, {
      first: 'Ada',
      last: 'Lovelace',
    });
    await map.set('a', { first: 'A', last: 'L' });
    const [update] = await take(watch, 1);
    assert.deepEqual(there(update).previous, { first: 'Ada', last: 'Lovelace' });
  }),
];
