// Rows and defects of the Atomix map, in memory and on a cluster.
import { after } from 'node:test';
import { etcdEngine } from '../../src/engines/etcd/index.ts';
import { open } from '../../src/index.ts';
import type { Store } from '../../src/contract/store.ts';
import { startCluster, type Cluster } from '../engines/etcd/cluster.ts';
import { atomixDefects } from './atomix-map-defects.ts';
import { atomixParity, type AtomixSubject } from './atomix-map.ts';

const memory: AtomixSubject = {
  name: 'memory',
  cluster: false,
  async open() {
    const store: Store = await open('memory:');
    return [store, store];
  },
};

let cluster: Promise<Cluster> | undefined;
let opened = 0;
after(async () => (await cluster)?.close());

const etcd: AtomixSubject = {
  name: 'etcd',
  cluster: true,
  async open() {
    const { hosts } = await (cluster ??= startCluster());
    const prefix = `parity${opened++}`;
    return [await open(await etcdEngine({ hosts, prefix })), await open(await etcdEngine({ hosts, prefix }))];
  },
};

for (const subject of [memory, etcd]) {
  atomixParity(subject);
  atomixDefects(subject);
}
