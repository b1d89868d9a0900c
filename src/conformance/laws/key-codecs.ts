import assert from 'node:assert/strict';
import type { KeyCodec } from '../../contract/codec.ts';
import { MAX_KEY_BYTES } from '../../contract/limits.ts';
import { collect, fault, mistake, there, wrong } from '../assertions.ts';
import { bothFaces, law } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { take } from '../reading.ts';

const plain: KeyCodec<string> = {
  name: 'plain',
  encode: (key) => key,
  decode: (text) => text,
  prefix: (prefix) => prefix,
};

/** Whole numbers from 0 up. */
const numbers: KeyCodec<number> = {
  name: 'numbers',
  encode(key) {
    if (!Number.isSafeInteger(key) || key < 0) throw new RangeError(`no number key: ${key}`);
    return String(key).padStart(16, '0');
  },
  decode: Number,
  prefix: () => '',
};

export const keyCodecLaws: readonly Law[] = [
  bothFaces('keys: of another type go through their codec, in its order', async (t) => {
    const map = t.words<string, number>('m', { keys: numbers });
    for (const key of [30, 7, 100, 0]) await map.set(key, `v${key}`);
    assert.equal(await map.get(30), 'v30');
    assert.equal(there(await map.entry(7)).key, 7);
    assert.deepEqual(await collect(map.keys()), [0, 7, 30, 100]);
    assert.deepEqual(await collect(map.keys({ start: 7, end: 100 })), [7, 30]);
    assert.deepEqual(await map.getMany([100, 1]), ['v100', undefined]);
    assert.equal(await map.delete(30), true);
    const outcome = await t.atomic().check(map, 7, 0).set(map, 7, 'x').commit();
    assert.equal(outcome.ok, false);
    assert.equal(!outcome.ok && outcome.key, 7);
    await mistake('number key', () => map.get(-1));
    assert.equal(await map.count(), 3);
  }),

  law('keys: of another type are what watches, views and locks speak of', async (t) => {
    const map = t.map<string, number>('m', { keys: numbers });
    const watch = await t.watch(map, { key: 7 });
    await map.set(8, 'x');
    await map.set(7, 'y');
    assert.equal(there((await take(watch, 1))[0]).key, 7);
    const view = await map.view();
    assert.deepEqual(
      [...view],
      [
        [7, 'y'],
        [8, 'x'],
      ],
    );
    assert.equal(view.get(8), 'x');
    await view.close();
    const lock = await map.lock(7);
    assert.equal(lock.key, 7);
    await lock.release();
  }),

  bothFaces('keys: a codec that makes no good string is refused', async (t) => {
    for (const made of ['', '\ud800', 'x'.repeat(MAX_KEY_BYTES + 1), 5, undefined]) {
      const map = t.words<string>('m', { keys: { ...plain, encode: () => wrong(made) } });
      await mistake('key', () => map.set('a', 'x'));
    }
    const throwing = t.words<string>('m', {
      keys: {
        ...plain,
        encode: () => {
          throw new RangeError('no key of mine');
        },
      },
    });
    await mistake('no key of mine', () => throwing.get('a'));
  }),

  law('keys: another key codec of the same map is FORMAT', async (t) => {
    await t.map<string, number>('m', { keys: numbers }).set(1, 'x');
    await fault('FORMAT', () => t.map<string>('m').get('a'));
    await fault('FORMAT', () => t.map<string>('m', { keys: plain }).get('a'));
  }),
];
