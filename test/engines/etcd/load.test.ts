// Loads: all or nothing for every reader, and what they leave behind.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { manualClock } from '../../../src/conformance/manual-clock.ts';
import { etcdEngine } from '../../../src/engines/etcd/index.ts';
import { open } from '../../../src/index.ts';
import { startCluster, type Cluster } from './cluster.ts';
import { faultOf, keysBelow, opened } from './fixture.ts';

let cluster: Cluster;

before(async () => {
  cluster = await startCluster({ binary: 'newer', proxies: true });
});
after(() => cluster.close());

/** A snapshot of a map of 600 entries with this value. */
async function snapshotOf(value: number): Promise<Uint8Array[]> {
  const store = await open('memory:');
  const map = store.map<number>('m');
  await map.setMany(Array.from({ length: 600 }, (_, n) => [`k${n}`, value] as const));
  const blocks: Uint8Array[] = [];
  for await (const block of map.snapshot()) blocks.push(block);
  await store.close();
  return blocks;
}

test('a reader in another process sees all of a restore or nothing, and writers go on in the restored map', async () => {
  const [mine, other] = [
    await opened(cluster, { prefix: 'whole' }),
    await opened(cluster, { prefix: 'whole' }),
  ];
  const snapshots = [await snapshotOf(1), await snapshotOf(2)];
  const map = mine.store.map<number>('m');
  const reading = other.store.map<number>('m');
  await map.restore(snapshots[0] ?? []);
  let isOver = false;
  const seen = new Set<string>();
  const reader = (async () => {
    while (!isOver) seen.add((await reading.getMany(['k0', 'k300', 'k599'])).join());
  })();
  for (let round = 0; round < 4; round++)
    await map.restore(snapshots[(round + 1) % 2] ?? [], { mode: 'replace' });
  isOver = true;
  await reader;
  for (const values of seen) assert.match(values, /^(1,1,1|2,2,2)$/);
  const { version } = await reading.set('k0', 9);
  assert.equal((await map.entry('k0'))?.version, version);
  assert.equal(await reading.count(), 600);
  await mine.store.close();
  await other.store.close();
});

test('a watch in another process is reset by a restore, and goes on where the entries are', async () => {
  const [mine, other] = [
    await opened(cluster, { prefix: 'reset' }),
    await opened(cluster, { prefix: 'reset' }),
  ];
  const map = mine.store.map<number>('m');
  await map.set('old', 1);
  const watch = other.store.map<number>('m').watch();
  await watch.ready;
  await map.restore(await snapshotOf(1), { mode: 'replace' });
  const known = new Set<string>();
  let isReset = false;
  for await (const change of watch) {
    if (change.type === 'reset') known.clear();
    isReset ||= change.type === 'reset';
    if ('value' in change) known.add(change.key);
    if (change.type === 'live' && isReset) break;
  }
  assert.equal(known.size, 600);
  const again = other.store.map<number>('m').watch();
  await again.ready;
  await map.set('new', 1);
  for await (const change of again) if ('key' in change && change.key === 'new') break;
  await mine.store.close();
  await other.store.close();
});

test('what a restore replaced, and what one that failed wrote, is collected when a minute has passed', async () => {
  const clock = manualClock();
  const store = await open(await etcdEngine({ hosts: cluster.direct, prefix: 'garbage' }, { clock }));
  const map = store.map<number>('m');
  await map.set('a', 1);
  await map.restore(await snapshotOf(1), { mode: 'replace' });
  assert.equal(await keysBelow(cluster, 'garbage/e/'), 601, 'the old generation rests');
  await map.compact();
  assert.equal(await keysBelow(cluster, 'garbage/e/'), 601);
  await cluster.ask(0, 'kv/put', { key: Buffer.from('garbage/e/m/dead/a').toString('base64'), value: '' });
  await clock.tick(60_000);
  await map.compact();
  assert.equal(await keysBelow(cluster, 'garbage/e/'), 600);
  assert.equal(await map.count(), 600);
  await store.close();
});

test('a restore that cannot reach the cluster changes nothing', async () => {
  const { store } = await opened(cluster, { prefix: 'cut', deadlineMs: 500 });
  const calm = await opened({ ...cluster, hosts: cluster.direct }, { prefix: 'cut' });
  const map = store.map<number>('m');
  const entry = await map.set('a', 1);
  async function* cutting(): AsyncGenerator<Uint8Array> {
    yield* await snapshotOf(1);
    cluster.proxies[0]?.refuse();
  }
  await faultOf('UNAVAILABLE', map.restore(cutting(), { mode: 'replace' }));
  assert.deepEqual(await calm.store.map<number>('m').entry('a'), entry);
  cluster.proxies[0]?.heal();
  await store.close();
  await calm.store.close();
});
