import assert from 'node:assert/strict';
import { compareUtf8 } from '../../base/utf8.ts';
import type { Range } from '../../contract/calls.ts';
import { collect, dice, there } from '../assertions.ts';
import type { Words } from '../faces.ts';
import { bothFaces } from '../fixture.ts';
import type { Law } from '../fixture.ts';

/** Keys whose order by UTF-8 bytes differs from that of code units, and others that lie close. */
const PLANES = [
  '\0',
  ' ',
  '0',
  'A',
  'a',
  'a\0',
  'aa',
  'ab',
  'b',
  '\u007f',
  'ä',
  '\u07ff',
  '\u0800',
  '\ud7ff',
];
const BEYOND = ['\ue000', '\ufffd', '\uffff', '\u{10000}', '😀', '😀a', '\u{10ffff}', '\u{10ffff}\u{10ffff}'];
const KEYS = [...PLANES, ...BEYOND];

async function filled(map: Words<number>, keys: readonly string[]): Promise<Words<number>> {
  await map.setMany(keys.map((key, n) => [key, n] as const));
  return map;
}

/** What a range should answer, told on the sorted keys. */
function expected(keys: readonly string[], range: Range): string[] {
  const { prefix = '', start, end, reverse = false, limit = Infinity } = range;
  const inside = keys
    .filter((key) => key.startsWith(prefix))
    .filter((key) => start === undefined || compareUtf8(key, start) >= 0)
    .filter((key) => end === undefined || compareUtf8(key, end) < 0)
    .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return (reverse ? inside.toReversed() : inside).slice(0, limit);
}

export const rangeOrderLaws: readonly Law[] = [
  bothFaces('ranges: are ordered by the UTF-8 bytes of the keys, beyond the basic plane too', async (t) => {
    const map = await filled(t.words(), KEYS.toReversed());
    const sorted = expected(KEYS, {});
    assert.deepEqual(await collect(map.keys()), sorted);
    assert.deepEqual(await collect(map.keys({ reverse: true })), sorted.toReversed());
    assert.deepEqual(
      (await collect(map)).map(([key]) => key),
      sorted,
    );
  }),

  bothFaces('ranges: list, keys, values and the map itself agree', async (t) => {
    const map = await filled(t.words(), ['b', 'a', 'c']);
    const entries = await collect(map.list());
    assert.deepEqual(
      entries.map(({ key, value }) => [key, value]),
      [
        ['a', 1],
        ['b', 0],
        ['c', 2],
      ],
    );
    assert.deepEqual(await collect(map.keys()), ['a', 'b', 'c']);
    assert.deepEqual(await collect(map.values()), [1, 0, 2]);
    assert.deepEqual(await collect(map), [
      ['a', 1],
      ['b', 0],
      ['c', 2],
    ]);
    for (const entry of entries) assert.deepEqual(await map.entry(entry.key), entry);
  }),

  bothFaces('ranges: a prefix selects the keys that begin with it and no others', async (t) => {
    const map = await filled(t.words(), [...KEYS, 'a/b', 'a/c', 'a0', '😀/x']);
    const keys = [...KEYS, 'a/b', 'a/c', 'a0', '😀/x'];
    for (const prefix of ['', 'a', 'a/', '😀', '\uffff', '\ud7ff', '\u{10ffff}', 'zz', 'a\0']) {
      assert.deepEqual(
        await collect(map.keys({ prefix })),
        expected(keys, { prefix }),
        JSON.stringify(prefix),
      );
    }
  }),

  bothFaces('ranges: random ranges over random keys answer as a sorted array would', async (t) => {
    const roll = dice(7);
    const letters = ['a', 'b', '\0', 'ß', '\uffff', '😀'];
    const word = (): string => Array.from({ length: 1 + roll(4) }, () => there(letters[roll(6)])).join('');
    const keys = [...new Set(Array.from({ length: 150 }, word))];
    const map = await filled(t.words(), keys);
    for (let n = 0; n < 60; n++) {
      const range: Range = {
        prefix: roll(2) ? Array.from(word())[0] : undefined,
        start: roll(2) ? word() : undefined,
        end: roll(2) ? word() : undefined,
        reverse: roll(2) === 1,
        limit: roll(2) ? roll(20) : undefined,
      };
      const defined = Object.fromEntries(Object.entries(range).filter(([, value]) => value !== undefined));
      assert.deepEqual(await collect(map.keys(defined)), expected(keys, defined), JSON.stringify(range));
    }
  }),
];
