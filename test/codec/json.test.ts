// The JSON codec, row by row of docs/guides/codecs.md.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StoreError } from '../../src/base/errors.ts';
import { json } from '../../src/codec/index.ts';
import { hostileValues, withZero } from './arbitrary.ts';
import { rowsOf } from './guide.ts';

const codec = json();
const back = (value: unknown): unknown => codec.decode(codec.encode(value));

function refuses(value: unknown, where: string, why = /./): void {
  assert.throws(
    () => codec.encode(value),
    (error) => {
      assert.ok(error instanceof StoreError && error.code === 'CODEC', String(error));
      assert.ok(error.message.startsWith(`${where} `), error.message);
      assert.match(error.message, why);
      return true;
    },
  );
}

const keeps = (...values: readonly unknown[]): void => {
  for (const value of values) assert.deepStrictEqual(back(value), value);
};

const ROWS: Readonly<Record<string, () => void>> = {
  '`null`, booleans, finite numbers, strings': () => {
    keeps(
      null,
      true,
      false,
      0,
      -1.5,
      2 ** 53,
      5e-324,
      '',
      'é😀',
      '\ufeffx',
      '\ud800',
      ['\udc00'],
      { '\ud800': 1 },
      '"\\\u2028',
    );
  },
  'plain objects, dense arrays': () => {
    keeps({}, [], { b: 1, a: [{ c: null }], 7: 'x', constructor: 1, toString: 2 }, [[[]]]);
    assert.deepEqual(Object.keys(back({ b: 1, a: 2 }) as object), ['b', 'a']);
  },
  '`-0`': () => {
    assert.ok(Object.is(back(-0), 0));
    assert.ok(Object.is((back([-0]) as unknown[])[0], 0));
  },
  'an object in several places': () => {
    const shared = { x: 1 };
    const [a, b] = back([shared, shared]) as unknown[];
    assert.deepEqual(a, b);
    assert.notEqual(a, b);
  },
  'an accessor, symbol keys, named fields of arrays, frozen objects': () => {
    const value = {
      get now() {
        return 5;
      },
      [Symbol('s')]: 1,
    };
    assert.deepStrictEqual(Object.getOwnPropertyDescriptor(back(value), 'now')?.value, 5);
    assert.deepStrictEqual(back(/b/.exec('abc')), ['b']);
    assert.equal(Object.isFrozen(back(Object.freeze([]))), false);
  },
  '`undefined`, also as a field': () => {
    refuses(undefined, 'value', /undefined/);
    refuses({ a: [{ 'b c': undefined }] }, 'value.a[0]["b c"]', /undefined/);
    // oxlint-disable-next-line no-sparse-arrays -- the hole is the point
    refuses([1, , 2], 'value[1]', /undefined/);
  },
  '`NaN`, the infinities, BigInt, functions, symbols': () => {
    for (const value of [NaN, Infinity, -Infinity, 1n, () => 0, Symbol('s')]) {
      refuses(value, 'value');
      refuses([value], 'value[0]');
    }
  },
  '`Date`, `Map`, `Set`, bytes, class instances, objects without a prototype': () => {
    const values = [
      new Date(),
      new Map(),
      new Set(),
      new Uint8Array(1),
      Buffer.from('x'),
      new (class A {})(),
      Object.create(null),
      /a/,
      new (class B extends Array {})(),
      Object('s'),
    ];
    for (const value of values as unknown[]) refuses({ value }, 'value.value');
  },
  'objects with `toJSON`': () => refuses({ toJSON: () => 5 }, 'value.toJSON', /function/),
  'cycles, and more than 1,000 levels': () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    assert.throws(() => codec.encode(cycle), { code: 'CODEC', message: /cycle/ });
    let deep: unknown = 1;
    for (let i = 0; i < 1000; i++) deep = [deep];
    keeps(deep);
    assert.throws(() => codec.encode([[deep]]), { code: 'CODEC', message: /1000 levels/ });
  },
  'a key `__proto__`, fields that are not enumerable': () => {
    refuses([JSON.parse('{"__proto__":1}')], 'value[0]', /__proto__/);
    refuses(Object.defineProperty({}, 'a', { value: 1 }), 'value', /enumerable/);
  },
};

for (const [row, check] of Object.entries(ROWS)) test(`json: ${row}`, check);

test('the table in the guide has these rows and no others', () => {
  assert.deepEqual(rowsOf('json'), Object.keys(ROWS).toSorted());
});

test('numbers are cells of their own, other values are the bytes of their JSON', () => {
  assert.equal(codec.name, 'json');
  assert.equal(codec.encode(5), 5);
  assert.equal(codec.decode(5), 5);
  assert.deepEqual(codec.encode({ a: 'é' }), new TextEncoder().encode('{"a":"é"}'));
  const large = codec.encode('x'.repeat(5000));
  assert.ok(large instanceof Uint8Array && large.buffer.byteLength === 5002);
});

test('any value comes back deeply equal or is refused with CODEC', () => {
  fc.assert(
    fc.property(fc.oneof(hostileValues, fc.jsonValue()), (value) => {
      let cell: Uint8Array | number;
      try {
        cell = codec.encode(value);
      } catch (error) {
        assert.ok(error instanceof StoreError && error.code === 'CODEC', String(error));
        return;
      }
      assert.deepStrictEqual(codec.decode(cell), withZero(value));
    }),
    { numRuns: 500 },
  );
});

test('bytes that are no JSON, and no UTF-8, are refused', () => {
  for (const bytes of ['', '{', 'undefined', '[1,]'].map((text) => new TextEncoder().encode(text))) {
    assert.throws(() => codec.decode(bytes), Error);
  }
  assert.throws(() => codec.decode(new Uint8Array([0x22, 0xff, 0x22])), Error);
});
