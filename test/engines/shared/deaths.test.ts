// Threads that are gone with something in their hands.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { bytes, open, type Store, StoreError } from 'samemap';
import { attach, sharedEngine } from 'samemap/shared';
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

test('a lock does not pass to a thread that died while it waited, whoever has its number by then', async () => {
  const engine = sharedEngine({ capacityBytes: 2 ** 20 });
  const store = await open(engine);
  const map = store.map<number>('m');
  const held = await map.lock('a');
  const worker = startWorker({ job: 'holdLock', handle: engine.handle, seed: 0, operations: 0 });
  await waiters(store, 1);
  const behind = map.lock('a');
  await waiters(store, 2);
  await worker.terminate();
  await waiters(store, 1);
  const other = await open(attach(engine.handle));
  assert.equal((await store.inspect()).gauges['threads'], 2);
  await held.release();
  await (await behind).release();
  await (await map.lock('a', { waitMs: 2_000 })).release();
  assert.deepEqual((await store.inspect()).locks, []);
  await other.close();
  await store.close();
});

test('who gives up leaves the line of a full store, too', async () => {
  const engine = sharedEngine({ capacityBytes: 2 ** 20 });
  const store = await open(engine);
  const map = store.map('m', { codec: bytes() });
  const held = await map.lock('a', { label: 'holder' });
  const abort = new AbortController();
  const gaveUp = map.lock('a', { signal: abort.signal, label: 'gives up' });
  const behind = map.lock('a', { label: 'stays' });
  await waiters(store, 2);
  for (const size of [2_000, 100, 1]) {
    for (let n = 0, fits = true; fits; n++) {
      try {
        map.sync.set(`${size}/${n}`, new Uint8Array(size));
      } catch (error) {
        assert.ok(error instanceof StoreError && error.code === 'FULL', String(error));
        fits = false;
      }
    }
  }
  abort.abort();
  await assert.rejects(gaveUp, { name: 'AbortError' });
  assert.equal((await store.inspect()).locks[0]?.waiters, 1);
  await held.release();
  await (await behind).release();
  assert.deepEqual((await store.inspect()).locks, []);
  await store.close();
});

/** Waits until so many stand in the line of the only lock; looking at it clears up after threads that are gone. */
async function waiters(store: Store, count: number): Promise<void> {
  while ((await store.inspect()).locks[0]?.waiters !== count) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
