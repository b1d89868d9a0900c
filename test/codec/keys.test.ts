// Keys: well-formed strings of 1 to 1,024 bytes, as they are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkKey, textKeys } from '../../src/codec/keys.ts';

test('every well-formed string of 1 to 1,024 bytes is a key and stays as it is', () => {
  for (const key of [
    'a',
    ' ',
    '\0',
    '__proto__',
    'é',
    '😀',
    '\ufeff',
    '\uffff',
    'x'.repeat(1024),
    'é'.repeat(512),
    '中'.repeat(341),
    '😀'.repeat(256),
  ]) {
    assert.equal(textKeys.encode(key), key);
    assert.equal(textKeys.decode(key), key);
  }
  assert.equal(textKeys.name, 'text');
});

test('the limit counts bytes of UTF-8', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 600 }),
      fc.nat(1024),
      (text, padding) => {
        const key = text + 'x'.repeat(padding);
        const fits = Buffer.byteLength(key) <= 1024;
        if (fits) assert.equal(checkKey(key), key);
        else assert.throws(() => checkKey(key), RangeError);
      },
    ),
  );
});

test('what is no key is refused, saying why', () => {
  for (const key of [undefined, null, 5, 5n, {}, ['a'], Symbol('s'), Object('a') as unknown]) {
    assert.throws(() => checkKey(key), { name: 'TypeError', message: /must be a string/ });
  }
  for (const key of ['\ud800', 'a\udfff', '\udc00\ud800', 'x'.repeat(400) + '\ud800']) {
    assert.throws(() => checkKey(key), { name: 'TypeError', message: /surrogate/ });
  }
  assert.throws(() => checkKey(''), { name: 'RangeError', message: /empty/ });
  for (const key of ['x'.repeat(1025), '中'.repeat(342), '😀'.repeat(257), 'x'.repeat(1_000_000)]) {
    assert.throws(() => checkKey(key), { name: 'RangeError', message: /1024 bytes.*got \d+/ });
  }
});

test('a prefix may be empty and longer than a key, but must be well-formed', () => {
  for (const prefix of ['', 'user:', 'x'.repeat(5000)]) assert.equal(textKeys.prefix(prefix), prefix);
  assert.throws(() => textKeys.prefix('\ud83d'), TypeError);
  const noText: unknown = 5;
  // SAFETY: what a program without types may hand over.
  assert.throws(() => textKeys.prefix(noText as string), TypeError);
});
