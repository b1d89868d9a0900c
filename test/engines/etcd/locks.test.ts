// Locks across processes: leases that end, places in line, and what remains.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { faultOf, keysBelow, opened, until } from './fixture.ts';
import { startCluster, type Cluster } from './cluster.ts';

let cluster: Cluster;
let made = 0;

before(async () => {
  cluster = await startCluster({ binary: 'newer', proxies: true });
});
after(() => cluster.close());
beforeEach(() => cluster.proxies[0]?.heal());

const calm = (): Cluster => ({ ...cluster, hosts: cluster.direct });

test('a holder that is cut off knows of the loss before another has the lock, and overwrites nobody', async () => {
  const prefix = `lost${made++}`;
  const [mine, other] = [
    await opened(cluster, { prefix, deadlineMs: 1_000 }),
    await opened(calm(), { prefix }),
  ];
  const map = mine.store.map<number>('m');
  const lock = await map.lock('a', { leaseMs: 2_000 });
  let lostAt = Infinity;
  lock.lost.addEventListener('abort', () => (lostAt = performance.now()));
  const next = other.store.map<number>('m').lock('a', { leaseMs: 2_000 });
  cluster.proxies[0]?.freeze();
  const taken = await next;
  const takenAt = performance.now();
  assert.ok(lostAt <= takenAt, `lost ${lostAt - takenAt} ms after another had it`);
  cluster.proxies[0]?.heal();
  await taken.save(2);
  await faultOf('LOCK_LOST', lock.commit(1));
  assert.equal(await other.store.map<number>('m').get('a'), 2);
  await taken.release();
  await mine.store.close();
  await other.store.close();
});

test('a commit is refused when the lease has ended, though the holder has not heard of it', async () => {
  const prefix = `revoked${made++}`;
  const { store } = await opened(calm(), { prefix });
  const map = store.map<number>('m');
  const lock = await map.lock('a', { leaseMs: 60_000 });
  const { leases } = (await cluster.ask(0, 'lease/leases')) as { leases: { ID: string }[] };
  for (const { ID } of leases) await cluster.ask(0, 'lease/revoke', { ID });
  await faultOf('LOCK_LOST', lock.commit(1));
  assert.equal(await map.get('a'), undefined);
  await store.close();
});

test('who waits is served in the order of coming, across processes, one woken at a time', async () => {
  const prefix = `line${made++}`;
  const stores = await Promise.all([1, 2, 3].map(() => opened(calm(), { prefix })));
  const maps = stores.map(({ store }) => store.map<number>('m'));
  const held = await maps[0]?.lock('a');
  const order: number[] = [];
  const done: Promise<void>[] = [];
  for (let n = 0; n < 9; n++) {
    const map = maps[n % 3];
    const waiting = map?.lock('a').then(async (lock) => {
      order.push(n);
      await lock.release();
    });
    done.push(waiting ?? Promise.resolve());
    await until(
      'it stands in line',
      async () => (await stores[0]?.store.inspect())?.locks[0]?.waiters === n + 1,
    );
  }
  assert.equal((await stores[1]?.store.inspect())?.gauges['watchedRanges'], 3, 'each watches one key');
  await held?.release();
  await Promise.all(done);
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  for (const { store } of stores) await store.close();
});

test('no way of leaving leaves a key behind', async () => {
  const prefix = `keys${made++}`;
  const { store } = await opened(cluster, { prefix, deadlineMs: 700 });
  const map = store.map<number>('m');
  const lock = await map.lock('a');
  const aborted = new AbortController();
  const waits = [
    map.lock('a', { waitMs: 50 }),
    map.lock('a', { signal: aborted.signal }),
    map.tryLock('a'),
    map.lock('a', { waitMs: 0 }),
  ].map((wait) => wait.catch(() => undefined));
  setTimeout(() => aborted.abort(new Error('enough')), 100);
  await Promise.all(waits);
  await lock.commit(1);
  assert.equal(await keysBelow(cluster, `${prefix}/l/`), 0);
  // The answer to a request that takes a place is lost: nobody has a handle to that key.
  await (await map.lock('warm')).release();
  cluster.proxies[0]?.swallowReplies();
  await map.lock('b').catch(() => undefined);
  cluster.proxies[0]?.heal();
  await until('the orphan is gone', async () => (await keysBelow(cluster, `${prefix}/l/`)) === 0);
  await (await map.lock('b')).release();
  await map.lock('c');
  await store.close();
  assert.equal(await keysBelow(cluster, `${prefix}/l/`), 0);
});

test('TIMEOUT names the holder in another process, and inspect tells of it', async () => {
  const prefix = `named${made++}`;
  const [mine, other] = [await opened(calm(), { prefix }), await opened(calm(), { prefix })];
  const lock = await mine.store.map<number>('m').lock('a', { label: 'importer 7' });
  const error = await faultOf('TIMEOUT', other.store.map<number>('m').lock('a', { waitMs: 20 }));
  assert.match(error.message, /"importer 7" for \d+ ms/);
  const [info] = (await other.store.inspect()).locks;
  assert.deepEqual([info?.label, info?.fence, info?.key], ['importer 7', lock.fence, 'a']);
  await lock.release();
  await mine.store.close();
  await other.store.close();
});

test('a lock is held for longer than its lease, as long as the holder lives', async () => {
  const { store } = await opened(calm(), { prefix: `long${made++}` });
  const map = store.map<number>('m');
  const lock = await map.lock('a', { leaseMs: 2_000 });
  await new Promise((resolve) => setTimeout(resolve, 4_500));
  assert.equal(lock.lost.aborted, false);
  await lock.commit(1);
  assert.equal(await map.get('a'), 1);
  await store.close();
});
