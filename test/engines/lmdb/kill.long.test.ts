// kill -9, often.
import { test } from 'node:test';
import { directory } from './fixture.ts';
import { killLoop } from './kill-loop.ts';

test('killed 2,000 times: what was acknowledged is there, no commit is split, no version comes twice', async (t) => {
  await killLoop(directory(t), 2_000, Number(process.env['SAMEMAP_SEED'] ?? Date.now() % 2 ** 31));
});
