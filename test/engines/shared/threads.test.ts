// Several threads on one store.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from 'samemap';
import { sharedEngine } from 'samemap/shared';
import { auditOf, runWorker } from './fixture.ts';

test('threads: what two of them add is exact', async () => {
  const engine = sharedEngine({ capacityBytes: 2 ** 22 });
  const store = await open(engine);
  const { handle } = engine;
  await Promise.all([1, 2].map((seed) => runWorker({ job: 'count', handle, seed, operations: 50_000 })));
  let sum = 0;
  for (const value of store.map<number>('counts').sync.values()) sum += value;
  assert.equal(sum, 100_000);
  assert.deepEqual(auditOf(handle).problems, []);
  await store.close();
});

test('threads: whatever they do side by side, the store is whole', async () => {
  const engine = sharedEngine({ capacityBytes: 2 ** 22 });
  const store = await open(engine);
  const { handle } = engine;
  await Promise.all(
    [1, 2, 3].map((seed) => runWorker({ job: 'churn', handle, seed, operations: 20_000, watch: seed === 1 })),
  );
  assert.deepEqual(auditOf(handle).problems, []);
  await store.close();
});
