// Small arrays of bytes that share memory and nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, structured } from 'samemap';
import { Slab, slabCopy } from '../../src/codec/slab.ts';

test('slab: pieces are zeros of their own, on whole words', () => {
  const slab = new Slab();
  const pieces: Uint8Array[] = [];
  for (let n = 0; n < 1_000; n++) {
    const piece = slab.cut(n % 300);
    assert.ok(piece !== undefined);
    assert.equal(piece.length, n % 300);
    assert.equal(piece.byteOffset, slab.at * 4);
    assert.ok(piece.every((byte) => byte === 0));
    pieces.push(piece.fill(n));
  }
  for (const [n, piece] of pieces.entries()) assert.ok(piece.every((byte) => byte === (n & 255)));
  assert.equal(slab.cut(5_000), undefined);
});

test('slab: a copy is the copier’s own, and nobody can give its memory away', () => {
  const source = Uint8Array.of(1, 2, 3);
  const copy = slabCopy(source);
  source[0] = 9;
  assert.deepEqual([...copy], [1, 2, 3]);
  try {
    structuredClone(copy, { transfer: [copy.buffer as ArrayBuffer] });
  } catch (error) {
    // Where Node.js refuses rather than copies.
    assert.equal((error as Error).name, 'DataCloneError');
  }
  assert.deepEqual([...copy], [1, 2, 3]);
  assert.deepEqual(slabCopy(new Uint8Array(5_000).fill(7)), new Uint8Array(5_000).fill(7));
});

test('slab: what a codec lends is what it encodes', () => {
  const value = Uint8Array.of(5, 6);
  const lent = bytes().lend?.(value);
  assert.deepEqual(lent, bytes().encode(value));
  assert.notEqual(lent, value);
  const codec = structured();
  for (const one of [{ a: [1, 'x'] }, new Map([[1, { b: 2 }]]), 7]) {
    assert.deepEqual(codec.lend?.(one), codec.encode(one));
  }
});
