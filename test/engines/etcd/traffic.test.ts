// What locks cost in requests: few when nobody else wants one, and no more because many wait.
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

let requests = 0;
const send = Reflect.get(Client.prototype, 'makeUnaryRequest') as (...call: unknown[]) => unknown;
Reflect.set(Client.prototype, 'makeUnaryRequest', function (this: Client, ...call: unknown[]) {
  requests++;
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
