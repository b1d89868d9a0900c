// Watches when the network, the history or the cluster fails.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import type { Change } from '../../../src/contract/change.ts';
import type { Watch } from '../../../src/contract/watch.ts';
import { opened, until } from './fixture.ts';
import { startCluster, type Cluster } from './cluster.ts';

let cluster: Cluster;

before(async () => {
  cluster = await startCluster({ binary: 'newer', proxies: true });
});
after(() => cluster.close());
beforeEach(() => cluster.proxies[0]?.heal());

/** Reads up to a change of this key. */
async function untilKey(watch: Watch<number>, key: string): Promise<Change<number>[]> {
  const seen: Change<number>[] = [];
  for (;;) {
    const step = await watch.next();
    assert.equal(step.done, false);
    if (step.done) return seen;
    seen.push(step.value);
    if ('key' in step.value && step.value.key === key) return seen;
  }
}

const entryChanges = (seen: readonly Change<number>[]): string[] =>
  seen.flatMap((change) => ('key' in change ? [`${change.type} ${change.key}@${change.version}`] : []));

test('cut again and again, a watch misses nothing and is told nothing twice', async () => {
  const writer = await opened({ ...cluster, hosts: cluster.direct }, { prefix: 'cuts' });
  const reader = await opened(cluster, { prefix: 'cuts' });
  const watch = reader.store.map<number>('m').watch();
  await watch.ready;
  const map = writer.store.map<number>('m');
  const made: string[] = [];
  for (let n = 0; n < 300; n++) {
    const key = `k${n % 50}`;
    if (n % 7 === 6) {
      const outcome = await map.delete(key, { ifPresent: true });
      if (outcome.ok) made.push(`delete ${key}@${outcome.version}`);
    } else {
      const before = await map.has(key);
      made.push(`${before ? 'update' : 'insert'} ${key}@${(await map.set(key, n)).version}`);
    }
    if (n % 60 === 30) cluster.proxies[0]?.cut();
  }
  await map.set('end', 1);
  const seen = entryChanges(await untilKey(watch, 'end'));
  assert.deepEqual(seen.slice(0, -1), made);
  const { gauges } = await reader.store.inspect();
  assert.ok((gauges['watchStreams'] ?? 0) > 1, 'the stream was begun again');
  await reader.store.close();
  await writer.store.close();
});

test('all watches share one stream, and each distinct range is watched once', async () => {
  const { store } = await opened(cluster, { prefix: 'shared' });
  const map = store.map<number>('m');
  const watches = [map.watch(), map.watch(), map.watch({ key: 'a' }), map.watch({ prefix: 'b' })];
  await Promise.all(watches.map(({ ready }) => ready));
  await map.set('a', 1);
  for (const watch of watches.slice(0, 3)) await untilKey(watch, 'a');
  const { gauges } = await store.inspect();
  assert.equal(gauges['feeds'], 4);
  assert.equal(gauges['watchStreams'], 1);
  // The map, the key, the prefix, and the record of the store.
  assert.equal(gauges['watchedRanges'], 4);
  // The others go on, on the same stream.
  await watches[2]?.close();
  await map.set('b', 1);
  await map.set('c', 1);
  for (const watch of [watches[0], watches[1]]) if (watch !== undefined) await untilKey(watch, 'c');
  const left = (await store.inspect()).gauges;
  assert.deepEqual([left['watchedRanges'], left['watchStreams']], [3, 1]);
  for (const watch of watches) await watch.close();
  await until('nothing is watched', async () => (await store.inspect()).gauges['watchedRanges'] === 0);
  await store.close();
});

test('a watch in which nothing happens keeps no other from hearing how far the cluster has come', async () => {
  const { store, engine } = await opened(cluster, { prefix: 'quiet' });
  const map = store.map<number>('m');
  const entry = await map.set('a', 1);
  const near = store.map<number>('m', { near: { maxStaleMs: 0, onStale: 'wait', prefix: 'a' } });
  assert.equal((await near.entry('a'))?.version, entry.version);
  await store.map('other').set('b', 1);
  // It stands at the end of the history, and nobody writes from here on.
  const watch = store.map('another').watch();
  await watch.ready;
  await engine.position();
  await until('its range is watched', async () => (await store.inspect()).gauges['watchedRanges'] === 3);
  assert.equal((await near.entry('a'))?.version, entry.version);
  await watch.close();
  await store.close();
});

