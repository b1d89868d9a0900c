// Expiry and remembered stamps of the engine in memory.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEWER, PRESENT } from '../../../src/contract/condition.ts';
import type { Operation } from '../../../src/contract/core.ts';
import { begin, drain } from './fixture.ts';

test('an entry is absent from its time on, for every word, whether it was swept or not', () => {
  const { clock, core, map, put, get, all } = begin();
  put('past', 1, { expiresAt: clock.now() });
  put('a', 1, { expiresAt: clock.now() + 1 });
  put('b', 1);
  assert.equal(get('past'), undefined);
  assert.deepEqual(
    core.getMany(map, ['past', 'a']).entries.map((entry) => entry?.key),
    [undefined, 'a'],
  );
  assert.deepEqual(
    all().map(({ key }) => key),
    ['a', 'b'],
  );
  assert.equal(core.count(map, '', undefined).count, 2);
  assert.equal(core.count(map, 'p', undefined).count, 0);
  assert.equal(put('past', 2, { condition: PRESENT }).ok, false);
});

test('the expire change comes within the lag that the engine declares, each as a commit of its own', async () => {
  const { clock, engine, put, feed } = begin();
  const changes = feed();
  put('a', 1, { expiresAt: clock.now() + 1000 });
  put('b', 2, { expiresAt: clock.now() + 1000 });
  put('c', 3, { expiresAt: clock.now() + 5000 });
  drain(changes);
  await clock.tick(999);
  assert.deepEqual(drain(changes), []);
  await clock.tick(1 + engine.supports.expiry.lagMs);
  const told = drain(changes);
  assert.deepEqual(
    told
      .flat()
      .map((change) => change.replace(/ @.*/, ''))
      .toSorted(),
    ['expire a 1>', 'expire b 2>'],
  );
  assert.equal(told.length, 2);
  assert.equal(clock.pending, 1);
  await engine.close();
  assert.equal(clock.pending, 0);
});

test('many that expire together are all told within the lag', async () => {
  const { clock, engine, put, feed } = begin();
  const changes = feed();
  for (let i = 0; i < 10_000; i++) put(`k${i}`, 1, { expiresAt: clock.now() + 500 });
  drain(changes);
  await clock.tick(500 + engine.supports.expiry.lagMs);
  assert.equal(drain(changes).length, 10_000);
  assert.equal((await engine.stats())['entries'], 0);
});

test('count and clear sweep what has expired at this very moment, first, and under versions of its own', async () => {
  const { clock, core, map, put, feed } = begin();
  const changes = feed();
  put('a', 1, { expiresAt: clock.now() + 3 });
  put('b', 1, { expiresAt: clock.now() + 4 });
  put('c', 1);
  drain(changes);
  await clock.tick(3);
  assert.equal(core.count(map, '', undefined).count, 2);
  assert.deepEqual(drain(changes), [['expire a 1> @4']]);
  await clock.tick(1);
  assert.deepEqual(core.clear(map, '', undefined), { at: 6, count: 1 });
  assert.deepEqual(drain(changes), [['expire b 1> @5'], ['delete c 1> @6']]);
});

test('a write over an expired entry is an expiry and then an insert', async () => {
  const { clock, core, map, put, feed } = begin();
  const changes = feed();
  for (const key of ['set', 'add', 'many', 'delete']) put(key, 1, { expiresAt: clock.now() + 1 });
  drain(changes);
  await clock.tick(1);
  put('set', 2);
  core.add(map, 'add', 2, 0, 0);
  const plain = { map, condition: 0, ifVersion: 0, expiresAt: 0, stamp: undefined, shape: 0 } as const;
  core.commit([], [{ ...plain, key: 'many', cell: 2 }]);
  assert.equal(put('delete', undefined).ok, false);
  assert.deepEqual(drain(changes), [
    ['expire set 1> @5'],
    ['insert set >2 @6'],
    ['expire add 1> @7'],
    ['insert add >2 @8'],
    ['expire many 1> @9'],
    ['insert many >2 @10'],
    ['expire delete 1> @11'],
  ]);
});

