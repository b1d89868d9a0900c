import assert from 'node:assert/strict';
import { MAX_KEY_BYTES } from '../../contract/limits.ts';
import { collect, mistake, there, wrong } from '../assertions.ts';
import type { Words } from '../faces.ts';
import { bothFaces } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { take } from '../reading.ts';

/** Keys that trip up objects, separators, encodings and sorting. */
const HOSTILE = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'prototype',
  '__defineGetter__',
  'valueOf',
  'length',
  '\0',
  '\0\0',
  'a\0b',
  '\n',
  ' ',
  '.',
  '..',
  '/',
  '../../x',
  '\\',
  '{',
  '{}',
  '}{',
  '{}a',
  '%00',
  '"',
  "'; drop",
  'undefined',
  'null',
  '0',
  '-1',
  '\ufeff',
  '\u202e',
  '\ufffd',
  '\uffff',
  '\u{10ffff}',
  '👩‍👩‍👧',
];

/** Strings that look the same or almost, and are not. */
const SIMILAR = [
  'é',
  'e\u0301',
  'A',
  'a',
  'Ａ',
  'ß',
  'ss',
  'İ',
  'i',
  'ı',
  'ﬁ',
  'fi',
  'a\u200b',
  'a ',
  'å',
  'a\u030a',
  'Å',
];

const NO_KEYS: readonly unknown[] = [undefined, null, 0, 1n, true, {}, [], Symbol('a'), new String('a')];

export const keyLaws: readonly Law[] = [
  bothFaces('keys: any well-formed string is a key like any other', async (t) => {
    const map = t.words();
    const watch = await t.watch(t.map());
    const keys = [...HOSTILE, ...SIMILAR];
    for (const [n, key] of keys.entries()) {
      assert.equal(await map.get(key), undefined, `${JSON.stringify(key)} is absent at first`);
      await map.set(key, n);
    }
    for (const [n, key] of keys.entries()) {
      assert.equal(await map.get(key), n, JSON.stringify(key));
      assert.equal(there(await map.entry(key)).key, key);
      assert.equal((await map.set(key, n, { ifValue: n })).ok, true);
      const lock = there(await map.tryLock(key));
      await lock.commit(n);
    }
    assert.equal(await map.count(), keys.length);
    assert.deepEqual(new Set(await collect(map.keys())), new Set(keys));
    const told = (await take(watch, keys.length * 3)).map(({ key }) => key);
    assert.deepEqual(new Set(told), new Set(keys));
    for (const key of keys) assert.equal(await map.delete(key), true, JSON.stringify(key));
    assert.equal(await map.count(), 0);
    assert.equal(Object.keys(Object.prototype).length, 0, 'no prototype was touched');
  }),

  bothFaces('keys: have up to 1,024 bytes of UTF-8, whatever they are made of', async (t) => {
    const map = t.words();
    for (const [letter, bytes] of [
      ['a', 1],
      ['é', 2],
      ['€', 3],
      ['😀', 4],
    ] as const) {
      const filled = letter.repeat(Math.floor(MAX_KEY_BYTES / bytes)) + 'x'.repeat(MAX_KEY_BYTES % bytes);
      assert.equal(Buffer.byteLength(filled), MAX_KEY_BYTES);
      await map.set(filled, 1);
      assert.equal(await map.get(filled), 1);
      assert.equal(there(await map.entry(filled)).key, filled);
      assert.ok((await collect(map.keys({ start: filled }))).includes(filled));
      await mistake(/1[,_]?024/, () => map.set(`${filled}x`, 1));
      await mistake(/1[,_]?024/, () => map.get(`${filled}x`));
    }
    assert.equal(await map.count(), 4);
  }),

  bothFaces('keys: an empty one is refused by every word', async (t) => {
    const map = t.words();
    await everyWord(map, '', 'key');
  }),

  bothFaces('keys: half of a surrogate pair is refused by every word', async (t) => {
    const map = t.words();
    for (const key of ['\ud800', '\udfffa', 'a\ud83d', '\ude00\ud83d']) await everyWord(map, key, 'key');
  }),

  bothFaces('keys: what is no string is refused by every word', async (t) => {
    const map = t.words();
    for (const key of NO_KEYS) await everyWord(map, key, 'key');
  }),
];

async function everyWord(map: Words<number>, bad: unknown, about: string): Promise<void> {
  for (const word of words(map, wrong(bad))) await mistake(about, word);
  assert.equal(await map.count(), 0);
}

function words(map: Words<number>, key: string): (() => unknown)[] {
  return [
    () => map.get(key),
    () => map.entry(key),
    () => map.has(key),
    () => map.getMany(['a', key]),
    () => map.set(key, 1),
    () => map.set(key, 1, { ifAbsent: true }),
    () => map.delete(key),
    () => map.delete(key, { ifPresent: true }),
    () => map.take(key),
    () => map.swap(key, 1),
    () => map.getOrInsert(key, 1),
    () => map.getOrInsertComputed(key, () => 1),
    () => map.update(key, () => 1),
    () => map.add(key, 1),
    () => map.touch(key, 'never'),
    () => map.setMany([[key, 1]]),
    () => map.deleteMany([key]),
    () => map.tryLock(key),
  ];
}
