// What the async face waits for on an engine whose writes become durable later.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { faulty } from '../../src/conformance/faulty.ts';
import { manualClock } from '../../src/conformance/manual-clock.ts';
import type { SyncEngine } from '../../src/contract/engine.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { open, StoreError } from '../../src/index.ts';
import type { VersionedMap } from '../../src/index.ts';

/** The engine in memory, as if it had a disk that `faulty` can hold. */
function withDisk(engine: SyncEngine): SyncEngine {
  return { ...engine, lineage: engine.lineage, durable: async () => undefined };
}

async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  const mark = (): void => {
    done = true;
  };
  promise.then(mark, mark);
  for (let i = 0; i < 5; i++) await turn();
  return done;
}

const WRITES: Readonly<Record<string, (map: VersionedMap<number>) => Promise<unknown>>> = {
  set: (map) => map.set('a', 2),
  'conditional set': (map) => map.set('a', 2, { ifPresent: true }),
  delete: (map) => map.delete('a'),
  'conditional delete': (map) => map.delete('a', { ifPresent: true }),
  take: (map) => map.take('a'),
  swap: (map) => map.swap('a', 2),
  update: (map) => map.update('a', () => 2),
  add: (map) => map.add('a', 2),
  touch: (map) => map.touch('a', 1_000),
  getOrInsert: (map) => map.getOrInsert('b', 2),
  getOrInsertComputed: (map) => map.getOrInsertComputed('b', () => 2),
  setMany: (map) =>
    map.setMany([
      ['a', 2],
      ['b', 2],
    ]),
  deleteMany: (map) => map.deleteMany(['a']),
  clear: (map) => map.clear(),
  withLock: (map) => map.withLock('a', (lock) => lock.commit(2)),
  durable: async (map) => {
    map.sync?.set('a', 2);
    await map.durable();
  },
};

for (const [word, write] of Object.entries(WRITES)) {
  test(`durable: ${word} can be seen at once and resolves when it is durable`, async () => {
    const { engine, holdDurable } = faulty(withDisk(memoryEngine()));
    const store = await open(engine);
    const map = store.map<number>('m');
    await map.set('a', 1);
    const before = map.sync.entry('a');
    const release = holdDurable();
    const done = write(map);
    assert.equal(await settled(done), false);
    assert.notDeepEqual([map.sync.entry('a'), map.sync.get('b')], [before, undefined]);
    release();
    await done;
    await store.close();
  });
}

test('durable: reads, refusals and what changes nothing do not wait', async () => {
  const { engine, holdDurable } = faulty(withDisk(memoryEngine()));
  const store = await open(engine);
  const map = store.map<number>('m');
  const release = holdDurable();
  const { version } = map.sync.set('a', 1);
  assert.equal(await map.get('a'), 1);
  assert.equal((await map.set('a', 2, { ifVersion: version + 1 })).ok, false);
  assert.equal(await map.getOrInsert('a', 2), 1);
  assert.equal(await map.delete('x'), false);
  assert.equal((await map.set('a', 2, { ifValue: 7 })).ok, false);
  assert.deepEqual((await store.atomic().check(map, 'a', 99).set(map, 'a', 3).commit()).ok, false);
  release();
  await store.close();
});

test('durable: a write that fails on its way to the disk rejects with that fault', async () => {
  const { engine, inject } = faulty(withDisk(memoryEngine()));
  const store = await open(engine);
  const map = store.map<number>('m');
  for (const write of [() => map.set('a', 1), () => map.update('a', () => 2), () => map.add('n', 1)]) {
    inject({ word: 'durable', code: 'FULL' });
    await assert.rejects(write, { code: 'FULL' });
  }
  inject({ word: 'durable', code: 'IO' });
  await assert.rejects(store.atomic().set(map, 'a', 1).commit(), { code: 'IO' });
  await store.close();
});

test('durable: an accepted write that is not durable in time is UNKNOWN_OUTCOME, and goes on', async () => {
  const clock = manualClock();
  const { engine, holdDurable } = faulty(withDisk(memoryEngine({}, { clock })));
  const store = await open(engine);
  const map = store.map<number>('m');
  const release = holdDurable();
  const late = assert.rejects(map.set('a', 1, { deadlineMs: 100 }), { code: 'UNKNOWN_OUTCOME' });
  await clock.tick(100);
  await late;
  assert.equal(map.sync.get('a'), 1);
  const controller = new AbortController();
  const aborted = assert.rejects(
    map.update('a', () => 2, { signal: controller.signal }),
    /enough/,
  );
  controller.abort(new Error('enough'));
  await aborted;
  assert.equal(map.sync.get('a'), 2);
  release();
  await store.close();
});

test('deadlines: nothing is sent any more when the time is over, and that is TIMEOUT', async () => {
  const clock = manualClock();
  const store = await open('memory:', { clock });
  const never = {
    '~standard': { version: 1 as const, vendor: 'test', validate: () => new Promise<never>(() => undefined) },
  };
  const map = store.map('m', { schema: never });
  const late = assert.rejects(map.set('a', 1, { deadlineMs: 50 }), (error: unknown) => {
    return error instanceof StoreError && error.code === 'TIMEOUT' && error.message.includes('50 ms');
  });
  await clock.tick(50);
  await late;
  assert.equal(await map.has('a'), false);
  await assert.rejects(
    map.update('a', () => 1, { deadlineMs: 0 }),
    { code: 'TIMEOUT' },
  );
  await store.close();
});
