// Folders on the disk that is measured, and what is written to them.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** `true`: groups have the sizes of their goals, and not those of a look that is over soon. */
export const FULL = process.env['SAMEMAP_BENCH_FULL'] === '1';

/** A folder of its own, and what removes it. */
export function folder() {
  const dir = mkdtempSync(path.join(process.env['SAMEMAP_BENCH_DIR'] ?? os.tmpdir(), 'samemap-bench-'));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** The door of the log engine, beside the library that is measured. */
export async function logDoor() {
  const dist = path.resolve(
    process.env['SAMEMAP_DIST'] ?? path.join(import.meta.dirname, '../../../dist/src'),
  );
  const door = pathToFileURL(path.join(dist, 'engines/log/index.js')).href;
  return /** @type {typeof import('../../../dist/src/engines/log/index.js')} */ (await import(door));
}

/** Values of 100 bytes, each another. */
export function valuesOf(/** @type {number} */ bytes) {
  const values = Array.from({ length: 256 }, (_, i) => Buffer.alloc(bytes, i));
  let next = 0;
  return () => {
    const value = values[next++ & 255] ?? values[0];
    value.writeUInt32LE(next, 0);
    return value;
  };
}
