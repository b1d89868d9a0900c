import assert from 'node:assert/strict';
import { collect, mistake, wrong } from '../assertions.ts';
import type { Words } from '../faces.ts';
import { bothFaces } from '../fixture.ts';
import type { Law } from '../fixture.ts';

async function filled(map: Words<number>, keys: readonly string[]): Promise<Words<number>> {
  await map.setMany(keys.map((key, n) => [key, n] as const));
  return map;
}

export const rangeLaws: readonly Law[] = [
  bothFaces('ranges: start is inclusive, end is exclusive, both may be absent keys', async (t) => {
    const map = await filled(t.words(), ['a', 'b', 'c', 'd']);
    assert.deepEqual(await collect(map.keys({ start: 'b' })), ['b', 'c', 'd']);
    assert.deepEqual(await collect(map.keys({ end: 'c' })), ['a', 'b']);
    assert.deepEqual(await collect(map.keys({ start: 'b', end: 'd' })), ['b', 'c']);
    assert.deepEqual(await collect(map.keys({ start: 'aa', end: 'cc' })), ['b', 'c']);
    assert.deepEqual(await collect(map.keys({ start: 'b', end: 'b' })), []);
    assert.deepEqual(await collect(map.keys({ start: 'x' })), []);
    assert.deepEqual(await collect(map.keys({ start: 'b', end: 'd', reverse: true })), ['c', 'b']);
  }),

  bothFaces('ranges: prefix, start and end together select what all of them do', async (t) => {
    const map = await filled(t.words(), ['a', 'aa', 'ab', 'ac', 'b']);
    assert.deepEqual(await collect(map.keys({ prefix: 'a', start: 'ab' })), ['ab', 'ac']);
    assert.deepEqual(await collect(map.keys({ prefix: 'a', start: 'A', end: 'ab' })), ['a', 'aa']);
    assert.deepEqual(await collect(map.keys({ prefix: 'a', start: 'b' })), []);
    assert.deepEqual(await collect(map.keys({ prefix: 'a', end: 'zz', reverse: true, limit: 2 })), [
      'ac',
      'ab',
    ]);
  }),

  bothFaces('ranges: limit bounds the answer, 0 answers nothing', async (t) => {
    const map = await filled(t.words(), ['a', 'b', 'c']);
    assert.deepEqual(await collect(map.keys({ limit: 0 })), []);
    assert.deepEqual(await collect(map.keys({ limit: 2 })), ['a', 'b']);
    assert.deepEqual(await collect(map.keys({ limit: 2, reverse: true })), ['c', 'b']);
    assert.deepEqual(await collect(map.keys({ limit: 99 })), ['a', 'b', 'c']);
  }),

  bothFaces('ranges: a range that cannot be meant is refused', async (t) => {
    const map = await filled(t.words(), ['a']);
    const bad: readonly [string | RegExp, unknown][] = [
      ['limit', { limit: -1 }],
      ['limit', { limit: 1.5 }],
      ['limit', { limit: Number.NaN }],
      ['limit', { limit: '1' }],
      [/start|key/, { start: 5 }],
      [/start|key/, { start: '\ud800' }],
      [/end|key/, { end: '\udfff' }],
      [/end|key/, { end: null }],
      ['prefix', { prefix: 5 }],
      ['prefix', { prefix: '\ud83d' }],
      ['reverse', { reverse: 'yes' }],
      ['from', { from: 'a' }],
    ];
    for (const [about, range] of bad) {
      await mistake(about, () => collect(map.list(wrong(range))));
      await mistake(about, () => collect(map.keys(wrong(range))));
      await mistake(about, () => collect(map.values(wrong(range))));
      if (about === 'limit' || about === 'reverse') continue;
      await mistake(about, () => map.count(wrong(range)));
      await mistake(about, () => map.clear(wrong(range)));
    }
    for (const option of ['limit', 'reverse']) {
      await mistake(option, () => map.count(wrong({ [option]: 1 })));
      await mistake(option, () => map.clear(wrong({ [option]: 1 })));
    }
    assert.equal(await map.count(), 1);
  }),

  bothFaces('ranges: options that are undefined say nothing', async (t) => {
    const map = await filled(t.words(), ['a', 'b']);
    const range = {
      prefix: undefined,
      start: undefined,
      end: undefined,
      reverse: undefined,
      limit: undefined,
    };
    assert.deepEqual(await collect(map.keys(range)), ['a', 'b']);
    assert.equal(await map.count({ prefix: undefined }), 2);
  }),
];
