import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { deepEqual } from '../../src/base/deep-equal.ts';

class Point {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
}

function ring(length: number): unknown {
  const first: Record<string, unknown> = { n: 0 };
  let last = first;
  for (let n = 1; n < length; n++) last = last['next'] = { n: 0 } as Record<string, unknown>;
  last['next'] = first;
  return first;
}

const shared = { deep: [1] };

const EQUAL: readonly (readonly [what: string, a: unknown, b: unknown])[] = [
  ['NaN', Number.NaN, Number.NaN],
  ['zeros', 0, -0],
  ['fields in another order', { a: 1, b: 2 }, { b: 2, a: 1 }],
  ['objects without a prototype', Object.create(null), Object.create(null)],
  ['instances of one class', new Point(1), new Point(1)],
  ['dates', new Date(5), new Date(5)],
  ['dates that are none', new Date(Number.NaN), new Date(Number.NaN)],
  ['floats with NaN', new Float64Array([Number.NaN, 0]), new Float64Array([Number.NaN, -0])],
  ['views of other buffers', new Uint8Array([9, 1, 2]).subarray(1), new Uint8Array([1, 2])],
  ['buffers', new Uint8Array([1]).buffer, new Uint8Array([1]).buffer],
  [
    'maps in another order',
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
    new Map([
      ['b', 2],
      ['a', 1],
    ]),
  ],
  [
    'maps with objects as keys',
    new Map([
      [{ a: 1 }, 1],
      [{ a: 2 }, 2],
    ]),
    new Map([
      [{ a: 2 }, 2],
      [{ a: 1 }, 1],
    ]),
  ],
  ['sets of objects', new Set([{ a: 1 }, { a: 2 }]), new Set([{ a: 2 }, { a: 1 }])],
  ['errors', new RangeError('x'), new RangeError('x')],
  ['expressions', /a/g, /a/g],
  ['boxed', Object(1n), Object(1n)],
  ['cycles', ring(3), ring(3)],
  ['shared here and copied there', [shared, shared], [{ deep: [1] }, { deep: [1] }]],
];

const UNEQUAL: readonly (readonly [what: string, a: unknown, b: unknown])[] = [
  ['a field that is undefined', { a: undefined }, {}],
  ['other fields of one count', { a: undefined }, { b: undefined }],
  ['an array and an object', [1], { 0: 1 }],
  ['classes', new Point(1), { x: 1 }],
  ['null and an object', null, {}],
  ['holes', Array(1), [undefined]],
  ['lengths of sparse arrays', Array(1), Array(2)],
  ['kinds of typed arrays', new Uint8Array(1), new Int8Array(1)],
  ['a set and its items', new Set([1]), new Set([2])],
  ['sets whose items share a partner', new Set([{ a: 1 }, { a: 1 }]), new Set([{ a: 1 }, { a: 2 }])],
  ['maps', new Map([['a', { b: 1 }]]), new Map([['a', { b: 2 }]])],
  ['a missing key and undefined', new Map([['a', undefined]]), new Map([['b', undefined]])],
  ['expressions', /a/g, /a/i],
  ['errors', new Error('x'), new Error('y')],
  ['boxed', Object(1), Object(2)],
  ['symbol fields', { [Symbol.iterator]: 1 }, { [Symbol.iterator]: 2 }],
  ['functions', () => 1, () => 1],
  ['promises', Promise.resolve(1), Promise.resolve(1)],
  ['weak maps', new WeakMap(), new WeakMap()],
  ['cycles that run otherwise', ring(2), ring(3)],
  ['lengths', [1], [1, 2]],
  ['buffers', new Uint8Array([1]).buffer, new Uint8Array([2]).buffer],
];

for (const [what, a, b] of EQUAL) {
  test(`deepEqual: equal are ${what}`, () => {
    assert.equal(deepEqual(a, b), true);
    assert.equal(deepEqual(b, a), true);
  });
}

for (const [what, a, b] of UNEQUAL) {
  test(`deepEqual: not equal are ${what}`, () => {
    assert.equal(deepEqual(a, b), false);
    assert.equal(deepEqual(b, a), false);
  });
}

test('deepEqual: a value that is shared many times over is compared once', () => {
  const nest = (depth: number): unknown => {
    let value: unknown = [];
    for (let i = 0; i < depth; i++) value = [value, value];
    return value;
  };
  assert.equal(deepEqual(nest(60), nest(60)), true);
});

test('deepEqual: agrees with the one of Node.js on data', () => {
  const data = fc.anything({
    withMap: true,
    withSet: true,
    withDate: true,
    withBigInt: true,
    withTypedArray: true,
  });
  fc.assert(
    fc.property(data, data, (a, b) => {
      assert.equal(deepEqual(a, structuredClone(a)), true);
      // Node.js tells the zeros apart.
      if (!/-0|-0\.0/.test(fc.stringify([a, b]))) assert.equal(deepEqual(a, b), isDeepStrictEqual(a, b));
    }),
    { numRuns: 2_000 },
  );
});
