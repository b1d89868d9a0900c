// Keys of every type against the order that one can see: as numbers, by time, element by element.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareUtf8 } from '../../src/base/utf8.ts';
import {
  bigintKeys,
  booleanKeys,
  bytesKeys,
  dateKeys,
  integerKeys,
  mixedKeys,
  numberKeys,
  tupleKeys,
} from '../../src/codec/keys/index.ts';
import type { MixedKey } from '../../src/codec/keys/index.ts';
import { textKeys } from '../../src/codec/keys.ts';
import type { KeyCodec } from '../../src/contract/codec.ts';

type Order<Key> = (a: Key, b: Key) => number;

const byValue: Order<number | bigint | boolean> = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const byBytes: Order<string | Uint8Array> = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));

const texts = fc.string({ unit: 'binary', maxLength: 8 });
const marks = fc.string({ unit: fc.constantFrom('\0', '\u0001', '\u0002', 'a'), maxLength: 6 });
const anyText = fc.oneof(texts, marks);
const integers = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -1_000, max: 1_000 }),
  fc.constantFrom(0, -1, 1, 9, 10, -9, -10, 99, 100, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
);
const floats = fc.oneof(
  fc.double({ noNaN: true }).map((n) => n + 0),
  integers,
  fc.constantFrom(5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, Infinity, -Infinity, 0.1, -0.1),
);
const bigints = fc.oneof(fc.bigInt(), fc.bigInt(-100n, 100n), fc.bigInt(-(2n ** 900n), 2n ** 900n));
const dates = fc.date({ noInvalidDate: true });
const bytes = fc.uint8Array({ maxLength: 12 });

/** The codec keeps the order, and what is read back is what was written. */
function keeps<Key>(codec: KeyCodec<Key>, keys: fc.Arbitrary<Key>, order: Order<Key>, numRuns = 1_000): void {
  fc.assert(
    fc.property(keys, keys, (a, b) => {
      const [x, y] = [codec.encode(a), codec.encode(b)];
      assert.equal(Math.sign(compareUtf8(x, y)), Math.sign(order(a, b)), `${x} ${y}`);
      assert.equal(Math.sign(compareUtf8(x, y)), Math.sign(Buffer.compare(Buffer.from(x), Buffer.from(y))));
      assert.deepEqual(codec.decode(x), a);
    }),
    { numRuns },
  );
}

test('integers sort as numbers', () => keeps(integerKeys, integers, byValue));
test('numbers sort as numbers', () => keeps(numberKeys, floats, byValue));
test('bigints sort as numbers', () => keeps(bigintKeys, bigints, byValue));
test('booleans: false, true', () => keeps(booleanKeys, fc.boolean(), byValue, 20));
test('dates sort by time', () => keeps(dateKeys, dates, (a, b) => a.getTime() - b.getTime()));
test('bytes sort as Buffer.compare does', () => keeps(bytesKeys, bytes, byBytes));

test('tuples sort by their first element, then the second', () => {
  const codec = tupleKeys(textKeys, integerKeys, bytesKeys);
  const keys = fc.tuple(anyText, integers, bytes) as fc.Arbitrary<readonly [string, number, Uint8Array]>;
  keeps(codec, keys, (a, b) => byBytes(a[0], b[0]) || byValue(a[1], b[1]) || byBytes(a[2], b[2]));
  const nested = tupleKeys(tupleKeys(textKeys, booleanKeys), textKeys);
  const pairs = fc.tuple(fc.tuple(anyText, fc.boolean()), anyText) as fc.Arbitrary<
    readonly [readonly [string, boolean], string]
  >;
  keeps(
    nested,
    pairs,
    (a, b) => byBytes(a[0][0], b[0][0]) || byValue(a[0][1], b[0][1]) || byBytes(a[1], b[1]),
  );
});

const mixed: fc.Arbitrary<MixedKey> = fc.letrec<{ key: MixedKey }>((tie) => ({
  key: fc.oneof(
    { maxDepth: 3 },
    anyText,
    floats,
    fc.bigInt(),
    fc.boolean(),
    dates,
    bytes,
    fc.array(tie('key'), { maxLength: 3 }),
  ),
})).key;

function typeOf(key: MixedKey): number {
  if (typeof key === 'object') return key instanceof Date ? 3 : key instanceof Uint8Array ? 4 : 6;
  return ['boolean', 'number', 'bigint', '', '', 'string'].indexOf(typeof key);
}

