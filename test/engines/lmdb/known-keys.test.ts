// Whether an entry is there is known without a look into the file, and right: the count of a map is that of its entries.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '../../../src/conformance/manual-clock.ts';
import { KnownKeys } from '../../../src/engines/lmdb/known-keys.ts';
import { directory, openIn } from './fixture.ts';

test('the count is right after writes, removals, ends of time and clearing, in the batch or in the file', async (t) => {
  const clock = manualClock();
  const { store } = await openIn(directory(t), {}, { clock });
  const map = store.map<number>('m');
  const model = new Set<string>();
  const check = async (what: string): Promise<void> => {
    const found: string[] = [];
    for (const key of map.sync.keys()) found.push(key);
    assert.deepEqual(found, [...model].sort(), what);
    assert.equal(map.sync.count(), model.size, what);
    await map.durable();
    assert.equal(map.sync.count(), model.size, `${what}, durable`);
  };
  const set = (ttlMs?: number): void => {
    for (const key of ['a', 'b', 'c', 'd']) {
      map.sync.set(key, 1, ttlMs === undefined ? {} : { ttlMs });
      model.add(key);
    }
  };
  set();
  set();
  await check('written over');
  map.sync.delete('a');
  map.sync.take('b');
  model.delete('a');
  model.delete('b');
  await check('removed');
  set();
  set(1_000);
  await check('with an end');
  await clock.tick(2_000);
  model.clear();
  await check('over');
  set();
  await check('there again');
  map.sync.clear();
  model.clear();
  await check('cleared');
  set();
  map.sync.set('a', 2, { ifNewer: 1 });
  map.sync.delete('a', { ifNewer: 2 });
  model.delete('a');
  await check('removed with a stamp');
  await store.close();
});

test('keys are remembered for a while, not for ever', () => {
  const keys = new KnownKeys();
  for (let i = 0; i < 100_000; i++) keys.add(`k${i}`);
  assert.equal(keys.has('k99999'), true);
  assert.equal(keys.has('k70000'), true);
  assert.equal(keys.has('k0'), false);
  keys.delete('k70000');
  assert.equal(keys.has('k70000'), false);
  keys.clear();
  assert.equal(keys.has('k99999'), false);
});
