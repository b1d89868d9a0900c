// kill -9 at any moment loses nothing that was acknowledged.
import { test } from 'node:test';
import { directory } from './fixture.ts';
import { killLoop } from './kill-loop.ts';

test('killed 50 times: what was acknowledged is there, no commit is split, no version comes twice', async (t) => {
  await killLoop([directory(t)], 50, Number(process.env['SAMEMAP_SEED'] ?? Date.now() % 2 ** 31));
});
