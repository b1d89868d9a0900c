// Logs that are damaged at every byte.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Damaged } from './damage-everywhere.ts';
import { inThread } from './in-thread.ts';

/** Tests that cut a log of this length at every byte, and flip a bit in every byte. */
export function damageSuite(length: number): void {
  const damage = async (how: 'cut' | 'flip'): Promise<Damaged> =>
    inThread(new URL('damage-thread.js', import.meta.url), { how, length });

  test(`damage: a log of ${length} bytes cut at any offset is a prefix of what stood, or CORRUPT with file and offset`, async (t) => {
    const { bytes, counts } = await damage('cut');
    t.diagnostic(`${bytes} bytes, ${JSON.stringify(counts)}`);
    assert.ok(counts.corrupt > 0);
  });

  test(`damage: a bit flipped in each of ${length} bytes is found and named, or was in what a crash may take`, async (t) => {
    const { bytes, counts } = await damage('flip');
    t.diagnostic(`${bytes} bytes, ${JSON.stringify(counts)}`);
    assert.ok(counts.corrupt > counts.whole && counts.prefix === 0);
  });
}
