import type { AsyncEngine } from '../../contract/engine.ts';
import { assemble } from './engine.ts';
import { openState, type EtcdInternals } from './opening.ts';
import { partitioned } from './partitions/partitioned.ts';
import { etcdSettings, type EtcdOptions } from './options.ts';

export type { EtcdAuth, EtcdOptions, EtcdTls } from './options.ts';

/**
 * The engine on etcd: one map across machines, kept by a cluster of etcd 3.4 or later. Needs the package
 * `@grpc/grpc-js`.
 *
 * @param options - the members of the cluster, the prefix of the store, credentials, bounds
 * @param internals - `clock`: by which entries expire and waits run out; the rest is for tests
 * @returns the engine, connected; hand it to `open`
 * @throws TypeError or RangeError for options that are none; StoreError `UNAVAILABLE` naming the members that
 *   were tried, `DENIED` when they refuse the credentials, `FORMAT` for a store of a later release, or of other
 *   partitions
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { etcdEngine } from 'samemap/etcd';
 * const store = await open(await etcdEngine({ hosts: ['127.0.0.1:2379'], prefix: 'shop' }));
 * await store.map<number>('stock').set('apples', 3);
 * await store.close();
 * ```
 */
export async function etcdEngine(options: EtcdOptions, internals: EtcdInternals = {}): Promise<AsyncEngine> {
  const [first, ...others] = etcdSettings(options);
  const partitions = others.length + 1;
  const { state, set } = await openState(first, internals, { partitions, partition: 0, set: undefined });
  if (others.length === 0) return assemble(state);
  const states = [state];
  try {
    for (const [n, settings] of others.entries()) {
      const place = { partitions, partition: n + 1, set };
      states.push((await openState(settings, internals, place)).state);
    }
  } catch (error) {
    for (const each of states) await assemble(each).close();
    throw error;
  }
  return partitioned(states.map(assemble));
}
