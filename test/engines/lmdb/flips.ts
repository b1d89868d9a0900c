// Bits flipped anywhere in the file of a store: whatever is lost, no wrong value is served.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openIn } from './fixture.ts';

export const ENTRIES = 200;
const CHILD = fileURLToPath(new URL('./flip-child.js', import.meta.url));

export function valueOf(i: number): string {
  return `value-${i}-${'v'.repeat(i % 400)}`;
}

/** What came of so many trials, by their number. */
export interface Flips {
  /** Nothing was noticed. */
  harmless: number;
  /** Something was refused with a fault that says so. */
  refused: number;
  /** An entry that was there is not, and nothing said so. */
  missing: number;
  /** The process ended. */
  died: number;
}

/** Flips so many bits, one at a time; fails when a value is served that nobody wrote, or a foreign fault is thrown. */
export async function flipBits(dir: string, trials: number, seed: number): Promise<Flips> {
  const { store } = await openIn(dir);
  const map = store.map<string>('m');
  // Written over once, so that pages are freed and used again.
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < ENTRIES; i++) map.sync.set(`key-${i}`, valueOf(i));
    await map.durable();
  }
  await store.close();
  const flips: Flips = { harmless: 0, refused: 0, missing: 0, died: 0 };
  for (let next = 0; next < trials;) {
    const args = [CHILD, dir, String(seed), String(next), String(trials)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    await once(child, 'close');
    for (const line of text.split('\n').slice(0, -1)) {
      next++;
      const { trial, wrong, missing, refused, strange } = JSON.parse(line) as Record<string, number> & {
        strange: string[];
      };
      const where = `seed ${seed}, trial ${trial}`;
      assert.equal(wrong, 0, `${where}: a wrong value was served`);
      assert.deepEqual(strange, [], where);
      if (refused) flips.refused++;
      else if (missing) flips.missing++;
      else flips.harmless++;
    }
    if (next >= trials) break;
    flips.died++;
    next++;
  }
  return flips;
}
