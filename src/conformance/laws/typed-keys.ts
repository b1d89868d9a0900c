import assert from 'node:assert/strict';
import { integerKeys, mixedKeys, numberKeys, tupleKeys } from '../../codec/keys/index.ts';
import type { MixedKey } from '../../codec/keys/index.ts';
import { textKeys } from '../../codec/keys.ts';
import { collect, eventually, mistake, there, wrong } from '../assertions.ts';
import { bothFaces, law } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { take, untilLive } from '../reading.ts';

const days = tupleKeys(textKeys, integerKeys);
const DAYS = [
  ['', 1],
  ['ada', -1],
  ['ada', 7],
  ['ada', 30],
  ['ada\0', 1],
  ['adam', 1],
  ['é', 1],
] as const;

const MIXED: readonly MixedKey[] = [
  false,
  true,
  -1.5,
  0,
  123,
  123n,
  new Date(0),
  Uint8Array.of(1),
  '',
  '123',
  'key1',
  [],
  ['user', 7],
  ['user', 7, 'x'],
  ['user', 30],
];

export const typedKeyLaws: readonly Law[] = [
  bothFaces('typed keys: numbers sort as numbers, and bounds are numbers', async (t) => {
    const map = t.words<number, number>('m', { keys: numberKeys });
    const keys = [-Infinity, -1e300, -10, -9.5, -1, 0, 5e-324, 1, 2, 10, 1e21, Infinity];
    for (const key of keys.toReversed()) await map.set(key, key === 0 ? 0 : 1);
    assert.deepEqual(await collect(map.keys()), keys);
    assert.deepEqual(await collect(map.keys({ start: -9.9, end: 2 })), [-9.5, -1, 0, 5e-324, 1]);
    assert.deepEqual(await collect(map.keys({ end: 0, reverse: true, limit: 2 })), [-1, -9.5]);
    assert.equal(await map.get(-0), 0);
    await mistake('NaN', () => map.get(Number.NaN));
  }),

  bothFaces('typed keys: the first elements of a tuple are a range', async (t) => {
    const map = t.words<number, readonly [string, number]>('m', { keys: days });
    for (const key of DAYS.toReversed()) await map.set(key, key[1]);
    assert.deepEqual(await collect(map.keys()), DAYS);
    assert.deepEqual(await collect(map.values({ prefix: ['ada'] })), [-1, 7, 30]);
    assert.deepEqual(
      await collect(map.values({ prefix: ['ada'], start: ['ada', 0], reverse: true })),
      [30, 7],
    );
    assert.equal(await map.count({ prefix: ['ada', 7] }), 1);
    assert.equal(await map.count({ prefix: [wrong('')] }), 1);
    assert.equal(await map.count({ prefix: wrong([]) }), DAYS.length);
    await mistake('prefix', () => map.count({ prefix: wrong('ada') }));
    await mistake('number', () => map.count({ prefix: wrong(['ada', '7']) }));
    assert.equal(await map.clear({ prefix: ['ada'] }), 3);
    assert.deepEqual(await collect(map.values()), [1, 1, 1, 1]);
  }),

  law('typed keys: the first elements of a tuple are what watches and views see', async (t) => {
    const map = t.map<number, readonly [string, number]>('m', { keys: days });
    await map.set(['ada', 1], 1);
    const watch = await t.watch(map, { prefix: ['ada'], start: 'current' });
    assert.deepEqual(
      (await untilLive(watch)).map((change) => ('key' in change ? change.key : change.type)),
      [['ada', 1], 'live'],
    );
    const view = await map.view({ prefix: ['ada'] });
    await map.set(['adam', 2], 2);
    await map.set(['ada', 2], 2);
    assert.deepEqual(there((await take(watch, 1))[0]).key, ['ada', 2]);
    await eventually('the view has it, too', () => view.has(['ada', 2]));
    assert.equal(view.get(['adam', 2]), undefined);
    assert.deepEqual(
      [...view.list()].map(({ key }) => key[1]),
      [1, 2],
    );
    await view.close();
  }),

  bothFaces('typed keys: keys of several types live in one map, and none is taken for another', async (t) => {
    const map = t.words<number, MixedKey>('m', { keys: mixedKeys });
    for (const [n, key] of MIXED.entries()) {
      assert.equal(await map.has(key), false);
      await map.set(key, n);
    }
    for (const [n, key] of MIXED.entries()) assert.equal(await map.get(key), n);
    assert.deepEqual(await collect(map.keys()), MIXED);
    assert.deepEqual(await collect(map.keys({ prefix: 'key' })), ['key1']);
    assert.deepEqual(await collect(map.values({ prefix: ['user', 7] })), [12, 13]);
    assert.deepEqual(await collect(map.keys({ start: '', end: [] })), ['', '123', 'key1']);
    const lock = there(await map.tryLock(['user', 7]));
    assert.deepEqual(lock.key, ['user', 7]);
    await lock.commit(99);
    const outcome = await t.atomic().check(map, 123, 0).set(map, '123', 1).commit();
    assert.equal(!outcome.ok && outcome.key, 123);
    for (const key of MIXED) assert.equal(await map.delete(key), true);
    await mistake('NaN', () => map.set(Number.NaN, 1));
    await mistake('key', () => map.set(wrong({}), 1));
  }),

  law('typed keys: travel in snapshots', async (t) => {
    const map = t.map<number, MixedKey>('m', { keys: mixedKeys });
    await map.setMany(MIXED.map((key, n) => [key, n] as const));
    const copy = (await t.another()).map<number, MixedKey>('m', { keys: mixedKeys });
    assert.equal(await copy.restore(map.snapshot()), MIXED.length);
    assert.deepEqual(await collect(copy.keys()), MIXED);
  }),
];
