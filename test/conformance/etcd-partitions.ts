// Two partitions on etcd, under the law.
import { after, before, describe, it } from 'node:test';
import { conformance, type TestContext } from '../../src/conformance/suite.ts';
import type { EngineInternals } from '../../src/conformance/fixture.ts';
import type { Engine } from '../../src/contract/engine.ts';
import { etcdEngine } from '../../src/engines/etcd/index.ts';
import { startCluster, type Cluster } from '../engines/etcd/cluster.ts';

const ABREAST = 8;
const SYNC_FACE = '(sync face)';

/** Registers the laws that are wanted. */
export function partitionLaws(wanted: (law: string) => boolean): void {
  describe('etcd, two partitions', { concurrency: ABREAST }, () => {
    const clusters: Cluster[] = [];
    let made = 0;
    const prefixes = new WeakMap<Engine, string>();
    const engineAt = async (prefix: string, { clock }: EngineInternals): Promise<Engine> => {
      const hosts = clusters.map((cluster) => [...cluster.hosts]);
      const engine = await etcdEngine({ hosts, prefix }, { clock, leaseGraceMs: 10_000 });
      prefixes.set(engine, prefix);
      return engine;
    };

    before(async () => {
      clusters.push(await startCluster({ binary: 'newer' }), await startCluster({ binary: 'newer' }));
    });
    after(async () => {
      for (const cluster of clusters) await cluster.close();
    });

    conformance({
      name: 'etcd, two partitions',
      test: (name: string, run: (context: TestContext) => Promise<void> | void) => {
        if (wanted(name)) it(name, { skip: name.endsWith(SYNC_FACE) && 'supports.sync is false' }, run);
      },
      engine: (internals) => engineAt(`test${made++}`, internals),
      reopen: (closed, internals) => engineAt(prefixes.get(closed) ?? '', internals),
      lawMs: 120_000,
    });
  });
}
