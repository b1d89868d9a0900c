import assert from 'node:assert/strict';
import { there } from '../assertions.ts';
import { bothFaces } from '../fixture.ts';
import type { Law } from '../fixture.ts';

/** Makes the same value afresh each time, so that only its content can be equal. */
const EQUALS: Readonly<Record<string, () => unknown>> = {
  number: () => 5,
  string: () => 'grüße',
  'not a number': () => Number.NaN,
  null: () => null,
  bigint: () => 2n ** 70n,
  object: () => ({ a: 1, b: { c: [1, 2, { d: 'x' }] } }),
  array: () => [1, [2, [3]], 'x', null],
  date: () => new Date(1_700_000_000_000),
  map: () =>
    new Map<unknown, unknown>([
      ['a', 1],
      ['b', new Map([['c', [1, 2]]])],
    ]),
  set: () => new Set(['a', 'b', 'c']),
  bytes: () => new Uint8Array([0, 1, 255]),
  'typed array': () => new Float64Array([0.5, Number.NaN]),
  'nested undefined': () => ({ a: undefined, b: [undefined] }),
  cycle: () => {
    const ring: Record<string, unknown> = { name: 'ring' };
    ring['self'] = ring;
    return ring;
  },
};

const UNEQUALS: readonly (readonly [unknown, unknown])[] = [
  [5, 6],
  [5, '5'],
  [0, false],
  [0, null],
  ['a', 'A'],
  [{ a: 1 }, { a: 2 }],
  [{ a: 1 }, { a: 1, b: 2 }],
  [{ a: 1, b: 2 }, { a: 1 }],
  [
    [1, 2],
    [2, 1],
  ],
  [[1], [1, 2]],
  [[1], { 0: 1 }],
  [new Date(1), new Date(2)],
  [new Map([['a', 1]]), new Map([['a', 2]])],
  [new Map([['a', 1]]), new Map([['b', 1]])],
  [new Map([['a', 1]]), { a: 1 }],
  [new Set(['a']), new Set(['b'])],
  [new Set(['a']), new Set(['a', 'b'])],
  [new Set(['a']), ['a']],
  [new Uint8Array([1, 2]), new Uint8Array([1, 3])],
  [new Uint8Array([1]), new Uint8Array([1, 0])],
  [new Uint16Array([1]), new Uint32Array([1])],
  [5n, 6n],
  [5n, 5],
];

export const conditionValueLaws: readonly Law[] = [
  bothFaces('ifValue: an equal value fits whatever it is made of', async (t) => {
    for (const [what, make] of Object.entries(EQUALS)) {
      const map = t.words<unknown>();
      await map.set('a', make());
      const outcome = await map.set('a', 'next', { ifValue: make() });
      assert.ok(outcome.ok, `${what} should be equal to itself`);
      assert.equal(await map.get('a'), 'next');
    }
  }),

  bothFaces('ifValue: a value that differs anywhere does not fit', async (t) => {
    for (const [stored, asked] of UNEQUALS) {
      const map = t.words<unknown>();
      const entry = await map.set('a', stored);
      const outcome = await map.set('a', 'next', { ifValue: asked });
      assert.deepEqual(outcome, { ok: false, current: entry }, `${String(stored)} is not ${String(asked)}`);
      assert.equal((await map.delete('a', { ifValue: asked })).ok, false);
    }
  }),

  bothFaces('ifValue: the order of an object’s fields does not matter', async (t) => {
    const map = t.words<unknown>();
    await map.set('a', { x: 1, y: 2 });
    assert.ok((await map.set('a', 1, { ifValue: { y: 2, x: 1 } })).ok);
  }),

  bothFaces('ifValue: delete removes an equal value only', async (t) => {
    const map = t.words<unknown>();
    const entry = await map.set('a', { n: 1 });
    assert.deepEqual(await map.delete('a', { ifValue: { n: 2 } }), { ok: false, current: entry });
    const outcome = await map.delete('a', { ifValue: { n: 1 } });
    assert.ok(outcome.ok);
    assert.deepEqual(outcome.entry, entry);
    assert.deepEqual(await map.delete('a', { ifValue: { n: 1 } }), { ok: false, current: undefined });
  }),

  bothFaces('ifValue: of many who replace one value exactly one wins', async (t) => {
    const map = t.words<{ n: number }>();
    await map.set('a', { n: 0 });
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => map.set('a', { n: n + 1 }, { ifValue: { n: 0 } })),
    );
    assert.equal(outcomes.filter(({ ok }) => ok).length, 1);
    assert.notEqual(there(await map.get('a')).n, 0);
  }),
];
