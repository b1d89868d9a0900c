// What words cost in requests: locks few when nobody else wants one, and no more because many wait; sums one each.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Client } from '@grpc/grpc-js';
import { etcdEngine } from '../../../src/engines/etcd/index.ts';
import { open } from '../../../src/index.ts';
import type { Store } from '../../../src/contract/store.ts';
import { startCluster } from './cluster.ts';

const WAITERS = 100;
const cluster = startCluster();
after(async () => (await cluster).close());

interface Parts {
  readonly compare?: readonly unknown[];
  readonly failure?: readonly unknown[];
}

let requests = 0;
let last: Parts = {};
const send = Reflect.get(Client.prototype, 'makeUnaryRequest') as (...call: unknown[]) => unknown;
Reflect.set(Client.prototype, 'makeUnaryRequest', function (this: Client, ...call: unknown[]) {
  requests++;
  last = call[3] as Parts;
  return send.apply(this, call);
});

async function opened(prefix: string): Promise<Store> {
  return await open(await etcdEngine({ hosts: (await cluster).hosts, prefix }));
}

async function requestsOf(work: () => Promise<unknown>): Promise<number> {
  const before = requests;
  await work();
  return requests - before;
}

test('lock, commit, release of a free lock: at most 4 round trips', async (t) => {
  const store = await opened('free');
  const map = store.map<number>('m');
  const cycle = async (): Promise<void> => {
    const lock = await map.lock('a', { initial: 0 });
    lock.value = (lock.value ?? 0) + 1;
    await lock.commit();
    await lock.release();
  };
  await cycle(); // the lease of the process and the record of the map are there from now on
  const sent = await requestsOf(cycle);
  t.diagnostic(`${sent} requests`);
  assert.ok(sent <= 4, `${sent} requests`);
  assert.equal(await map.get('a'), 2);
  await store.close();
});

test(`${WAITERS} waiters of two processes: one is woken per release`, async (t) => {
  const stores = [await opened('waiters'), await opened('waiters')];
  const [first] = stores;
  assert.ok(first);
  const holder = await first.map<number>('m').lock('a', { initial: 0 });
  let inside = 0;
  const order: number[] = [];
  const waiting = Array.from({ length: WAITERS }, async (_, n) => {
    const lock = await (stores[n % 2] ?? first).map<number>('m').lock('a', { initial: 0 });
    assert.equal(++inside, 1, 'alone');
    order.push(lock.fence);
    inside--;
    await lock.release();
  });
  while ((await first.inspect()).locks[0]?.waiters !== WAITERS) await new Promise(setImmediate);
  const sent = await requestsOf(async () => {
    await holder.release();
    await Promise.all(waiting);
  });
  t.diagnostic(`${(sent / WAITERS).toFixed(1)} requests for each handing over`);
  assert.ok(sent <= WAITERS * 6, `${sent} requests`);
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  );
  for (const store of stores) await store.close();
});

test('sums of one key that stand in line cost one request each, and one to begin with', async () => {
  const [store, other] = [await opened('sums'), await opened('sums')];
  const map = store.map<number>('m');
  await map.set('a', 0);
  let sums: number[] = [];
  const sent = await requestsOf(async () => {
    sums = await Promise.all(Array.from({ length: 20 }, () => map.add('a', 1)));
  });
  assert.deepEqual(
    sums,
    Array.from({ length: 20 }, (_, n) => n + 1),
  );
  assert.ok(sent <= 21, `${sent} requests`);
  // Somebody else writes in between: the refusal tells what stands.
  const theirs = other.map<number>('m');
  const mixed = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? map : theirs).add('a', 1));
  assert.equal(new Set(await Promise.all(mixed)).size, 20);
  assert.equal(await map.get('a'), 40);
  await store.close();
  await other.close();
});

test('a write compares its key only where something may have expired, and is read for only what it compares', async () => {
  const store = await opened('parts');
  const map = store.map<number>('m', { batch: true });
  const sizes = (): readonly number[] => [last.compare?.length ?? 0, last.failure?.length ?? 0];
  await map.set('a', 1);
  await map.set('a', 2);
  assert.deepEqual(sizes(), [1, 1], 'the record of the map, and nothing else');
  await Promise.all(Array.from({ length: 50 }, (_, n) => map.set(`k${n}`, n)));
  assert.deepEqual(sizes(), [1, 1], 'of a batch as well');
  const { version } = await map.set('a', 3);
  await map.set('a', 4, { ifVersion: version });
  assert.deepEqual(sizes(), [2, 2], 'and the version that is asked for');
  await map.set('b', 1, { ttlMs: 60_000 });
  await map.set('a', 5);
  assert.deepEqual(sizes(), [2, 2], 'and that nothing expires which is written over');
  await map.set('b', 2);
  assert.equal(await map.get('b'), 2);
  await store.close();
});
