// kill -9 at any moment loses nothing that was acknowledged.
import { join } from 'node:path';
import { test } from 'node:test';
import { directory } from './fixture.ts';
import { killLoop } from './kill-loop.ts';

test('killed 50 times: what was acknowledged is there, no commit is split, no version comes twice', async (t) => {
  const dir = directory(t);
  const dirs = Array.from({ length: 2 }, (_, i) => join(dir, `store-${i}`));
  await killLoop(dirs, 50, Number(process.env['SAMEMAP_SEED'] ?? Date.now() % 2 ** 31));
});
