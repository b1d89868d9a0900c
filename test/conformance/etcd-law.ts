// The engine on etcd, under the law. Laws wait for the network most of the time, so that several of them run at once.
import { after, before, describe, it } from 'node:test';
import { conformance, type TestContext } from '../../src/conformance/suite.ts';
import type { EngineInternals } from '../../src/conformance/fixture.ts';
import type { Engine } from '../../src/contract/engine.ts';
import { etcdEngine } from '../../src/engines/etcd/index.ts';
import { startCluster, type Cluster } from '../engines/etcd/cluster.ts';

const ABREAST = 4;

/** A server for an engine that answers later is not asked about the sync face. */
const SYNC_FACE = '(sync face)';

/** The clock of a law stands still while leases run on the server: they must not end by themselves meanwhile. */
const LEASE_GRACE_MS = 10_000;

/** Puts the engine through the law on one server. */
export function etcdLaw(binary: 'base' | 'newer'): void {
  describe(`etcd, ${binary} server`, { concurrency: ABREAST }, () => {
    let cluster: Cluster;
    let made = 0;
    const prefixes = new WeakMap<Engine, string>();
    const engineAt = async (prefix: string, { clock }: EngineInternals): Promise<Engine> => {
      const engine = await etcdEngine(
        { hosts: cluster.hosts, prefix },
        { clock, leaseGraceMs: LEASE_GRACE_MS },
      );
      prefixes.set(engine, prefix);
      return engine;
    };

    before(async () => {
      cluster = await startCluster({ binary, inMemory: true });
    });
    after(() => cluster.close());

    conformance({
      name: 'etcd',
      test: (name: string, run: (context: TestContext) => Promise<void> | void) =>
        it(name, { skip: name.endsWith(SYNC_FACE) && 'supports.sync is false' }, run),
      engine: (internals) => engineAt(`test${made++}`, internals),
      reopen: (closed, internals) => engineAt(prefixes.get(closed) ?? '', internals),
      lawMs: 120_000,
    });
  });
}