function byType(a: MixedKey, b: MixedKey): number {
  if (typeOf(a) !== typeOf(b)) return typeOf(a) - typeOf(b);
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime();
  if (a instanceof Uint8Array || typeof a === 'string') return byBytes(a, b as string);
  if (!Array.isArray(a) || !Array.isArray(b)) return byValue(a as number, b as number);
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = byType(a[i] as MixedKey, b[i] as MixedKey);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

test('mixed keys sort by type, then by value', () => keeps(mixedKeys, mixed, byType, 3_000));

test('a prefix of a tuple is what begins with its elements, and nothing else', () => {
  const codec = tupleKeys(textKeys, integerKeys, textKeys);
  const near = fc.constantFrom('', 'a', 'ab', 'a\0', '\0', '\u0001');
  const keys = fc.tuple(near, fc.integer({ min: 0, max: 2 }), near) as fc.Arbitrary<
    readonly [string, number, string]
  >;
  fc.assert(
    fc.property(keys, keys, fc.integer({ min: 0, max: 3 }), (key, other, length) => {
      const prefix = other.slice(0, length) as [string];
      const begins = prefix.every((element, i) => element === key[i]);
      assert.equal(codec.encode(key).startsWith(codec.prefix(prefix)), begins);
    }),
  );
  fc.assert(
    fc.property(mixed, mixed, (key, other) => {
      if (!Array.isArray(key) || !Array.isArray(other)) return;
      const begins = other.every(
        (element, i) => i < key.length && byType(element as MixedKey, key[i] as MixedKey) === 0,
      );
      assert.equal(mixedKeys.encode(key).startsWith(mixedKeys.prefix(other)), begins);
    }),
  );
  assert.equal(mixedKeys.encode('key1').startsWith(mixedKeys.prefix('key')), true);
  assert.equal(mixedKeys.encode(['key1']).startsWith(mixedKeys.prefix('key')), false);
});

test('small numbers and texts can be read by people', () => {
  assert.deepEqual(
    [7, 123, 0, -5, -123].map((key) => integerKeys.encode(key)),
    ['a7', 'c123', 'a0', 'Z4', 'X876'],
  );
  assert.equal(tupleKeys(textKeys, integerKeys).encode(['user', 7]), 'user\0a7\0');
  assert.equal(mixedKeys.encode('key1'), '6key1');
});

test('-0 is 0, and what has no place in the order is refused', () => {
  assert.equal(numberKeys.encode(-0), numberKeys.encode(0));
  assert.equal(integerKeys.encode(-0), 'a0');
  assert.equal(mixedKeys.encode(-0), mixedKeys.encode(0));
  assert.throws(() => numberKeys.encode(Number.NaN), RangeError);
  assert.throws(() => mixedKeys.encode([1, [Number.NaN]]), RangeError);
  for (const key of [0.5, 2 ** 53, Infinity, Number.NaN])
    assert.throws(() => integerKeys.encode(key), RangeError);
  assert.throws(() => dateKeys.encode(new Date('no date')), RangeError);
  assert.throws(() => bigintKeys.encode(10n ** 1_030n), RangeError);
  const deep = Array.from({ length: 9 }).reduce<MixedKey>((inner) => [inner], 1);
  assert.throws(() => mixedKeys.encode(deep), /deep/);
  for (const key of [undefined, null, {}, Symbol('a'), () => 1, new Map()]) {
    for (const codec of [integerKeys, numberKeys, bigintKeys, booleanKeys, dateKeys, bytesKeys, mixedKeys]) {
      assert.throws(() => codec.encode(key as never), TypeError);
    }
    assert.throws(() => tupleKeys(textKeys).encode([key as never]), TypeError);
    assert.throws(() => tupleKeys(textKeys).encode(key as never), TypeError);
  }
  assert.throws(
    () => tupleKeys(textKeys, textKeys).encode(['a'] as never),
    /array of 2 elements, got an array of 1/,
  );
  const sparse: string[] = [];
  sparse[1] = 'a';
  // A key that lacks an element would be stored, and never be read again.
  assert.throws(() => tupleKeys(textKeys, textKeys).encode(sparse as never), TypeError);
  assert.throws(() => tupleKeys(textKeys, textKeys).prefix(sparse as never), TypeError);
  assert.throws(() => mixedKeys.encode(sparse as never), TypeError);
  assert.throws(() => tupleKeys(textKeys).prefix(['a', 'b'] as never), /at most 1/);
  assert.throws(() => tupleKeys(textKeys).encode(['\ud800']), /well-formed/);
  assert.throws(() => tupleKeys(...([] as unknown as [KeyCodec<string>])), TypeError);
  assert.throws(() => tupleKeys({ name: 'x' } as unknown as KeyCodec<string>), /key codecs/);
  assert.throws(() => integerKeys.prefix(1 as never), /no prefixes/);
  assert.throws(() => mixedKeys.prefix(1 as never), TypeError);
});

test('only what a codec wrote is read by it', () => {
  const codecs: readonly KeyCodec<unknown>[] = [
    integerKeys,
    numberKeys,
    bigintKeys,
    booleanKeys,
    dateKeys,
    bytesKeys,
    tupleKeys(textKeys, integerKeys),
    mixedKeys,
  ];
  const foreign = fc.oneof(
    texts,
    fc.string({ maxLength: 6 }),
    fc.string({
      unit: fc.constantFrom('0', '1', '7', 'a', 'Z', 'z', 'A', '\0', '\u0001', '-'),
      maxLength: 8,
    }),
  );
  fc.assert(
    fc.property(foreign, fc.constantFrom(...codecs), (text, codec) => {
      let key: unknown;
      try {
        key = codec.decode(text);
      } catch (error) {
        assert.ok(error instanceof TypeError || error instanceof RangeError);
        return;
      }
      assert.equal(codec.encode(key), text);
    }),
    { numRuns: 5_000 },
  );
});
