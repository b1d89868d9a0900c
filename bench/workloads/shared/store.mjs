// Stores in shared memory for the measurements.
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const dist = path.resolve(process.env['SAMEMAP_DIST'] ?? path.join(import.meta.dirname, '../../../dist/src'));
export const { attach, sharedEngine } = await import(
  pathToFileURL(path.join(dist, 'engines/shared/index.js')).href
);
export const library = pathToFileURL(path.join(dist, 'index.js')).href;

/** Opens a store of a size. */
export function sharedStore(
  /** @type {typeof import('../../../dist/src/index.js')} */ samemap,
  /** @type {number} */ capacityBytes,
) {
  return samemap.open(sharedEngine({ capacityBytes }));
}
