// The engines on which every recipe is tested: one line each.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { Clock } from '../../src/base/clock.ts';
import { asynchronous } from '../../src/conformance/asynchronous.ts';
import { manualClock } from '../../src/conformance/manual-clock.ts';
import type { ManualClock } from '../../src/conformance/manual-clock.ts';
import type { Engine } from '../../src/contract/engine.ts';
import type { Store } from '../../src/contract/store.ts';
import { etcdEngine } from '../../src/engines/etcd/index.ts';
import { lmdbEngine } from '../../src/engines/lmdb/index.ts';
import { logEngine } from '../../src/engines/log/index.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { sharedEngine } from '../../src/engines/shared/index.ts';
import { memoryFiles } from '../../src/fs/memory-files.ts';
import { open } from '../../src/map/open.ts';
import { startCluster } from '../engines/etcd/cluster.ts';
import type { Cluster } from '../engines/etcd/cluster.ts';

type Opener = (clock: Clock, dir: string) => Engine | Promise<Engine>;

const ENGINES: Readonly<Record<string, Opener>> = {
  memory: (clock) => memoryEngine({}, { clock }),
  log: (clock) => logEngine({ dir: 'memory' }, { clock, files: memoryFiles() }),
  shared: (clock) => sharedEngine({ capacityBytes: 2 ** 22 }, { clock }),
  lmdb: (clock, dir) => lmdbEngine({ dir, durability: 'os' }, { clock }),
  etcd: async (clock, dir) => {
    const { hosts } = await servers();
    return await etcdEngine({ hosts, prefix: path.basename(dir) }, { clock });
  },
  'one that answers later': (clock) => asynchronous(memoryEngine({}, { clock })),
  'one of a cluster': (clock) => far(asynchronous(memoryEngine({}, { clock }))),
};

let cluster: Promise<Cluster> | undefined;
after(async () => await (await cluster)?.close());

/** A server for all tests of the file. */
function servers(): Promise<Cluster> {
  cluster ??= startCluster({});
  return cluster;
}

/** An engine that says that others share it. */
function far(engine: Engine): Engine {
  const supports = { ...engine.supports, reach: 'cluster' } as const;
  return Object.create(engine, { supports: { value: supports } }) as Engine;
}

/** What a test of a recipe is given. */
export interface Bench {
  readonly engine: string;
  readonly store: Store;
  readonly clock: ManualClock;
  /** `true`: others share the engine. */
  readonly shared: boolean;
  /** How many things to do at once: fewer where each is a round trip. */
  readonly many: number;
  /** Longer than it takes until an entry of `ttlMs` has expired and everybody was told. */
  readonly untilExpiredMs: (ttlMs: number) => number;
}

/** Registers a test of a recipe on every engine, each with a fresh store and a clock that the test moves. */
export function onEveryEngine(name: string, run: (bench: Bench) => Promise<void>): void {
  for (const [engine, opener] of Object.entries(ENGINES)) {
    test(`${name} (${engine})`, async () => {
      const dir = await mkdtemp(path.join(tmpdir(), 'samemap-recipe-'));
      const clock = manualClock();
      const store = await open(await opener(clock, dir));
      const { reach, expiry } = store.supports;
      try {
        await run({
          engine,
          store,
          clock,
          shared: reach === 'cluster',
          many: engine === 'etcd' ? 30 : 200,
          untilExpiredMs: (ttlMs) => ttlMs + expiry.lagMs + 1,
        });
      } finally {
        await store.close();
        await rm(dir, { recursive: true, force: true });
      }
    });
  }
}
