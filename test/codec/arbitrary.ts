// Values for property tests of codecs.
import fc from 'fast-check';

const texts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 10 }),
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.string({ unit: 'binary-ascii', maxLength: 300 }),
  fc.string({ unit: 'binary', maxLength: 80 }).map((text) => `\ufeff${text}`),
  fc.constantFrom('', 'constructor', 'toJSON', 'length', '__keys__', 'hasOwnProperty', 'buffer', 'toString'),
);

const fieldNames = texts.filter((name) => name !== '__proto__');

const numbers = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.nat(200),
  fc.constantFrom(-0, NaN, Infinity),
);

const bigints = fc.oneof(
  fc.bigInt(),
  fc.bigInt(-(2n ** 64n), 2n ** 64n),
  fc.bigInt(-(2n ** 300n), 2n ** 300n),
);

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array)),
  fc.int8Array(),
  fc.uint8ClampedArray(),
  fc.int16Array(),
  fc.uint16Array(),
  fc.int32Array(),
  fc.uint32Array(),
  fc.float32Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
  fc.bigUint64Array(),
  fc.uint8Array({ maxLength: 40 }).map((array) => array.slice().buffer),
  fc.uint8Array({ maxLength: 40 }).map((array) => new DataView(array.slice().buffer)),
);

const leaves = fc.oneof(
  texts,
  numbers,
  bigints,
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.date({ noInvalidDate: true }),
  bytes,
);

/** Values the structured codec takes, without cycles. Never `undefined` at the top. */
export const treeValues: fc.Arbitrary<unknown> = fc
  .letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaves,
      fc.array(tie('tree'), { maxLength: 20 }),
      fc.dictionary(fieldNames, tie('tree'), { maxKeys: 20 }),
      fc.array(fc.tuple(tie('tree'), tie('tree')), { maxLength: 5 }).map((entries) => new Map(entries)),
      fc.array(tie('tree'), { maxLength: 5 }).map((items) => new Set(items)),
    ),
  }))
  .tree.filter((value) => value !== undefined);

class Point {
  x = 1;
}

/** Values with something in them that the codec must refuse, most of the time. */
export const hostileValues: fc.Arbitrary<unknown> = fc
  .anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    withObjectString: true,
    withTypedArray: true,
    withUnicodeString: true,
    values: [
      leaves,
      fc.constant(new Date(NaN)),
      // oxlint-disable-next-line no-sparse-arrays -- the hole is the point
      fc.constant([1, , 3]),
      fc.constant(Symbol('s')),
      fc.func(fc.nat()),
      fc.constant(new Point()),
      fc.constant('\ud800'),
      fc.constant(new Error('e')),
      fc.constant(/r/g),
      fc.constant(new SharedArrayBuffer(4)),
      fc.constant(JSON.parse('{"__proto__":1}')),
    ],
  })
  .filter((value) => value !== undefined);

/** The value with -0 as 0, the one change that is listed. */
export function withZero(value: unknown): unknown {
  if (typeof value === 'number') return value === 0 ? 0 : value;
  if (Array.isArray(value)) return value.map(withZero);
  if (value instanceof Map) return new Map([...value].map(([key, each]) => [withZero(key), withZero(each)]));
  if (value instanceof Set) return new Set([...value].map(withZero));
  if (typeof value !== 'object' || value === null) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const copy = Object.create(prototype) as Record<string, unknown>;
  for (const [key, field] of Object.entries(value)) copy[key] = withZero(field);
  return copy;
}
