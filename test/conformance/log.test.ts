// The engine over a log, under the law: on files in memory, and beside the engine in memory.
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it, test } from 'node:test';
import { mirror } from '../../src/conformance/mirror.ts';
import { conformance } from '../../src/conformance/suite.ts';
import type { Engine } from '../../src/contract/engine.ts';
import { logEngine } from '../../src/engines/log/index.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { memoryFiles, type MemoryFiles } from '../../src/fs/memory-files.ts';

const SMALL = { dir: 'memory', segmentBytes: 16_384, compactBytes: 0 } as const;
const disks = new WeakMap<Engine, MemoryFiles>();
const folders = new WeakMap<Engine, string>();

conformance({
  name: 'log',
  test,
  lawMs: 10_000,
  engine: async ({ clock }) => {
    const files = memoryFiles();
    const engine = await logEngine(SMALL, { clock, files });
    disks.set(engine, files);
    return engine;
  },
  reopen: async (closed, { clock }) => {
    const files = memoryFiles(disks.get(closed)?.contents);
    const engine = await logEngine(SMALL, { clock, files });
    disks.set(engine, files);
    return engine;
  },
});

let made = 0;
const folder = mkdtempSync(path.join(tmpdir(), 'samemap-log-'));
after(() => rm(folder, { recursive: true }));

// Laws wait for the disk most of the time, so that several of them run at once.
describe('log on disk', { concurrency: 4 }, () => {
  conformance({
    name: 'log on disk',
    test: it,
    lawMs: 30_000,
    engine: async ({ clock }) => {
      const dir = path.join(folder, String(made++));
      const engine = await logEngine({ dir, durability: 'os' }, { clock });
      folders.set(engine, dir);
      return engine;
    },
    reopen: async (closed, { clock }) => {
      const dir = folders.get(closed) ?? '';
      const engine = await logEngine({ dir, durability: 'disk' }, { clock });
      folders.set(engine, dir);
      return engine;
    },
  });
});

conformance({
  name: 'mirror(memory, log)',
  test,
  lawMs: 10_000,
  engine: async ({ clock }) =>
    mirror(memoryEngine({}, { clock }), await logEngine(SMALL, { clock, files: memoryFiles() })),
});
