// The recipes of the library under measurement.
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const dist = process.env['SAMEMAP_DIST'] ?? path.join(import.meta.dirname, '../../../dist/src');

/** @returns {Promise<typeof import('../../../dist/src/recipes/index.js')>} */
export function recipesDoor() {
  return import(pathToFileURL(path.resolve(dist, 'recipes/index.js')).href);
}
