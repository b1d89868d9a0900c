// Times to live on real leases.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { opened, until } from './fixture.ts';
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
}
