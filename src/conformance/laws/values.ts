import assert from 'node:assert/strict';
import { collect, fault, there } from '../assertions.ts';
import { bothFaces } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { take } from '../reading.ts';

/** Values of the default codec, made afresh each time. */
function sorts(): unknown[] {
  const shared = { n: 1 };
  const ring: { self?: unknown } = {};
  ring.self = ring;
  return [
    0,
    -1.5,
    Number.MAX_SAFE_INTEGER,
    5e-324,
    Number.NaN,
    -Infinity,
    '',
    'grüße 😀 \0',
    true,
    false,
    null,
    0n,
    -(2n ** 100n),
    {},
    { a: 1, b: undefined, '': { c: [] } },
    { constructor: 1, toString: 'x', length: -1 },
    [],
    [1, undefined, null, [[]]],
    new Date(0),
    new Date(-62_198_755_200_000),
    new Map<unknown, unknown>([
      [1, 'a'],
      [{ k: 1 }, new Map()],
    ]),
    new Set([1, 'a', null]),
    new Uint8Array([0, 128, 255]),
    new Uint8Array(0),
    new Int16Array([-1, 2]),
    new Float64Array([0.1, Number.NaN]),
    new BigUint64Array([2n ** 63n]),
    [shared, shared],
    ring,
  ];
}

class Point {
  x = 1;
}

const REFUSED: Readonly<Record<string, unknown>> = {
  function: () => 1,
  symbol: Symbol('a'),
  'class instance': new Point(),
  'invalid date': new Date(Number.NaN),
  'lone surrogate': 'a\ud800',
  'nested lone surrogate': { a: ['\udc00'] },
  'lone surrogate as a field': { '\ud800': 1 },
  '__proto__ field': JSON.parse('{"__proto__": {"polluted": true}}'),
  'nested function': { a: [() => 1] },
  'nested symbol': [Symbol('a')],
  'nested class instance': { a: new Point() },
  promise: Promise.resolve(1),
  'weak map': new WeakMap(),
  'function in a map': new Map([['a', () => 1]]),
};

export const valueLaws: readonly Law[] = [
  bothFaces('values: come back as they were', async (t) => {
    const map = t.words<unknown>();
    for (const [n, value] of sorts().entries()) await map.set(`k${n}`, value);
    for (const [n, value] of sorts().entries()) {
      const read = await map.get(`k${n}`);
      assert.deepEqual(read, value, `value ${n}`);
      if (typeof value === 'object' && value !== null) {
        assert.equal(Object.getPrototypeOf(read), Object.getPrototypeOf(value), `value ${n}`);
      }
    }
    assert.equal(await map.count(), sorts().length);
  }),

  bothFaces('values: what would come back different is CODEC, before anything is written', async (t) => {
    const map = t.words<unknown>();
    const watch = await t.watch(t.map<unknown>());
    const entry = await map.set('a', 1);
    for (const [what, value] of Object.entries(REFUSED)) {
      const writes = [
        () => map.set('a', value),
        () => map.set('b', value, { ifAbsent: true }),
        () => map.swap('a', value),
        () => map.getOrInsert('b', value),
        () => map.update('a', () => value as number),
        () => map.setMany([['b', value]]),
        () => t.atomic().set(map, 'b', value).commit(),
      ];
      for (const [n, write] of writes.entries()) {
        // A promise returned by update is a mistake of its own kind.
        if (what === 'promise' && n === 4) continue;
        const error = await fault('CODEC', write).catch((cause: unknown) => {
          throw new Error(`${what}, write ${n}`, { cause });
        });
        assert.ok(error.message.length > 10);
      }
    }
    assert.deepEqual(await collect(map.list()), [entry]);
    await map.set('z', 1);
    assert.deepEqual(
      (await take(watch, 2)).map(({ key }) => key),
      ['a', 'z'],
    );
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  }),

  bothFaces('values: changed after they were written, they change nothing in the store', async (t) => {
    const map = t.words<{ list: number[]; bytes: Uint8Array }>();
    const value = { list: [1], bytes: new Uint8Array([1, 2]) };
    await map.set('a', value);
    value.list.push(2);
    value.bytes[0] = 99;
    assert.deepEqual(await map.get('a'), { list: [1], bytes: new Uint8Array([1, 2]) });
  }),

  bothFaces('values: what was read is private: changing it changes nothing', async (t) => {
    const map = t.words<{ list: number[]; bytes: Uint8Array }>();
    await map.set('a', { list: [1], bytes: new Uint8Array([1, 2]) });
    const reads = [
      there(await map.get('a')),
      there(await map.entry('a')).value,
      there((await map.getMany(['a']))[0]),
      there((await collect(map.list()))[0]).value,
      await map.getOrInsert('a', { list: [], bytes: new Uint8Array(0) }),
    ];
    for (const read of reads) {
      read.list.push(9);
      read.bytes[0] = 9;
    }
    assert.deepEqual(await map.get('a'), { list: [1], bytes: new Uint8Array([1, 2]) });
  }),

  bothFaces('values: minus zero reads as zero', async (t) => {
    const map = t.words();
    await map.set('a', -0);
    assert.ok(Object.is(await map.get('a'), 0));
    assert.equal(await map.add('a', 1), 1);
  }),

  bothFaces('values: large ones come back whole', async (t) => {
    const map = t.words<string>();
    const size = Math.min(1_000_000, t.supports.limits.valueBytes >> 1);
    await map.set('a', 'x'.repeat(size));
    assert.equal(there(await map.get('a')).length, size);
  }),

  bothFaces(
    'values: beyond supports.limits.valueBytes are LIMIT, before anything is written',
    async (t) => {
      const map = t.words<Uint8Array>();
      const bytes = new Uint8Array(t.supports.limits.valueBytes + 1);
      const error = await fault('LIMIT', () => map.set('a', bytes));
      assert.match(error.message, new RegExp(String(t.supports.limits.valueBytes)));
      assert.equal(await map.count(), 0);
      assert.equal((await map.set('a', new Uint8Array(1_000))).value.length, 1_000);
    },
    (t) =>
      t.supports.limits.valueBytes > 2 ** 25
        ? `supports.limits.valueBytes is ${t.supports.limits.valueBytes}`
        : undefined,
  ),
];
