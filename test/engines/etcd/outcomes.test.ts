// What a call comes to when the network fails: done, refused, or unknown; and never twice.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { faultOf, opened, until, type Opened } from './fixture.ts';
import { startCluster, type Cluster } from './cluster.ts';
import type { Proxy } from './proxy.ts';

let cluster: Cluster;
let proxy: Proxy;
let made = 0;

before(async () => {
  cluster = await startCluster({ binary: 'newer', proxies: true });
  proxy = cluster.proxies[0] as Proxy;
});
after(() => cluster.close());
beforeEach(() => proxy.heal());

/** A store that loses patience soon, and one that looks at the same keys over an undisturbed connection. */
async function pair(deadlineMs: number, attemptMs = 200): Promise<readonly [Opened, Opened]> {
  const prefix = `outcomes${made++}`;
  const calm = await opened({ ...cluster, hosts: cluster.direct }, { prefix });
  return [await opened(cluster, { prefix, deadlineMs, attemptMs }), calm];
}

async function endAll(...all: readonly Opened[]): Promise<void> {
  proxy.heal();
  for (const { store } of all) await store.close();
}

test('a write without a condition whose answer is lost is UNKNOWN_OUTCOME, and sent once', async () => {
  const [mine, calm] = await pair(500);
  const map = mine.store.map<number>('m');
  const before = await map.set('a', 1);
  proxy.swallowReplies();
  await faultOf('UNKNOWN_OUTCOME', map.set('a', 2));
  proxy.heal();
  const found = await calm.store.map<number>('m').entry('a');
  assert.equal(found?.value, 2, 'here it was carried out');
  assert.equal(found?.version, before.version + 1, 'once');
  await endAll(mine, calm);
});

for (const condition of ['ifAbsent', 'ifVersion'] as const) {
  test(`a write by ${condition} whose answer is lost is found to have been carried out`, async () => {
    const [mine, calm] = await pair(8_000);
    const map = mine.store.map<number>('m');
    const first = await map.set('b', 0);
    const key = condition === 'ifAbsent' ? 'a' : 'b';
    proxy.swallowReplies();
    const how = condition === 'ifAbsent' ? { ifAbsent: true as const } : { ifVersion: first.version };
    const write = map.set(key, 1, how);
    const other = calm.store.map<number>('m');
    await until('it was carried out', async () => (await other.get(key)) === 1);
    const carriedOut = await other.entry(key);
    proxy.heal();
    const outcome = await write;
    assert.ok(outcome.ok, 'its own write is no conflict');
    assert.equal(outcome.version, carriedOut?.version);
    assert.deepEqual(await other.entry(key), carriedOut, 'and it happened once');
    await endAll(mine, calm);
  });
}

test('a lost write that others wrote over is found in the history', async () => {
  const [mine, calm] = await pair(8_000);
  const map = mine.store.map<number>('m');
  const other = calm.store.map<number>('m');
  const { version } = await map.set('a', 0);
  proxy.swallowReplies();
  const write = map.set('a', 1, { ifVersion: version });
  await until('it was carried out', async () => (await other.get('a')) === 1);
  const carriedOut = await other.entry('a');
  for (let n = 2; n < 6; n++) await other.set('a', n);
  proxy.heal();
  const outcome = await write;
  assert.ok(outcome.ok);
  assert.equal(outcome.version, carriedOut?.version);
  assert.equal(await other.get('a'), 5);
  await endAll(mine, calm);
});

test('sums are exact though answers are lost', async () => {
  const [mine, calm] = await pair(8_000);
  const map = mine.store.map<number>('m');
  const other = calm.store.map<number>('m');
  await map.add('n', 0);
  const sums = Array.from({ length: 10 }, () => map.add('n', 1));
  await until('the first were carried out', async () => ((await other.get('n')) ?? 0) > 2);
  proxy.swallowReplies();
  await new Promise((resolve) => setTimeout(resolve, 300));
  proxy.heal();
  assert.deepEqual(
    (await Promise.all(sums)).toSorted((a, b) => a - b),
    Array.from({ length: 10 }, (_, n) => n + 1),
  );
  assert.equal(await map.get('n'), 10);
  await endAll(mine, calm);
});

test('while no member can be reached calls wait, and then say so and name the members', async () => {
  const [mine, calm] = await pair(400);
  const map = mine.store.map<number>('m');
  await map.set('a', 1);
  proxy.refuse();
  // What was on its way may have arrived; from here on nothing leaves.
  await faultOf('UNAVAILABLE', map.get('a'));
  const calls = [map.get('a'), map.set('a', 2), map.add('n', 1), map.count(), map.nextKey()];
  for (const error of await Promise.all(calls.map((call) => faultOf('UNAVAILABLE', call)))) {
    assert.match(error.message, new RegExp(cluster.hosts[0] ?? 'none'));
  }
  proxy.heal();
  await until('it is reached again', async () => (await map.get('a').catch(() => 0)) === 1);
  await endAll(mine, calm);
});

test('a call that waits is carried out when a member can be reached again', async () => {
  const [mine, calm] = await pair(8_000);
  const map = mine.store.map<number>('m');
  await map.set('a', 1);
  proxy.refuse();
  const read = map.get('a');
  await until('connections are gone', () => proxy.connections === 0);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const call = map.set('a', 2);
  proxy.heal();
  assert.equal((await call).value, 2);
  assert.ok((await read) !== undefined);
  await endAll(mine, calm);
});

test('a value over the limit is refused before it is sent', async () => {
  const [mine, calm] = await pair(2_000);
  const map = mine.store.map<string>('m');
  const { valueBytes } = mine.engine.supports.limits;
  await faultOf('LIMIT', map.set('a', 'x'.repeat(valueBytes + 1)));
  await map.set('a', 'x'.repeat(valueBytes - 16));
  assert.equal((await map.get('a'))?.length, valueBytes - 16);
  const atomic = mine.store.atomic();
  for (const key of ['a', 'b', 'c']) atomic.set(map, key, 'x'.repeat(valueBytes - 16));
  await faultOf('LIMIT', atomic.commit());
  await endAll(mine, calm);
});
