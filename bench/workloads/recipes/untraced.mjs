// A build of the library with its tracing left out, to compare with.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** In the words of a sync face: the check, and the way to what tells. */
const CHECK = / *if \(listened\(\) && this\.#teller !== undefined\)\s*return [^\n]*\n/g;

/**
 * Copies the built library and takes the check whether anybody listens out of every word.
 *
 * @returns {{ folder: string, remove: () => void }}
 */
export function untraced() {
  const built = path.resolve(process.env['SAMEMAP_DIST'] ?? path.join(root, 'dist/src'));
  mkdirSync(path.join(root, '.cache'), { recursive: true });
  const copy = mkdtempSync(path.join(root, '.cache', 'untraced-'));
  cpSync(built, copy, { recursive: true });
  const edit = (/** @type {string} */ file, /** @type {RegExp} */ what, /** @type {string} */ by) => {
    const before = readFileSync(path.join(copy, 'map', file), 'utf8');
    const after = before.replace(what, by);
    if (after === before) throw new Error(`found no tracing in ${file}`);
    writeFileSync(path.join(copy, 'map', file), after);
  };
  edit('sync-face.js', CHECK, '');
  edit(
    'tracing/traced-async-face.js',
    /^[^]*$/,
    "export { AsyncFace as TracedAsyncFace } from '../async-face.js';\n",
  );
  edit('tracing/channel.js', /(export function listened\(\) \{)[^}]*\}/, '$1 return false; }');
  return { folder: copy, remove: () => rmSync(copy, { recursive: true, force: true }) };
}
