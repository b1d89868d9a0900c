// Threads that are gone with something in their hands.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { open, StoreError } from 'samemap';
import { sharedEngine } from 'samemap/shared';
import { auditOf, startWorker } from './fixture.ts';

test('a thread that died with all stripes locked is noticed while the loop of the main thread is blocked', async () => {
  const engine = sharedEngine({ capacityBytes: 2 ** 20 });
  const store = await open(engine);
  const map = store.map<number>('m');
  await map.set('a', 1);
  const worker = startWorker({ job: 'hold', handle: engine.handle, seed: 0, operations: 0 });
  await once(worker, 'message');
  assert.throws(() => map.sync.get('a'), { code: 'TIMEOUT' });
  const gone = worker.terminate();
  // No turn of the event loop from here to the answer.
  let value: number | undefined;
  for (;;) {
    try {
      value = map.sync.get('a');
      break;
    } catch (error) {
      assert.ok(error instanceof StoreError && error.code === 'TIMEOUT', String(error));
    }
  }
  assert.equal(value, 1);
  await gone;
  assert.deepEqual(auditOf(engine.handle).problems, []);
  await store.close();
});

test('the async face waits for a thread that is busy, and goes on when that is gone', async () => {
  const engine = sharedEngine({ capacityBytes: 2 ** 20 });
  const store = await open(engine);
  const map = store.map<number>('m');
  const worker = startWorker({ job: 'hold', handle: engine.handle, seed: 0, operations: 0 });
  await once(worker, 'message');
  const calls = [map.set('a', 1), map.add('b', 2), map.count(), store.atomic().set(map, 'c', 3).commit()];
  await worker.terminate();
  await Promise.all(calls);
  assert.equal(await map.get('b'), 2);
  await store.close();
});

test('the lock of a thread that died passes on to who waits', async () => {
  const engine = sharedEngine({ capacityBytes: 2 ** 20 });
  const store = await open(engine);
  const map = store.map<number>('m');
  const worker = startWorker({ job: 'holdLock', handle: engine.handle, seed: 0, operations: 0 });
  await once(worker, 'message');
  assert.equal(await map.tryLock('a'), undefined);
  const waiting = [map.lock('a'), map.lock('a')];
  await worker.terminate();
  const first = await (waiting[0] as (typeof waiting)[number]);
  await first.commit(1);
  await (await (waiting[1] as (typeof waiting)[number])).release();
  assert.deepEqual((await store.inspect()).locks, []);
  assert.deepEqual(auditOf(engine.handle).problems, []);
  await store.close();
});

test('locks pass between threads in order, and fences rise', async () => {
  const engine = sharedEngine({ capacityBytes: 2 ** 20 });
  const store = await open(engine);
  const map = store.map<number>('m');
  const held = await map.lock('a');
  const worker = startWorker({ job: 'holdLock', handle: engine.handle, seed: 0, operations: 0 });
  while ((await store.inspect()).locks[0]?.waiters !== 1)
    await new Promise((resolve) => setImmediate(resolve));
  await held.release();
  await once(worker, 'message');
  const { locks } = await store.inspect();
  assert.equal(locks[0]?.label, 'the one that dies');
  assert.ok((locks[0]?.fence ?? 0) > held.fence);
  await worker.terminate();
  await (await map.lock('a')).release();
  await store.close();
});
