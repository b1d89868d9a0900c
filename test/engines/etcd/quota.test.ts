// A cluster whose space is used up: writes are FULL, nothing is lost, and it goes on when there is space again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { etcdEngine } from '../../../src/engines/etcd/index.ts';
import { bytes, open, StoreError } from '../../../src/index.ts';
import { startCluster } from './cluster.ts';

test('quota exhausted: writes are FULL, reads and watches go on, and so do writes after it was mended', async () => {
  const cluster = await startCluster({
    binary: 'newer',
    args: ['--quota-backend-bytes=4194304'],
  });
  try {
    const store = await open(await etcdEngine({ hosts: cluster.hosts, prefix: 'quota' }));
    const map = store.map('m', { codec: bytes() });
    const written = new Map<string, number>();
    const watch = map.watch();
    await watch.ready;
    const value = new Uint8Array(200_000);
    let full: unknown;
    for (let n = 0; full === undefined && n < 100; n++) {
      const key = `k${n}`;
      await map.set(key, value).then(
        ({ version }) => written.set(key, version),
        (error: unknown) => (full = error),
      );
    }
    assert.ok(full instanceof StoreError);
    assert.equal(full.code, 'FULL');
    await assert.rejects(map.set('more', value), { code: 'FULL' });
    for (const [key, version] of written) assert.equal((await map.entry(key))?.version, version);
    for (const [key] of written) {
      const { value: change } = await watch.next();
      if (change?.type === 'live') await watch.next();
      assert.ok(change !== undefined, key);
    }
    // An operator makes room: compact, defragment, disarm.
    assert.equal(await map.clear(), written.size, 'removing needs no space');
    const { header } = await cluster.ask(0, 'kv/range', { key: 'AA==' });
    const { revision, member_id: memberID } = header as {
      readonly revision: string;
      readonly member_id: string;
    };
    await cluster.ask(0, 'kv/compaction', { revision, physical: true }, 10_000);
    await cluster.ask(0, 'maintenance/defragment', {}, 10_000);
    await cluster.ask(0, 'maintenance/alarm', { action: 'DEACTIVATE', memberID, alarm: 'NOSPACE' }, 5_000);
    await map.set('small', new Uint8Array(10));
    assert.equal((await map.get('small'))?.length, 10);
    await watch.close();
    await store.close();
  } finally {
    await cluster.close();
  }
});
