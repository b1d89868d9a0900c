// The store for Keyv, called as Keyv 6 does, and where Keyv itself never comes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { asynchronous } from '../../src/conformance/asynchronous.ts';
import { open } from '../../src/index.ts';
import { keyvStore, type KeyvStore } from '../../src/doors/keyv/index.ts';
import { all } from '../parity/map-store.ts';

test('keyvStore: options that are none are refused', async (t) => {
  const store = await open('memory:');
  t.after(() => store.close());
  const map = store.map('m');
  assert.throws(() => keyvStore(map, { release: 4 as 5 }), /release must be 5 or 6, got 4/);
  assert.throws(() => keyvStore(map, { version: 6 } as object), /version/);
});

for (const [engine, target] of [
  ['at once', () => memoryEngine()],
  ['later', () => asynchronous(memoryEngine())],
] as const) {
  test(`keyvStore for 6: times of expiry, bare keys, an answer for each, on an engine that answers ${engine}`, async (t) => {
    const store = await open(target());
    t.after(() => store.close());
    const map = store.map<string>('m');
    const adapter: KeyvStore = keyvStore(map, { release: 6 });
    assert.deepEqual(adapter.capabilities, { expires: true });
    adapter.namespace = 'n';
    const inAMinute = Date.now() + 60_000;
    assert.equal(await adapter.set('a', 'one', inAMinute), true);
    assert.equal(await adapter.set('n:a', 'another key'), true);
    assert.deepEqual(
      await adapter.setMany([
        { key: 'b', value: 'two', expires: inAMinute },
        { key: 'c', value: 'over', expires: Date.now() - 1 },
      ]),
      [true, true],
    );
    assert.deepEqual((await all(map.keys())).toSorted(), ['n:a', 'n:b', 'n:n:a']);
    assert.ok(Math.abs(((await map.entry('n:b'))?.expiresAt ?? 0) - inAMinute) < 2_000);
    assert.deepEqual(await adapter.getMany(['a', 'b', 'c']), ['one', 'two', undefined]);
    assert.deepEqual(await adapter.hasMany(['a', 'c']), [true, false]);
    assert.deepEqual(await all(adapter.iterator()), [
      ['a', 'one'],
      ['b', 'two'],
      ['n:a', 'another key'],
    ]);
    assert.deepEqual(await adapter.deleteMany(['a', 'c']), [true, false]);
    assert.equal(await adapter.set('b', 'late', 1), true);
    assert.equal(await adapter.has('b'), false);
    await adapter.disconnect();
    assert.equal(await adapter.get('n:a'), 'another key');
    await adapter.clear();
    assert.equal(await map.count(), 0);
  });
}

test('keyvStore for 5: a time to live of nothing removes, and keys come with their namespace', async (t) => {
  const store = await open('memory:');
  t.after(() => store.close());
  const adapter = keyvStore(store.map<string>('m'));
  adapter.namespace = 'n';
  await adapter.set('n:a', 'one');
  assert.equal(await adapter.get('n:a'), 'one');
  await adapter.set('n:a', 'two', -5);
  assert.equal(await adapter.has('n:a'), false);
  assert.equal(await adapter.deleteMany(['n:a']), false);
  assert.equal(await adapter.deleteMany([]), true);
});

test('keyvStore for 5: a key that is none is an error that is told', async (t) => {
  const store = await open('memory:');
  t.after(() => store.close());
  const adapter = keyvStore(store.map<string>('m'));
  const told: unknown[] = [];
  adapter.on('error', (error) => told.push(error));
  await assert.rejects(adapter.get(''), RangeError);
  assert.equal(told.length, 1);
});
