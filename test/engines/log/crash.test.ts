// Crashes at every operation of a script that writes all there is to write.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crashEverywhere } from './crash-states.ts';

const SEED = Number(process.env['SAMEMAP_SEED'] ?? 1);

for (const durability of ['disk', 'os'] as const) {
  test(`crash, durability ${durability}: what is recovered is a prefix of what was accepted, with all that was acknowledged (seed ${SEED})`, async (t) => {
    const counts = await crashEverywhere(durability, SEED, 2, 32);
    t.diagnostic(JSON.stringify(counts));
    assert.ok(counts.different > 500);
  });
}
