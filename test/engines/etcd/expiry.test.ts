// Times to live on real leases.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { seeded } from '../../conformance/simulated-history.ts';
import { keysBelow, opened, until } from './fixture.ts';
import { startCluster, type Cluster } from './cluster.ts';

for (const binary of ['base', 'newer'] as const) {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ binary });
  });
  after(() => cluster.close());

  test(`${binary}: what a writer that is gone wrote expires, and what is deleted is a delete`, async () => {
    const prefix = `gone-${binary}`;
    const [writer, reader] = [await opened(cluster, { prefix }), await opened(cluster, { prefix })];
    const map = writer.store.map<number>('m');
    const seen: string[] = [];
    const watch = reader.store.map<number>('m').watch();
    await watch.ready;
    await map.set('expires', 1, { ttlMs: 1_000 });
    await map.set('deleted', 1, { ttlMs: 1_000 });
    await map.set('cleared', 1, { ttlMs: 1_000 });
    await map.set('kept', 1, { ttlMs: 1_000 });
    await map.set('kept', 2);
    await map.delete('deleted');
    await map.clear({ prefix: 'cl' });
    await writer.store.close();
    for await (const change of watch) {
      if ('key' in change && change.type !== 'insert' && change.type !== 'update')
        seen.push(`${change.type} ${change.key}`);
      if (change.type === 'expire') break;
    }
    assert.deepEqual(seen, ['delete deleted', 'delete cleared', 'expire expires']);
    assert.equal(await reader.store.map<number>('m').get('kept'), 2);
    await reader.store.close();
  });

  test(`${binary}: entries that end at about the same time share a lease, ended by their writer`, async () => {
    const { store } = await opened(cluster, { prefix: `shared-${binary}` });
    const map = store.map<number>('m');
    const watch = map.watch();
    await watch.ready;
    await map.setMany(Array.from({ length: 300 }, (_, n) => [`k${n}`, n, { ttlMs: 600 }] as const));
    assert.ok(((await store.inspect()).gauges['leases'] ?? 0) <= 3);
    let expired = 0;
    for await (const change of watch) {
      if (change.type === 'expire' && ++expired === 300) break;
    }
    assert.equal(await map.count(), 0);
    await until('no lease is left', async () => (await store.inspect()).gauges['leases'] === 0);
    await store.close();
  });

  test(`${binary}: 10,000 entries with lives between 5 s and 1 h hang on at most 200 leases`, async (t) => {
    const { store } = await opened(cluster, { prefix: `many-${binary}` });
    const map = store.map<number>('m');
    const seed = Date.now() % 1_000_000;
    t.diagnostic(`seed ${seed}`);
    const random = seeded(seed);
    const { operations } = store.supports.atomic;
    let written = 0;
    const writer = async (): Promise<void> => {
      while (written < 10_000) {
        const atomic = store.atomic();
        const until = Math.min(10_000, written + operations);
        for (; written < until; written++)
          atomic.set(map, `k${written}`, written, { ttlMs: 5_000 + Math.floor(random() * 3_595_000) });
        await atomic.commit();
      }
    };
    await Promise.all(Array.from({ length: 8 }, writer));
    const { gauges } = await store.inspect();
    const { leases } = (await cluster.ask(0, 'lease/leases')) as { readonly leases: readonly object[] };
    t.diagnostic(`${leases.length} leases on the server, ${gauges['leases']} of this process`);
    // On a busy machine the shortest lives are over by now.
    assert.ok((await keysBelow(cluster, `many-${binary}/e/`)) > 9_500);
    assert.ok(leases.length <= 200, `${leases.length} leases`);
    assert.ok(leases.length > 100, 'they are on the server');
    await store.close();
  });
}
