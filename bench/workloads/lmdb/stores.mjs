// A store of ours and one of the bare library, side by side in a directory that goes at the end.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { open } from 'lmdb';
import { keyOf } from '../../harness/keys.mjs';

/** @import { Input } from '../../harness/types.mjs' */

const here = import.meta.dirname;
const dist = path.resolve(process.env['SAMEMAP_DIST'] ?? path.join(here, '../../../dist/src'));
const { lmdbEngine } = await import(pathToFileURL(path.join(dist, 'engines/lmdb/index.js')).href);

/** Records of about 100 bytes. */
export function records(/** @type {number} */ count) {
  return Array.from({ length: count }, (_, i) => ({
    id: i,
    name: `user ${i}`,
    mail: `user.${i}@example.com`,
    tags: ['a', 'b', 'c'],
    score: i / 7,
    active: i % 2 === 0,
  }));
}

/**
 * Opens both, with the durability of a commit that waits for the disk.
 *
 * @param {Pick<Input, 'samemap'>} input
 * @param {{ versions?: boolean, durable?: boolean }} [how]
 */
export async function stores({ samemap }, { versions = false, durable = true } = {}) {
  const dir = mkdtempSync(path.join(process.env['BENCH_DIR'] ?? tmpdir(), 'samemap-bench-'));
  const bare = open({
    path: path.join(dir, 'bare'),
    overlappingSync: false,
    noSync: !durable,
    useVersions: versions,
  });
  const engine = await lmdbEngine({ dir: path.join(dir, 'ours'), durability: durable ? 'disk' : 'os' });
  const store = await samemap.open(engine);
  return {
    dir,
    bare,
    store,
    engine,
    lmdbEngine,
    map: store.map('bench'),
    close: async () => {
      await store.close();
      await bare.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/**
 * Runs a task for each item, so many at once.
 *
 * @template T
 * @param {number} width
 * @param {readonly T[]} items
 * @param {(item: T, index: number) => Promise<unknown>} task
 */
export async function sideBySide(width, items, task) {
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) await task(items[i], i);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

/** Writes all keys to both. */
export async function fill(/** @type {any} */ { map, bare }, /** @type {string[]} */ keys) {
  const values = records(1_000);
  for (const [i, key] of keys.entries()) {
    map.sync.set(key, values[i % 1_000]);
    void bare.put(key, values[i % 1_000], 1);
    if (i % 10_000 === 0) await map.durable();
  }
  await map.durable();
  await bare.committed;
}

export { keyOf };
