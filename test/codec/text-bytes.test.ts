// The codecs of text and bytes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytes, text } from '../../src/codec/index.ts';

const refused = { code: 'CODEC' };

test('text: every well-formed string comes back, as UTF-8', () => {
  const codec = text();
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (value) => {
      const cell = codec.encode(value);
      assert.deepEqual(cell, new TextEncoder().encode(value));
      assert.equal(codec.decode(cell), value);
    }),
  );
  assert.equal(codec.decode(codec.encode('\ufeffmarked')), '\ufeffmarked');
  assert.equal(codec.name, 'text');
  assert.equal(codec.numbers, false);
});

test('text: what is no well-formed string is refused, both ways', () => {
  const codec = text();
  for (const value of ['\ud800', 'a\udc00b', 5, undefined, null, {}]) {
    // SAFETY: what a program without types may hand over.
    assert.throws(() => codec.encode(value as string), refused);
  }
  assert.throws(() => codec.decode(5), TypeError);
  assert.throws(() => codec.decode(new Uint8Array([0xc3, 0x28])), TypeError);
});

test('text: the bytes are in memory of their own', () => {
  for (const length of [1, 1024, 1025, 100_000]) {
    const cell = text().encode('x'.repeat(length));
    assert.ok(cell instanceof Uint8Array && cell.constructor === Uint8Array);
    assert.equal(cell.buffer.byteLength, length);
  }
});

test('bytes: are copied on the way in and out', () => {
  const codec = bytes();
  const given = new Uint8Array([1, 2, 3]);
  const cell = codec.encode(given);
  given.fill(9);
  assert.deepEqual(cell, new Uint8Array([1, 2, 3]));
  const read = codec.decode(cell);
  read.fill(8);
  assert.deepEqual(cell, new Uint8Array([1, 2, 3]));
  assert.equal(codec.name, 'bytes');
  assert.equal(codec.numbers, false);
});

test('bytes: a Buffer is taken and reads as a Uint8Array of exact size', () => {
  const codec = bytes();
  const read = codec.decode(codec.encode(Buffer.from('abc')));
  assert.equal(read.constructor, Uint8Array);
  assert.equal(read.buffer.byteLength, 3);
});

test('bytes: everything else is refused', () => {
  const buffer = new ArrayBuffer(2);
  const values: unknown[] = [
    5,
    'text',
    undefined,
    null,
    [1, 2],
    buffer,
    new Int8Array(2),
    new DataView(buffer),
  ];
  for (const value of values) {
    // SAFETY: what a program without types may hand over.
    assert.throws(() => bytes().encode(value as Uint8Array), refused);
  }
  assert.throws(() => bytes().decode(5), TypeError);
});
