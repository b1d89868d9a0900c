// Every test that docs/parity.md cites for MapStore and PartitionedBuffer exists where it says.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** A file, or the name of a test in the file that was named before it. */
const CITED = /`([^`]+)`|"([^"]+)"/g;

/** What the last column of each table cites: files as they are written, and names of tests in them. */
function* citations(page: string): Iterable<{ line: number; file: string; name: string }> {
  let heading = '';
  for (const [i, line] of page.split('\n').entries()) {
    if (!line.startsWith('|')) {
      heading = '';
      continue;
    }
    const last = line.split(' | ').at(-1) ?? '';
    if (heading === '') heading = /held by `([^`]+)`/.exec(last)?.[1] ?? 'none';
    let file = heading;
    for (const [, named, name] of last.matchAll(CITED)) {
      if (named !== undefined && /^[a-z-]+$|^test\//.test(named)) file = named;
      if (name !== undefined) yield { line: i + 1, file, name };
    }
  }
}

const OWN = /^## (BeeGFS: MapStore|PartitionedBuffer)/;

test('every test that the page on parity cites for MapStore and PartitionedBuffer is there', () => {
  const sections = readFileSync(path.join(root, 'docs/parity.md'), 'utf8').split(/^(?=## )/m);
  const page = sections.map((section) => (OWN.test(section) ? section : section.replace(/.+/g, ''))).join('');
  const missing: string[] = [];
  let count = 0;
  for (const { line, file, name } of citations(page)) {
    count++;
    const source = path.join(root, file.startsWith('test/') ? file : `src/conformance/laws/${file}.ts`);
    if (!existsSync(source)) missing.push(`line ${line}: no file ${file} for "${name}"`);
    else if (!readFileSync(source, 'utf8').includes(name))
      missing.push(`line ${line}: ${file} has no "${name}"`);
  }
  assert.deepEqual(missing, []);
  assert.ok(count > 60, `${count} citations`);
});
