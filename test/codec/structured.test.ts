// How the structured codec treats memory, numbers and hostile bytes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { structured } from '../../src/codec/index.ts';

const codec = structured();

test('finite numbers are cells of their own, other values are bytes', () => {
  assert.equal(codec.name, 'structured');
  assert.equal(codec.numbers, true);
  for (const value of [0, -1, 0.5, 2 ** 53 - 1]) assert.equal(codec.encode(value), value);
  assert.ok(Object.is(codec.encode(-0), 0));
  for (const value of [NaN, Infinity, 5n, '5', null]) assert.ok(codec.encode(value) instanceof Uint8Array);
  assert.equal(codec.decode(7), 7);
});

test('the bytes are in memory of their own, and decoding neither keeps nor changes them', () => {
  const value = {
    bytes: new Uint8Array([1, 2, 3]),
    buffer: Buffer.from([4, 5]),
    floats: new Float64Array([0.5]),
    text: 'x'.repeat(50),
  };
  for (const size of [1, 20_000]) {
    const given = { ...value, padding: 'p'.repeat(size) };
    const cell = codec.encode(given);
    const other = codec.encode({ another: 'value' });
    assert.ok(cell instanceof Uint8Array && other instanceof Uint8Array);
    assert.notEqual(cell.buffer, other.buffer);
    const before = cell.slice();
    const first = codec.decode(cell) as typeof given;
    assert.deepEqual(Object.keys(cell), Object.keys(before), 'nothing is attached to the bytes');
    assert.deepEqual(Object.getOwnPropertyNames(cell), Object.getOwnPropertyNames(before));
    first.bytes.fill(9);
    first.buffer.fill(9);
    first.floats.fill(9);
    assert.deepEqual(cell, before);
    cell.fill(0);
    assert.deepEqual([...first.bytes, ...first.buffer, ...first.floats], [9, 9, 9, 9, 9, 9]);
  }
});

test('bytes that lie in the middle of a larger memory are read where they lie', () => {
  for (const value of [{ a: [1, 'x', new Uint8Array(5)] }, 'y'.repeat(30_000), new Map([[1, 2]])]) {
    const cell = codec.encode(value);
    assert.ok(cell instanceof Uint8Array);
    const memory = new Uint8Array(cell.length + 64).fill(0xff);
    memory.set(cell, 32);
    assert.deepEqual(codec.decode(memory.subarray(32, 32 + cell.length)), value);
  }
});

test('a field that misleads msgpackr does not spoil the values that follow', () => {
  for (let i = 0; i < 3; i++) {
    for (const value of [
      { a: 1, __keys__: 2 },
      { a: 1 },
      new Map([['m', { a: 1, __keys__: 2 }]]),
      [{ a: 1 }, new Map()],
    ]) {
      assert.deepStrictEqual(codec.decode(codec.encode(value)), value);
    }
  }
});

test('a getter that encodes another value in the middle disturbs neither', () => {
  const shared = { x: 1 };
  const inner = { y: [2] };
  const cells: (Uint8Array | number)[] = [];
  const outer = {
    first: shared,
    get trap() {
      cells.push(codec.encode([inner, inner]));
      return codec.decode(codec.encode('answer'));
    },
    last: shared,
  };
  const got = codec.decode(codec.encode(outer)) as typeof outer;
  assert.deepEqual(got, { first: { x: 1 }, trap: 'answer', last: { x: 1 } });
  assert.equal(got.first, got.last);
  assert.ok(cells.length > 0);
  for (const cell of cells) {
    const [a, b] = codec.decode(cell) as unknown[];
    assert.equal(a, b);
  }
});

const hostile: Readonly<Record<string, readonly number[]>> = {
  'no bytes': [],
  'only the mark of a graph': [0xc1],
  'a graph that is none': [0xc1, 0x05],
  'a graph without nodes': [0xc1, 0x90],
  'a graph of an unknown tag': [0xc1, 0x91, 0x91, 0x63],
  'a graph that points outside': [0xc1, 0x91, 0x92, 0x02, 0x91, 0x07],
  'a graph that points at a half': [0xc1, 0x91, 0x92, 0x02, 0x91, 0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0],
  'a graph with a key that is none': [0xc1, 0x91, 0x93, 0x00, 0x05, 0x01],
  'a leaf that is an object': [0xc1, 0x91, 0x92, 0x05, 0x80],
  'an array of four billion': [0xdd, 0xff, 0xff, 0xff, 0xff],
  'arrays of many within arrays of many': [0xdd, 0, 0, 0x10, 0, 0xdd, 0, 0, 0x10, 0],
  'a map of four billion': [0xdf, 0xff, 0xff, 0xff, 0xff, 0xa1, 0x61, 0x01],
  'a string of four gigabytes': [0xdb, 0xff, 0xff, 0xff, 0xff, 0x61],
  'bytes of four gigabytes': [0xc6, 0xff, 0xff, 0xff, 0xff, 0x61],
  'a big integer of four gigabytes': [0xc9, 0xff, 0xff, 0xff, 0xff, 0x42, 0x61],
  'an undefined value': [0xd4, 0x00, 0x00],
  'an unknown extension': [0xd4, 0x7f, 0x00],
  'a pointer to nothing': [0xd6, 0x70, 0, 0, 0, 1],
  'more than one value': [0x01, 0x02],
  'depth without end': Array.from({ length: 16_000 }, () => 0x91),
};

for (const [what, bytes] of Object.entries(hostile)) {
  test(`hostile bytes are refused: ${what}`, () => {
    const before = process.memoryUsage().arrayBuffers;
    assert.throws(() => codec.decode(new Uint8Array(bytes)), Error);
    assert.ok(process.memoryUsage().arrayBuffers - before < 10_000_000);
    assert.deepEqual(codec.decode(codec.encode({ still: 'well' })), { still: 'well' });
  });
}

test('hostile bytes cannot reach a prototype', () => {
  const plain = codec.decode(
    new Uint8Array([0x81, 0xa9, ...Buffer.from('__proto__'), 0x81, 0xa1, 0x78, 0x01]),
  );
  assert.equal(Object.getPrototypeOf(plain), Object.prototype);
  assert.equal(Reflect.get(plain as object, 'x'), undefined);
  assert.throws(() =>
    codec.decode(new Uint8Array([0xc1, 0x91, 0x93, 0x00, 0xa9, ...Buffer.from('__proto__'), 0x01])),
  );
  assert.equal(Reflect.get({}, 'x'), undefined);
});

test('hostile bytes cannot read what other values left behind', () => {
  const secret = 'correct horse battery staple';
  const victim = codec.encode(['x'.repeat(40), secret, 'another']);
  assert.ok(victim instanceof Uint8Array);
  const secretAt = Buffer.from(victim).indexOf(secret) - 1;
  // Two bundles of strings: msgpackr looks for the first behind the end that it was given, and for the
  // second, of two empty strings, right before the end, where it must arrive.
  const behind = [0xd6, 0x62, 0, 0, 0, secretAt - 3, 0xc1, 0x100 - secret.length];
  const hostile = new Uint8Array([0x92, ...behind, 0xd6, 0x62, 0, 0, 0, 5, 0xc0, 0xa0, 0xa0]);
  assert.ok(hostile.length < secretAt);
  assert.deepEqual(codec.decode(victim), ['x'.repeat(40), secret, 'another']);
  let got: unknown;
  try {
    got = codec.decode(hostile);
  } catch {
    return;
  }
  assert.doesNotMatch(JSON.stringify(got), /horse/);
});
