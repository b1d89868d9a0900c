// docs/guides/codecs.md, row by row.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import vm from 'node:vm';
import { StoreError } from '../../src/base/errors.ts';
import { structured } from '../../src/codec/index.ts';
import { rowsOf } from './guide.ts';

const codec = structured();

function back(value: unknown): unknown {
  const cell = codec.encode(value);
  if (typeof cell !== 'number') {
    assert.equal(cell.buffer.byteLength, cell.length, 'bytes of exact size');
    assert.equal(cell.constructor, Uint8Array);
  }
  return codec.decode(cell);
}

function refuses(value: unknown, where: string, why: RegExp): void {
  assert.throws(
    () => codec.encode(value),
    (error) => {
      assert.ok(error instanceof StoreError && error.code === 'CODEC', String(error));
      assert.ok(error.message.startsWith(`${where} `), error.message);
      assert.match(`${error.message} ${String(error.cause)}`, why);
      return true;
    },
  );
}

/** `true`: comes back deeply equal. A function: asserts what comes back, or that it is refused. */
type Check = readonly unknown[] | (() => void);

const detached = (): Uint8Array => {
  const bytes = new Uint8Array(4);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
};

class Point {
  x = 1;
}

/** By the first cell of each row. */
const ROWS: Readonly<Record<string, Check>> = {
  '`null`, booleans': [null, true, false],
  'numbers, `NaN` and the infinities': [
    0,
    1,
    -1,
    127,
    128,
    255,
    65_536,
    2 ** 32,
    2 ** 53 - 1,
    -(2 ** 53),
    0.1,
    5e-324,
    1.7e308,
    NaN,
    Infinity,
    -Infinity,
    [NaN, 2 ** 31, -129],
  ],
  'BigInt of any size': [
    0n,
    2n ** 63n,
    -(2n ** 63n),
    -(2n ** 63n) - 1n,
    2n ** 64n,
    -(2n ** 70_000n),
    [1n, 1],
  ],
  'well-formed strings': [
    '',
    'é',
    '😀',
    'a'.repeat(100_000),
    '\ufeff',
    '\ufeffé'.repeat(50),
    ['\ufeff'.repeat(30)],
    { ['\ufeff'.repeat(30)]: 1 },
  ],
  'plain objects, in the order of their keys': () => {
    const value = {
      b: 1,
      a: { constructor: 'x', toJSON: 1, hasOwnProperty: 2, __keys__: 3, length: 4, '': 5 },
      7: 0,
    };
    assert.deepStrictEqual(back(value), value);
    assert.deepEqual(Object.keys(back(value) as object), ['7', 'b', 'a']);
    const large = Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`k${i}`, i]));
    assert.deepStrictEqual(back(large), large);
  },
  'objects without a prototype': [
    Object.assign(Object.create(null) as object, { a: 1 }),
    { inner: Object.create(null) as object },
  ],
  '`undefined` within': [{ a: undefined }, [undefined, 1], new Map([[undefined, undefined]])],
  arrays: [[], [1, 'two', [3]], Array.from({ length: 70_000 }, (_, i) => i)],
  '`Map`, with keys of any kind': [
    new Map(),
    new Map<unknown, unknown>([
      [1, 'a'],
      ['1', 'b'],
      [{ x: 1 }, new Map()],
      [NaN, null],
    ]),
  ],
  '`Set`': [new Set(), new Set<unknown>([1, '1', { x: 1 }, new Set([NaN])])],
  'valid dates': [
    new Date(0),
    new Date(-1),
    new Date(1.5e12 + 7),
    new Date(8.64e15),
    new Date(-8.64e15),
    { at: new Date() },
  ],
  'typed arrays, bit by bit': () => {
    const kinds = [
      Int8Array,
      Uint8Array,
      Uint8ClampedArray,
      Int16Array,
      Uint16Array,
      Int32Array,
      Uint32Array,
      Float32Array,
      Float64Array,
    ];
    for (const Kind of kinds)
      assert.deepStrictEqual(back([new Kind([1, 2, 3]), new Kind(0)]), [new Kind([1, 2, 3]), new Kind(0)]);
    for (const Kind of [BigInt64Array, BigUint64Array])
      assert.deepStrictEqual(back(new Kind([1n, 2n])), new Kind([1n, 2n]));
    const bits = new BigUint64Array([0x7ff8_0000_dead_beefn, 0x8000_0000_0000_0000n]);
    const floats = back(new Float64Array(bits.buffer));
    assert.ok(floats instanceof Float64Array);
    assert.deepEqual(new BigUint64Array(floats.buffer), bits);
  },
  '`Buffer`': [Buffer.from('abc'), { large: Buffer.alloc(100_000, 7) }],
  '`ArrayBuffer`, `DataView`': [
    new Uint8Array([1, 2, 3]).buffer,
    new DataView(new Uint8Array([1, 2, 3]).buffer),
    new ArrayBuffer(0),
  ],
  'an object in several places, and cycles': () => {
    const shared = { x: 1 };
    const value: Record<string, unknown> = { a: shared, b: [shared], at: new Date(0) };
    value['again'] = value['at'];
    value['self'] = value;
    value['map'] = new Map([[value, value]]);
    const got = back(value) as typeof value;
    assert.equal(got['self'], got);
    assert.equal(got['a'], (got['b'] as unknown[])[0]);
    assert.equal(got['at'], got['again']);
    assert.equal((got['map'] as Map<unknown, unknown>).get(got), got);
    const [twin, other] = back([shared, { x: 1 }]) as unknown[];
    assert.notEqual(twin, other);
  },
  'values of any depth': () => {
    let list: unknown = 'end';
    for (let i = 0; i < 100_000; i++) list = { next: list };
    let got = back(list);
    for (let i = 0; i < 100_000; i++) got = (got as { next: unknown }).next;
    assert.equal(got, 'end');
  },
  '`-0`': () => {
    for (const value of [-0, [-0], { a: -0 }, new Map([['a', -0]])]) {
      const text = JSON.stringify(value instanceof Map ? [...value] : value);
      const got = back(value);
      assert.equal(JSON.stringify(got instanceof Map ? [...got] : got), text);
      assert.ok(
        Object.is(
          [got instanceof Map ? got.get('a') : got]
            .flat()
            .map((each) => (typeof each === 'object' && each !== null ? Reflect.get(each, 'a') : each))[0],
          0,
        ),
      );
    }
  },
  'an accessor': () => {
    const value = {
      get now() {
        return 5;
      },
    };
    assert.deepStrictEqual(Object.getOwnPropertyDescriptor(back(value), 'now'), {
      value: 5,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  },
  'symbol keys': () => assert.deepStrictEqual(back({ a: 1, [Symbol('s')]: 2 }), { a: 1 }),
  'named fields of arrays, typed arrays': () => {
    assert.deepStrictEqual(back(/b/.exec('abc')), ['b']);
    assert.deepStrictEqual(back(Object.assign(new Uint8Array(1), { note: 'x' })), new Uint8Array(1));
  },
  'frozen, sealed objects': () => assert.equal(Object.isFrozen(back(Object.freeze({ a: 1 }))), false),
  'a view of part of a buffer': () => {
    const whole = new Uint8Array([1, 2, 3, 4]);
    const got = back([whole.subarray(1, 3), new DataView(whole.buffer, 2, 1), whole.subarray(1, 3)]) as [
      Uint8Array,
      DataView,
      Uint8Array,
    ];
    assert.deepEqual([...got[0]], [2, 3]);
    assert.equal(got[0].buffer.byteLength, 2);
    assert.equal(got[1].byteOffset + got[1].getUint8(0), 3);
    assert.notEqual(got[0].buffer, got[2].buffer);
    const shared = new Uint8Array(new SharedArrayBuffer(2)).fill(7);
    assert.deepStrictEqual(back(shared), new Uint8Array([7, 7]));
  },
  'plain objects, arrays of another realm': () => {
    const foreign: unknown = vm.runInNewContext('({ a: [1, { b: 2 }] })');
    assert.deepStrictEqual(back(foreign), { a: [1, { b: 2 }] });
  },
  '`undefined` itself': () => refuses(undefined, 'value', /absent/),
  'functions, symbols': () => {
    refuses(() => 0, 'value', /function/);
    refuses({ a: [Symbol('s')] }, 'value.a[0]', /symbol/);
    refuses({ toJSON: () => 5 }, 'value.toJSON', /function/);
  },
  'instances of classes': () => {
    refuses({ p: new Point() }, 'value.p', /Point/);
    for (const value of [
      new (class List extends Array {})(),
      new (class Dictionary extends Map {})(),
      new (class Day extends Date {})(),
      Object.create({ a: 1 }) as object,
    ]) {
      refuses([value], 'value[0]', /instance|subclass/);
    }
    refuses(new Map([['k', new Point()]]), 'value.<value 0>', /Point/);
    refuses(new Set([1, new Point()]), 'value.<item 1>', /Point/);
  },
  'boxed primitives, promises, weak collections, generators': () => {
    for (const value of [
      Object('s'),
      Object(1),
      Object(1n),
      Promise.resolve(),
      new WeakMap(),
      new WeakSet(),
      (function* () {
        yield 1;
      })(),
      globalThis,
      Math,
      new URL('a:b'),
    ] as unknown[]) {
      refuses([value], 'value[0]', /./);
    }
  },
  '`Error`, `RegExp`': () => {
    refuses(new TypeError('x'), 'value', /Error.*stack/);
    refuses(/a/g, 'value', /RegExp.*source/);
  },
  'invalid dates': () => refuses({ 'first day': new Date(NaN) }, 'value["first day"]', /invalid date/),
  'strings with half of a surrogate pair, as values or keys': () => {
    refuses(['\ud800'], 'value[0]', /surrogate/);
    refuses({ ['\udc00x']: 1 }, 'value["\\udc00x"]', /surrogate/);
  },
  'a key `__proto__`': () => refuses([JSON.parse('{"__proto__":1}')], 'value[0].__proto__', /prototype/),
  'holes in arrays': () => {
    // oxlint-disable-next-line no-sparse-arrays -- the hole is the point
    refuses({ a: [1, , 3] }, 'value.a[1]', /hole/);
    refuses(Object.assign([], { length: 4_000_000_000 }), 'value[0]', /hole/);
  },
  'fields that are not enumerable': () => {
    refuses(Object.defineProperty({ a: 1 }, 'b', { value: 2 }), 'value', /enumerable/);
    refuses(
      (function () {
        return arguments;
      })(),
      'value',
      /enumerable/,
    );
  },
  'fields on a `Map`, `Set`, `Date` or `ArrayBuffer`': () => {
    refuses(Object.assign(new Map(), { a: 1 }), 'value', /fields/);
    refuses(Object.assign(new Set(), { a: 1 }), 'value', /fields/);
    refuses(Object.assign(new Date(0), { a: 1 }), 'value', /fields/);
    refuses(Object.assign(new ArrayBuffer(1), { a: 1 }), 'value', /./);
  },
  '`SharedArrayBuffer`, resizable or detached buffers': () => {
    refuses(detached(), 'value', /detached/);
    refuses(new SharedArrayBuffer(4), 'value', /SharedArrayBuffer/);
    // SAFETY: the option is a year ahead of the language level of the types.
    const resizable = Reflect.construct(ArrayBuffer, [4, { maxByteLength: 8 }]) as ArrayBuffer;
    refuses(resizable, 'value', /./);
  },
  'what throws when it is looked at': () => {
    const reason = new Error('not for you');
    const value = {
      get secret() {
        throw reason;
      },
    };
    assert.throws(() => codec.encode(value), { code: 'CODEC', cause: reason });
    assert.throws(() => codec.encode(Object.create(Map.prototype)), { code: 'CODEC' });
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    assert.throws(() => codec.encode(proxy), { code: 'CODEC' });
  },
};

for (const [row, check] of Object.entries(ROWS)) {
  test(`structured: ${row}`, () => {
    if (typeof check === 'function') return check();
    for (const value of check) {
      assert.deepStrictEqual(back(value), value);
      assert.deepStrictEqual(back([{ in: value }]), [{ in: value }]);
      assert.deepStrictEqual(back(new Map([['in', value]])), new Map([['in', value]]));
    }
  });
}

test('the table in the guide has these rows and no others', () => {
  assert.deepEqual(rowsOf('structured'), Object.keys(ROWS).toSorted());
});