test('an expiry that was moved or cleared counts, not the earlier one', async () => {
  const { clock, put, all } = begin();
  put('later', 1, { expiresAt: clock.now() + 100 });
  put('later', 2, { expiresAt: clock.now() + 100_000 });
  put('sooner', 1, { expiresAt: clock.now() + 100_000 });
  put('sooner', 2, { expiresAt: clock.now() + 100 });
  put('never', 1, { expiresAt: clock.now() + 100 });
  put('never', 2);
  await clock.tick(200);
  assert.deepEqual(
    all().map(({ key }) => key),
    ['later', 'never'],
  );
});

test('a key that is touched or deleted and written again a thousand times is parked once', async () => {
  const { clock, engine, put } = begin();
  for (let i = 0; i < 1000; i++) {
    put('a', i, { expiresAt: clock.now() + 1000 + (i % 7) });
    put('b', i, { expiresAt: clock.now() + 1000 });
    put('b', undefined);
  }
  assert.equal((await engine.stats())['expiringEntries'], 1);
});

test('newer wins over an older stamp, over none, and not over its equal; a plain write forgets the stamp', () => {
  const { put, get } = begin();
  const newer = (stamp: number | bigint, cell: number | undefined = 1): boolean =>
    put('a', cell, { condition: NEWER, stamp }).ok;
  assert.deepEqual(
    [newer(5), newer(5), newer(5n), newer(4), newer(6n), newer(6)],
    [true, false, false, false, true, false],
  );
  put('a', 0);
  assert.deepEqual([newer(-3), newer(-4), newer(-(2n ** 63n))], [true, false, false]);
  put('a', undefined);
  assert.deepEqual([newer(-9)], [true]);
  assert.equal(get('a')?.value, 1);
});

test('a delete leaves its stamp behind, present or absent, and a refused one says that nothing stands', () => {
  const { put, feed } = begin();
  const changes = feed();
  const remove = (stamp: number) => put('a', undefined, { condition: NEWER, stamp });
  const write = (stamp: number) => put('a', 1, { condition: NEWER, stamp });
  assert.deepEqual(remove(5), { ok: true, at: 1, entry: undefined });
  assert.deepEqual(write(5), { ok: false, at: 1, entry: undefined });
  assert.deepEqual(remove(4), { ok: false, at: 1, entry: undefined });
  assert.equal(write(6).ok, true);
  assert.equal(remove(7).entry?.value, 1);
  assert.equal(write(7).ok, false);
  assert.deepEqual(drain(changes), [['insert a >1 @2'], ['delete a 1> @3']]);
  assert.equal(put('a', 1).ok, true);
  put('a', undefined);
  assert.equal(write(1).ok, true);
});

test('the stamp of an expired entry is remembered, and so is one that an atomic commit left', async () => {
  const { clock, core, map, put } = begin();
  put('a', 1, { condition: NEWER, stamp: 10, expiresAt: clock.now() + 5 });
  await clock.tick(100);
  assert.equal(put('a', 1, { condition: NEWER, stamp: 10 }).ok, false);
  const operation: Operation = {
    map,
    key: 'b',
    cell: undefined,
    condition: NEWER,
    ifVersion: 0,
    expiresAt: 0,
    stamp: 3,
    shape: 0,
  };
  assert.equal(core.commit([], [operation]).ok, true);
  assert.equal(core.commit([], [{ ...operation, cell: 1 }]).ok, false);
});

test('stamps of removed entries are remembered for the time and number the options say', async () => {
  const { clock, engine, put } = begin({ tombstoneMs: 1000, tombstoneCount: 2 });
  const remove = (key: string): unknown => put(key, undefined, { condition: NEWER, stamp: 5 });
  const known = (key: string): boolean => !put(key, 1, { condition: NEWER, stamp: 5 }).ok;
  for (const key of ['a', 'b', 'c']) remove(key);
  assert.deepEqual([known('b'), known('c'), known('a')], [true, true, false]);
  await clock.tick(1000);
  assert.equal(known('b'), false);
  await engine.compact(() => undefined);
  assert.equal((await engine.stats())['tombstones'], 0);
});
