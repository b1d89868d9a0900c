// Writes to a small disk until it is full, then makes room, and says what came of it as one line of JSON.
import { writeSync } from 'node:fs';
import { lmdbEngine } from '../../../src/engines/lmdb/index.ts';
import { open } from '../../../src/map/open.ts';

const codeOf = (error: unknown): string => String(Reflect.get(Object(error), 'code'));

async function main(dir: string): Promise<void> {
  const options = { dir, historyLimit: 1 };
  const store = await open(await lmdbEngine(options));
  const map = store.map<string>('m');
  let written = 0;
  let code = '';
  while (code === '') code = await map.set(`k${written++}`, 'x'.repeat(20_000)).then(() => '', codeOf);
  written--;
  const count = await map.count();
  let whole = true;
  for (let i = 0; i < written; i++) whole &&= (await map.get(`k${i}`))?.length === 20_000;
  // Deleting copies pages, for which there may be no room either; a few attempts free some.
  let deleted = 0;
  for (let i = 0; i < written && deleted < 10; i++)
    if (await map.delete(`k${i}`).catch(() => false)) deleted++;
  const after = await map.set('after', 'x').then(() => 'ok', codeOf);
  await store.close();
  const again = await open(await lmdbEngine(options));
  const reopened = await again.map('m').count();
  await again.close();
  writeSync(1, JSON.stringify({ code, written, count, whole, deleted, after, reopened }));
}

void main(process.argv[2] ?? '');
