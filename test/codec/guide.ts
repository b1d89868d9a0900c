// The tables of docs/guides/codecs.md.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The first cells of the rows of a codec's table, sorted. */
export function rowsOf(codec: string): string[] {
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  const guide = readFileSync(path.join(folder, 'docs/guides/codecs.md'), 'utf8');
  const [, behind = ''] = guide.split(`<!-- rows of ${codec} -->`);
  const [table = ''] = behind.split('<!-- end of rows -->');
  const cells = [...table.matchAll(/^\| (.+?) \|/gm)].map(([, cell]) => cell ?? '');
  return cells.filter((cell) => cell !== 'value').toSorted();
}
