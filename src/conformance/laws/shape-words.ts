import assert from 'node:assert/strict';
import type { InvalidEntry } from '../../contract/map-options.ts';
import { KEEP } from '../../contract/symbols.ts';
import { collect, fault, there } from '../assertions.ts';
import { bothFaces, law } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { take, untilLive } from '../reading.ts';

interface Price {
  readonly cents: number;
}

/** Shape 0: a number of euros. Shape 1: a text of cents. Shape 2: {@link Price}. */
const upgrade = {
  0: (value: unknown): unknown => {
    if (typeof value !== 'number') throw new TypeError('no euros');
    return String(value * 100);
  },
  1: (value: unknown): unknown => ({ cents: Number(value) }),
};
const shaped = { shape: 2, upgrade };

export const shapeWordLaws: readonly Law[] = [
  bothFaces('shapes: every word that answers with an old value answers with the new shape', async (t) => {
    const old = t.words<unknown>();
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) await old.set(key, 2);
    const map = t.words<Price>('m', shaped);
    const two = { cents: 200 };
    assert.deepEqual(await map.getOrInsert('a', { cents: 1 }), two);
    assert.deepEqual(await map.getOrInsertComputed('a', () => ({ cents: 1 })), two);
    assert.deepEqual(there(await map.take('a')).value, two);
    assert.deepEqual(there(await map.swap('b', { cents: 1 })).value, two);
    assert.deepEqual(there(await map.update('c', () => KEEP)).value, two);
    const refused = await map.set('d', { cents: 1 }, { ifAbsent: true });
    assert.deepEqual(!refused.ok && there(refused.current).value, two);
    const removed = await map.delete('d', { ifValue: two });
    assert.deepEqual(removed.ok && there(removed.entry).value, two);
    const [gone] = await map.deleteMany(['e']);
    assert.deepEqual(gone?.ok === true && there(gone.entry).value, two);
    const checked = await t.atomic().check(map, 'f', 0).commit();
    assert.deepEqual(!checked.ok && there(checked.current).value, two);
    assert.deepEqual(
      (await collect(map)).map(([key, value]) => [key, value.cents]),
      [
        ['b', 1],
        ['c', 200],
        ['f', 200],
        ['g', 200],
        ['h', 200],
      ],
    );
  }),

  bothFaces('shapes: touch leaves the shape with the value', async (t) => {
    await t.words<unknown>().set('a', 2);
    const map = t.words<Price>('m', shaped);
    assert.deepEqual(there(await map.touch('a', t.ttlMs)).value, { cents: 200 });
    assert.deepEqual(await map.get('a'), { cents: 200 });
    assert.deepEqual(there(await map.touch('a', 'never')).value, { cents: 200 });
    assert.deepEqual(await map.get('a'), { cents: 200 });
  }),

  bothFaces('shapes: add works on an old value, and writes a new one', async (t) => {
    await t.words<unknown>().set('a', 2);
    const map = t.words<number>('m', { shape: 1, upgrade: { 0: (value) => Number(value) * 100 } });
    assert.equal(await map.add('a', 5), 205);
    assert.equal(await map.get('a'), 205);
    assert.equal(await map.add('b', 1), 1);
  }),

  bothFaces('shapes: the draft of a lock is upgraded, and its commit writes the new shape', async (t) => {
    await t.words<unknown>().set('a', 2);
    const map = t.words<Price>('m', shaped);
    const lock = there(await map.tryLock('a'));
    assert.deepEqual(there(lock.entry).value, { cents: 200 });
    assert.deepEqual(lock.value, { cents: 200 });
    await lock.commit({ cents: there(lock.value).cents + 1 });
    assert.deepEqual(await map.get('a'), { cents: 201 });
  }),

  law('shapes: follow and view see old values upgraded', async (t) => {
    await t.map<unknown>().set('a', 2);
    const map = t.map<Price>('m', shaped);
    const follow = map.follow('a');
    assert.deepEqual((await follow.next()).value, { cents: 200 });
    const view = await map.view();
    assert.deepEqual([...view], [['a', { cents: 200 }]]);
    assert.deepEqual(there(view.entry('a')).value, { cents: 200 });
    await map.set('a', { cents: 1 });
    assert.deepEqual((await follow.next()).value, { cents: 1 });
    await follow.close();
    await view.close();
  }),

  law('shapes: onInvalid is told of an upgrade that fails, and iterations and watches go on', async (t) => {
    const old = t.map<unknown>();
    await old.setMany([
      ['a', 1],
      ['b', 'not a price'],
      ['c', 3],
    ]);
    const told: InvalidEntry[] = [];
    const map = t.map<Price>('m', { ...shaped, onInvalid: (problem) => told.push(problem) });
    assert.deepEqual(
      (await collect(map.list())).map(({ key, value }) => [key, value.cents]),
      [
        ['a', 100],
        ['c', 300],
      ],
    );
    assert.deepEqual(
      told.map(({ key }) => key),
      ['b'],
    );
    const watch = await t.watch(map, { start: 'current' });
    assert.equal((await untilLive(watch)).length, 3);
    await fault('CODEC', () => map.get('b'));
    await fault('CODEC', () => map.update('b', () => ({ cents: 1 })));
    assert.equal(await map.has('b'), true);
    await map.set('b', { cents: 2 });
    assert.deepEqual(there((await take(watch, 1))[0]).key, 'b');
    assert.equal((await collect(map.values())).length, 3);
  }),

  law('shapes: a snapshot of an old shape is loaded into a map of a new one', async (t) => {
    await t.map<unknown>().set('a', 2);
    const snapshot = new Uint8Array(await new Response(t.map<unknown>().snapshot()).arrayBuffer());
    const other = await t.another();
    const map = other.map<Price>('m', shaped);
    await map.set('z', { cents: 9 });
    assert.equal(await map.restore(snapshot, { mode: 'replace' }), 1);
    assert.deepEqual(await collect(map.values()), [{ cents: 200 }]);
    await map.set('b', { cents: 3 });
    const back = (await t.another()).map<Price>('m', shaped);
    await back.restore(map.snapshot());
    assert.deepEqual(await collect(back.values()), [{ cents: 200 }, { cents: 3 }]);
    const lower = (await t.another()).map<unknown>('m');
    await fault('FORMAT', () => lower.restore(map.snapshot()));
    assert.equal(await lower.count(), 0);
  }),
];
