import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { asynchronous } from '../../src/conformance/asynchronous.ts';
import { manualClock } from '../../src/conformance/manual-clock.ts';
import type { Engine, SyncEngine } from '../../src/contract/engine.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { open, StoreError } from '../../src/index.ts';

/** The same engine, as if keys lived in two partitions, by their first letter. */
function split(engine: SyncEngine): SyncEngine {
  const supports = { ...engine.supports, partitions: 2, atomic: { operations: 3 } };
  return { ...engine, lineage: engine.lineage, supports, partition: (key) => (key < 'n' ? 0 : 1) };
}

test('atomic: keys of two partitions are UNSUPPORTED, naming both, and nothing is written', async () => {
  const store = await open(split(memoryEngine()));
  const map = store.map<number>('m');
  const other = store.map<number>('o');
  const names = (error: unknown): boolean => {
    assert.ok(error instanceof StoreError && error.code === 'UNSUPPORTED');
    assert.match(error.message, /"apple" of map "m".*"zebra" of map "o"/);
    return true;
  };
  assert.throws(() => store.sync.atomic().set(map, 'apple', 1).set(other, 'zebra', 2).commit(), names);
  await assert.rejects(store.atomic().check(map, 'apple', 0).delete(other, 'zebra').commit(), names);
  assert.deepEqual([await map.count(), await other.count()], [0, 0]);
  assert.equal(store.sync.atomic().set(map, 'apple', 1).set(other, 'banana', 2).commit().ok, true);
  await store.close();
});

test('atomic: more than supports.atomic.operations is LIMIT', async () => {
  const store = await open(split(memoryEngine()));
  const map = store.map<number>('m');
  const atomic = store.sync.atomic().check(map, 'a', 0).set(map, 'b', 1).set(map, 'c', 1).set(map, 'd', 1);
  assert.throws(() => atomic.commit(), { code: 'LIMIT' });
  await store.close();
});

test('atomic: values are taken when they are given', async () => {
  const store = await open('memory:');
  const map = store.map<{ n: number }>('m');
  const value = { n: 1 };
  const atomic = store.atomic().set(map, 'a', value);
  value.n = 2;
  await atomic.commit();
  assert.deepEqual(await map.get('a'), { n: 1 });
  await store.close();
});

test('atomic: time begins with the commit, not with the words before it', async () => {
  const clock = manualClock();
  const store = await open('memory:', { clock });
  const map = store.map<number>('m', { ttlMs: 100 });
  const atomic = store
    .atomic()
    .set(map, 'a', 1)
    .set(map, 'b', 1, { ttlMs: 10 })
    .set(map, 'c', 1, { ttlMs: 'never' });
  await clock.tick(50);
  await atomic.commit();
  const entries = [...map.sync.list()];
  assert.deepEqual(
    entries.map(({ expiresAt }) => expiresAt && expiresAt - clock.now()),
    [100, 10, undefined],
  );
  await store.close();
});

test('atomic: a value that a validator refuses later refuses the commit before anything is sent', async () => {
  for (const wrap of [(engine: SyncEngine): Engine => engine, asynchronous]) {
    const store = await open(wrap(memoryEngine()));
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        types: undefined as { readonly input: number; readonly output: number } | undefined,
        validate: async (value: unknown) => {
          await turn();
          return typeof value === 'number' && value > 0
            ? { value }
            : { issues: [{ message: 'not positive' }] };
        },
      },
    };
    const checked = store.map('m', { schema });
    const plain = store.map<number>('p');
    const refused = store.atomic().set(plain, 'a', 1).set(checked, 'a', -1).commit();
    await assert.rejects(refused, { code: 'INVALID_VALUE' });
    assert.equal(await plain.count(), 0);
    assert.equal((await store.atomic().set(plain, 'a', 1).set(checked, 'a', 1).commit()).ok, true);
    assert.deepEqual([await plain.get('a'), await checked.get('a')], [1, 1]);
    await store.close();
  }
});

test('atomic: a refusal says which check, with what stands there', async () => {
  for (const wrap of [(engine: SyncEngine): Engine => engine, asynchronous]) {
    const store = await open(wrap(memoryEngine()));
    const map = store.map<number>('m');
    const other = store.map<number>('o');
    const entry = await map.set('a', 1);
    const standing = await other.set('b', 2);
    const outcome = await store
      .atomic()
      .check(map, 'a', entry)
      .check(other, 'b', 0)
      .set(map, 'c', 3)
      .commit();
    assert.deepEqual(outcome, { ok: false, map: 'o', key: 'b', current: standing });
    const gone = await store.atomic().check(map, 'x', 7).delete(map, 'a').commit();
    assert.deepEqual(gone, { ok: false, map: 'm', key: 'x', current: undefined });
    assert.equal(await map.get('a'), 1);
    await store.close();
  }
});

test('atomic: mistakes are told by the word that makes them', async () => {
  const store = await open('memory:');
  const foreign = (await open('memory:')).map<number>('m');
  const map = store.map<number>('m');
  const atomic = (): ReturnType<typeof store.atomic> => store.atomic().set(map, 'a', 1).check(map, 'b', 0);
  assert.throws(() => atomic().set(map, 'a', 2), /"a" of map "m" is written twice/);
  assert.throws(() => atomic().delete(map, 'a'), /written twice/);
  assert.throws(() => atomic().check(map, 'b', 0), /"b" of map "m" is checked twice/);
  assert.throws(
    () => atomic().set(store.map<number>('m'), 'a', 2),
    /written twice/,
    'two handles are one map',
  );
  assert.throws(() => atomic().set(foreign, 'c', 1), /another store/);
  assert.throws(() => atomic().set({ name: 'm' }, 'c', 1), /not a map of samemap/);
  assert.throws(() => atomic().check(map, 'c', undefined as never), /version/);
  assert.throws(() => atomic().check(map, 'c', -1), RangeError);
  assert.throws(() => atomic().set(map, 'c', 1, { ttlMs: -1 }), RangeError);
  assert.throws(() => atomic().set(map, 'c', 1, { ifAbsent: true } as object), /unknown option "ifAbsent"/);
  assert.throws(() => atomic().set(map, '', 1), RangeError);
  await assert.rejects(store.atomic().commit(), /empty commit/);
  const once = atomic();
  await once.commit();
  await assert.rejects(once.commit(), /already made/);
  assert.throws(() => once.set(map, 'z', 1), /already made/);
  await store.close();
});
