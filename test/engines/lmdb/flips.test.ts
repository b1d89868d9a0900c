// Bits flipped anywhere in the file of a store.
import { test } from 'node:test';
import { directory } from './fixture.ts';
import { flipBits } from './flips.ts';

test('100 bits flipped anywhere, one at a time: no wrong value is served', async (t) => {
  const seed = Number(process.env['SAMEMAP_SEED'] ?? Date.now() % 2 ** 31);
  t.diagnostic(JSON.stringify({ seed, ...(await flipBits(directory(t), 100, seed)) }));
});
