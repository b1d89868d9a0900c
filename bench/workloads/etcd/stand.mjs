// Servers, a store of ours and its peers, side by side.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Etcd3 } from 'etcd3';
import { startCluster } from '../../../dist/test/engines/etcd/cluster.js';
import { bareClient } from './wire.mjs';

/** @import { Input } from '../../harness/types.mjs' */

const dist = path.resolve(process.env['SAMEMAP_DIST'] ?? path.join(import.meta.dirname, '../../../dist/src'));
/** @type {typeof import('../../../dist/src/engines/etcd/index.js')} */
const { etcdEngine } = await import(pathToFileURL(path.join(dist, 'engines/etcd/index.js')).href);

export const VALUE = Buffer.alloc(100, 'x');

/** Starts so many servers, and opens clients to the leader. */
export async function stand(/** @type {Pick<Input, 'samemap'>} */ { samemap }, /** @type {number} */ nodes) {
  const cluster = await startCluster({ nodes, binary: 'newer', onDisk: true });
  const host = cluster.direct[await cluster.leader()] ?? '';
  const open = async () => samemap.open(await etcdEngine({ hosts: [host], prefix: 'bench' }));
  const store = await open();
  const bare = bareClient(host);
  const etcd3 = new Etcd3({ hosts: `http://${host}` });
  const codec = samemap.bytes();
  /** @type {{ close(): unknown }[]} */
  const more = [];
  return {
    cluster,
    host,
    store,
    codec,
    bare,
    etcd3,
    /** Another store on the same data. */
    async another() {
      const other = await open();
      more.push(other);
      return other;
    },
    async close() {
      for (const each of more) await each.close();
      await store.close();
      bare.close();
      etcd3.close();
      await cluster.close();
    },
  };
}

/** Runs a task so often, so many at once. */
export async function race(
  /** @type {number} */ width,
  /** @type {number} */ times,
  /** @type {(n: number) => Promise<unknown>} */ task,
) {
  let n = 0;
  const worker = async () => {
    while (n < times) await task(n++);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

export const keyOf = (/** @type {number} */ n) => `k${String((n * 7919) % 1_000).padStart(4, '0')}`;
