import assert from 'node:assert/strict';
import type { ErrorCode } from '../../base/errors.ts';
import { fault, mistake, there, wrong } from '../assertions.ts';
import type { Words } from '../faces.ts';
import { bothFaces, manualTime } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { take } from '../reading.ts';

const { MAX_SAFE_INTEGER, MIN_SAFE_INTEGER } = Number;

/** Refused with this fault, and the entry stays. */
async function refused(map: Words<unknown>, code: ErrorCode, delta: number): Promise<void> {
  const entry = await map.entry('a');
  await fault(code, () => map.add('a', delta));
  assert.deepEqual(await map.entry('a'), entry);
}

export const addLaws: readonly Law[] = [
  bothFaces('add: absent counts as 0, the sum is answered and stored', async (t) => {
    const map = t.words();
    assert.equal(await map.add('a', 5), 5);
    assert.equal(await map.add('a', -7), -2);
    assert.equal(await map.get('a'), -2);
    assert.equal(await map.add('b', 0), 0);
    assert.equal(await map.get('b'), 0);
  }),

  bothFaces('add: works on numbers that were written, and its numbers are read like them', async (t) => {
    const map = t.words();
    await map.set('a', 40);
    assert.equal(await map.add('a', 2), 42);
    assert.equal(there(await map.update('a', (value) => (value ?? 0) * 2)).value, 84);
    assert.equal(await map.add('a', 1), 85);
  }),

  bothFaces('add: is an ordinary change: version, watchers, conditions', async (t) => {
    const map = t.words();
    const watch = await t.watch(t.map());
    await map.add('a', 1);
    const first = there(await map.entry('a'));
    await map.add('a', 1);
    const second = there(await map.entry('a'));
    assert.ok(second.version > first.version);
    assert.equal((await map.set('a', 9, { ifVersion: first.version })).ok, false);
    const seen = await take(watch, 2);
    assert.deepEqual(
      seen.map((change) => [change.type, change.version, 'value' in change && change.value]),
      [
        ['insert', first.version, 1],
        ['update', second.version, 2],
      ],
    );
  }),

  bothFaces('add: is exact up to the limits of the safe integers', async (t) => {
    const map = t.words();
    await map.set('a', MAX_SAFE_INTEGER - 1);
    assert.equal(await map.add('a', 1), MAX_SAFE_INTEGER);
    assert.equal(await map.add('a', MIN_SAFE_INTEGER), 0);
    assert.equal(await map.add('a', MIN_SAFE_INTEGER), MIN_SAFE_INTEGER);
    assert.equal(await map.add('a', MAX_SAFE_INTEGER), 0);
  }),

  bothFaces('add: refuses to leave the safe integers', async (t) => {
    const map = t.words<unknown>();
    await map.set('a', MAX_SAFE_INTEGER);
    await refused(map, 'LIMIT', 1);
    await map.set('a', MIN_SAFE_INTEGER);
    await refused(map, 'LIMIT', -1);
    await map.set('a', MIN_SAFE_INTEGER + 10);
    await refused(map, 'LIMIT', MIN_SAFE_INTEGER);
  }),

  bothFaces('add: refuses an entry that is no safe integer', async (t) => {
    const map = t.words<unknown>();
    for (const value of ['5', 1.5, Number.NaN, Infinity, 5n, null, { n: 1 }, 2 ** 53]) {
      await map.set('a', value);
      await refused(map, 'INVALID_VALUE', 1);
    }
  }),

  bothFaces('add: refuses a delta that is no safe integer', async (t) => {
    const map = t.words();
    await map.set('a', 1);
    for (const delta of [1.5, Number.NaN, Infinity, 2 ** 53, '1', undefined, null, 1n]) {
      await mistake('delta', () => map.add('a', wrong(delta)));
    }
    assert.equal(await map.get('a'), 1);
  }),

  bothFaces('add: keeps the time to live', async (t) => {
    const map = t.words();
    const { expiresAt } = await map.set('a', 1, { ttlMs: t.ttlMs * 100 });
    await t.advance(1);
    await map.add('a', 1);
    assert.equal(there(await map.entry('a')).expiresAt, expiresAt);
  }),

  bothFaces('add: gives an absent entry the default time to live of the map', async (t) => {
    const map = t.words<number>('m', { ttlMs: t.ttlMs * 100 });
    await map.add('a', 1);
    const { expiresAt } = there(await map.entry('a'));
    assert.ok(expiresAt !== undefined);
  }),

  bothFaces(
    'add: an entry whose time is up counts as absent',
    async (t) => {
      const map = t.words();
      await map.set('a', 10, { ttlMs: t.ttlMs });
      t.bench.late(t.ttlMs);
      assert.equal(await map.add('a', 1), 1);
      assert.equal(there(await map.entry('a')).expiresAt, undefined);
    },
    manualTime,
  ),

  bothFaces('add: many at once lose nothing, and each answer is given once', async (t) => {
    const map = t.words();
    const sums = await Promise.all(Array.from({ length: 200 }, () => map.add('a', 1)));
    assert.equal(await map.get('a'), 200);
    assert.equal(new Set(sums).size, 200);
  }),
];
