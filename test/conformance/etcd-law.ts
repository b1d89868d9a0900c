// The engine on etcd, under the law. Laws wait for the network most of the time, so that several of them run at once.
import { after, before, describe, it } from 'node:test';
import { conformance, type TestContext } from '../../src/conformance/suite.ts';
import type { EngineInternals } from '../../src/conformance/fixture.ts';
import type { AsyncEngine } from '../../src/contract/engine.ts';
import { etcdEngine } from '../../src/engines/etcd/index.ts';
import { startCluster, type Cluster } from '../engines/etcd/cluster.ts';

/** What is put through which laws. */
export interface EtcdLaws {
  readonly name: string;
  readonly binary: 'base' | 'newer';
  /** How many clusters hold the store; one unless said. */
  readonly partitions?: number;
  /** Which laws; all unless said. */
  readonly wanted?: (law: string) => boolean;
  /** Makes what is put through the law of the engine, which then cannot be opened again. */
  readonly wrap?: (engine: AsyncEngine, internals: EngineInternals) => AsyncEngine;
}

const ABREAST = 4;

/** A server for an engine that answers later is not asked about the sync face. */
const SYNC_FACE = '(sync face)';

/** The clock of a law stands still while leases run on the server: they must not end by themselves meanwhile. */
const LEASE_GRACE_MS = 10_000;

type Law = (context: TestContext) => Promise<void> | void;

/** Puts the engine through the law. */
export function etcdLaws({ name, binary, partitions = 1, wanted, wrap }: EtcdLaws): void {
  describe(name, { concurrency: ABREAST }, () => {
    const clusters: Cluster[] = [];
    let made = 0;
    const prefixes = new WeakMap<object, string>();
    const engineAt = async (prefix: string, internals: EngineInternals): Promise<AsyncEngine> => {
      const groups = clusters.map((cluster) => [...cluster.hosts]);
      const hosts = groups.length === 1 ? (groups[0] ?? []) : groups;
      const { clock } = internals;
      const engine = await etcdEngine({ hosts, prefix }, { clock, leaseGraceMs: LEASE_GRACE_MS });
      prefixes.set(engine, prefix);
      return wrap === undefined ? engine : wrap(engine, internals);
    };

    before(async () => {
      for (let n = 0; n < partitions; n++) clusters.push(await startCluster({ binary, inMemory: true }));
    });
    after(() => Promise.all(clusters.map((cluster) => cluster.close())));

    const laws: (readonly [law: string, run: Law])[] = [];
    conformance({
      name,
      test: (law: string, run: Law) => laws.push([law, run]),
      engine: (internals) => engineAt(`test${made++}`, internals),
      ...(wrap === undefined
        ? { reopen: (closed, internals) => engineAt(prefixes.get(closed) ?? '', internals) }
        : {}),
      lawMs: 120_000,
    });
    for (const [law, run] of laws) {
      if (wanted?.(law) === false) continue;
      it(law, { skip: law.endsWith(SYNC_FACE) && 'supports.sync is false' }, run);
    }
  });
}
