// The engine on LMDB, under the law.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it, test } from 'node:test';
import { mirror } from '../../src/conformance/mirror.ts';
import { conformance } from '../../src/conformance/suite.ts';
import type { Engine } from '../../src/contract/engine.ts';
import { lmdbEngine } from '../../src/engines/lmdb/index.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import type { EngineInternals } from '../../src/conformance/fixture.ts';

const base = await mkdtemp(join(tmpdir(), 'samemap-lmdb-'));
after(() => rm(base, { recursive: true, force: true }));

const directories = new WeakMap<Engine, string>();
let made = 0;

async function engineIn(dir: string, { clock }: EngineInternals): Promise<Engine> {
  const engine = await lmdbEngine({ dir, durability: 'os' }, { clock });
  directories.set(engine, dir);
  return engine;
}

// Laws wait for the disk most of the time, so that several of them run at once.
describe('lmdb', { concurrency: 4 }, () => {
  conformance({
    name: 'lmdb',
    test: it,
    engine: (internals) => engineIn(join(base, String(made++)), internals),
    reopen: (closed, internals) => engineIn(directories.get(closed) ?? '', internals),
    lawMs: 30_000,
  });
});

// The same answers as the reference, call by call; versions are compared by their order.
conformance({
  name: 'mirror(memory, lmdb)',
  test,
  lawMs: 10_000,
  engine: async ({ clock }) => {
    const lmdb = await lmdbEngine({ dir: join(base, String(made++)), durability: 'os' }, { clock });
    return mirror(memoryEngine({}, { clock }), lmdb);
  },
});