test('what is written while a watch comes to be is told, whoever is faster', async () => {
  const [mine, other] = [
    await opened(cluster, { prefix: 'race' }),
    await opened(cluster, { prefix: 'race' }),
  ];
  const writer = other.store.map<number>('m');
  for (let n = 0; n < 30; n++) {
    const watch = mine.store.map<number>('m').watch({ key: `k${n}` });
    await watch.ready;
    await writer.set(`k${n}`, 1);
    await writer.set(`k${n}`, 2);
    const values: number[] = [];
    for await (const change of watch) {
      if ('value' in change && values.push(change.value) === 2) break;
    }
    assert.deepEqual(values, [1, 2]);
    await watch.close();
  }
  await mine.store.close();
  await other.store.close();
});

test('a revision larger than a message comes whole', async () => {
  const { store } = await opened(cluster, { prefix: 'pieces' });
  const map = store.map<string>('m');
  const bookmark = await bookmarkOf(map.watch());
  for (let n = 0; n < 6; n++) await map.set(`k${n}`, String(n).repeat(700_000));
  await map.set('end', '');
  const watch = map.watch({ start: bookmark });
  const sizes: number[] = [];
  for await (const change of watch) {
    if (!('value' in change)) continue;
    if (change.key === 'end') break;
    sizes.push(change.value.length);
  }
  assert.deepEqual(sizes, [700_000, 700_000, 700_000, 700_000, 700_000, 700_000]);
  await store.close();
});

async function bookmarkOf<Value>(watch: Watch<Value>): Promise<string> {
  await watch.ready;
  const { bookmark } = watch;
  await watch.close();
  return bookmark;
}

test('a bookmark whose history is compacted away is answered with a reset and the state', async () => {
  const { store } = await opened(cluster, { prefix: 'compacted', keepRevisions: 1 });
  const map = store.map<number>('m');
  await map.set('a', 1);
  const bookmark = await bookmarkOf(map.watch());
  for (let n = 2; n < 20; n++) await map.set('a', n);
  await map.compact();
  const watch = map.watch({ start: bookmark });
  const types: string[] = [];
  for await (const change of watch) {
    types.push(change.type === 'insert' ? `insert ${change.value}` : change.type);
    if (change.type === 'live') break;
  }
  assert.deepEqual(types, ['reset', 'insert 19', 'live']);
  await store.close();
});

test('compaction under a watch that is cut off ends in a reset with the exact state', async () => {
  const prefix = 'cut-and-compacted';
  const writer = await opened({ ...cluster, hosts: cluster.direct }, { prefix, keepRevisions: 1 });
  const reader = await opened(cluster, { prefix });
  const map = writer.store.map<number>('m');
  await map.set('a', 0);
  await map.set('gone', 0);
  const watch = reader.store.map<number>('m').watch({ start: 'current' });
  await watch.ready;
  await untilKey(watch, 'gone');
  cluster.proxies[0]?.refuse();
  await map.delete('gone');
  for (let n = 0; n < 20; n++) await map.set('a', n);
  await map.compact();
  await map.set('end', 1);
  cluster.proxies[0]?.heal();
  const known = new Map<string, number>();
  let isReset = false;
  for await (const change of watch) {
    if (change.type === 'reset') {
      isReset = true;
      known.clear();
    } else if ('value' in change) known.set(change.key, change.value);
    else if ('key' in change) known.delete(change.key);
    if (change.type === 'live' && isReset) break;
  }
  assert.deepEqual(known, new Map(Object.entries({ a: 19, end: 1 })));
  await reader.store.close();
  await writer.store.close();
});

test('a cluster whose history went backwards begins another lineage, and watches are reset', async () => {
  const lost = await startCluster({ binary: 'newer' });
  try {
    const { store, engine } = await opened(lost, { prefix: 'back' });
    const map = store.map<number>('m');
    for (let n = 0; n < 50; n++) await map.set(`k${n}`, n);
    const { lineage } = engine;
    const watch = map.watch();
    await watch.ready;
    await lost.kill(0);
    await rm(path.join(lost.folder, 'n0'), { recursive: true });
    await lost.restart(0);
    await map.set('fresh', 1);
    const known = new Set<string>();
    let isReset = false;
    for await (const change of watch) {
      if (change.type === 'reset') known.clear();
      isReset ||= change.type === 'reset';
      if ('key' in change) known.add(change.key);
      if (change.type === 'live' && isReset) break;
    }
    assert.deepEqual([...known], ['fresh']);
    assert.notEqual(engine.lineage, lineage);
    assert.equal(await map.count(), 1);
    await store.close();
  } finally {
    await lost.close();
  }
});
