// Several clusters as the partitions of one store: where keys lie, and that nobody opens them in another way.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { collect } from '../../../src/conformance/assertions.ts';
import { until } from '../../../src/conformance/reading.ts';
import { etcdEngine } from '../../../src/engines/etcd/index.ts';
import { hashOf, partitionOf } from '../../../src/engines/etcd/partitions/hash.ts';
import { open } from '../../../src/index.ts';
import type { Store } from '../../../src/contract/store.ts';
import { startCluster } from './cluster.ts';

/** As docs/formats/etcd.md publishes them. */
const VECTORS: readonly (readonly [key: string, hash: number, of2: number, of3: number, of16: number])[] = [
  ['a', 444641715, 1, 0, 3],
  ['b', 2193908274, 0, 0, 2],
  ['user:1', 1763983599, 1, 0, 15],
  ['user:2', 562113278, 0, 2, 14],
  ['Ada', 4247964646, 0, 1, 6],
  ['é', 2387039943, 1, 0, 7],
  ['👩', 1024070659, 1, 1, 3],
  ['k'.repeat(1024), 4006210812, 0, 0, 12],
];

test('the hash is the published one', () => {
  for (const [key, hash, of2, of3, of16] of VECTORS) {
    const found = [hashOf(key), partitionOf(key, 2), partitionOf(key, 3), partitionOf(key, 16)];
    assert.deepEqual(found, [hash, of2, of3, of16], JSON.stringify(key));
  }
});

test('a tag keeps keys together, and what looks like one does not', () => {
  for (let n = 0; n < 100; n++) assert.equal(partitionOf(`order/{u${n}}/1`, 16), partitionOf(`u${n}`, 16));
  for (const key of ['{}a', '{a', 'a}', '}{'])
    assert.equal(partitionOf(key, 1 << 16), hashOf(key) % (1 << 16));
});

test('keys are spread evenly', () => {
  const counts = [0, 0, 0, 0, 0];
  for (let n = 0; n < 50_000; n++) {
    const partition = partitionOf(`user:${n}`, 5);
    counts[partition] = (counts[partition] ?? 0) + 1;
  }
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 500, `${counts.join(', ')}`);
});

const clusters = Promise.all([startCluster(), startCluster()]);
after(async () => {
  for (const cluster of await clusters) await cluster.close();
});

async function groups(): Promise<[string[], string[]]> {
  const [a, b] = await clusters;
  return [[...a.hosts], [...b.hosts]];
}

async function opened(
  hosts: readonly (readonly string[])[] | readonly string[],
  prefix: string,
): Promise<Store> {
  return await open(await etcdEngine({ hosts, prefix }));
}

test('entries lie in both clusters; ranges, counts, positions and bookmarks go over them', async () => {
  const hosts = await groups();
  const store = await opened(hosts, 'spread');
  const map = store.map<number>('m');
  assert.equal(store.supports.partitions, 2);
  const watch = map.watch();
  await watch.ready;
  const keys = Array.from({ length: 40 }, (_, n) => `k${String(n).padStart(2, '0')}`);
  for (const [n, key] of keys.entries()) await map.set(key, n);
  assert.deepEqual(await collect(map.keys()), keys);
  assert.deepEqual(await collect(map.keys({ reverse: true, limit: 3 })), ['k39', 'k38', 'k37']);
  assert.equal(await map.count({ prefix: 'k1' }), 10);
  assert.deepEqual(await map.getMany(keys), [...keys.keys()]);
  let seen = 0;
  const half = (await until(watch, (change) => 'key' in change && ++seen === 20)).at(-1);
  await watch.close();
  const rest = map.watch({ start: half?.bookmark ?? '' });
  seen = 0;
  await until(rest, (change) => 'key' in change && ++seen === 20);
  await rest.close();
  await assert.rejects(store.atomic().set(map, 'user:1', 1).set(map, 'user:2', 1).commit(), {
    code: 'UNSUPPORTED',
  });
  assert.ok((await store.atomic().set(map, '{t}a', 1).set(map, '{t}b', 1).commit()).ok);
  await store.close();
  const [direct] = hosts;
  await assert.rejects(opened(direct, 'spread'), { code: 'FORMAT', message: /partition 1 of 2/ });
  const again = await opened(hosts, 'spread');
  assert.equal(await again.map('m').count(), 42);
  await again.close();
});

test('another order, another number or another set of partitions is refused', async () => {
  const [a, b] = await groups();
  await (await opened([a, b], 'place')).close();
  await assert.rejects(opened([b, a], 'place'), { code: 'FORMAT', message: /partition 2 of 2/ });
  await assert.rejects(opened(b, 'place'), { code: 'FORMAT' });
  await (await opened(a, 'single')).close();
  await assert.rejects(opened([a, b], 'single'), { code: 'FORMAT', message: /partition 1 of 1/ });
  await assert.rejects(etcdEngine({ hosts: [a, a] }), TypeError);
  // The second cluster belongs to another store: its partitions were never opened together with this one.
  const third = await startCluster();
  try {
    await assert.rejects(opened([[...third.hosts], b], 'place'), {
      code: 'FORMAT',
      message: /another store/,
    });
  } finally {
    await third.close();
  }
});

test('an address names partitions by a semicolon', async () => {
  const [[a = ''], [b = '']] = await groups();
  const store = await open(`etcd://${a};${b}/address`);
  assert.equal(store.supports.partitions, 2);
  await store.close();
});
