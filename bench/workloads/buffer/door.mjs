// The buffer's door of the library under measurement, and timers that never fire.
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const dist = process.env['SAMEMAP_DIST'] ?? path.join(import.meta.dirname, '../../../dist/src');

/** @returns {Promise<typeof import('../../../dist/src/buffer/index.js')>} */
export function bufferDoor() {
  return import(pathToFileURL(path.resolve(dist, 'buffer/index.js')).href);
}

/** Longer than any measurement. */
export const NEVER_MS = 2 ** 31 - 1;

/** A buffer that is flushed by the measurement alone. */
export async function quietBuffer(/** @type {object} */ options = {}) {
  const { openBuffer } = await bufferDoor();
  return openBuffer({
    processor: async () => undefined,
    intervalMs: NEVER_MS,
    maxEntries: 4_000_000,
    ...options,
  });
}
