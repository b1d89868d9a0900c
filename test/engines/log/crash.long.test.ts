// As many crashes as SAMEMAP_STATES says; 1,000,000 unless it does.
import { test } from 'node:test';
import { crashEverywhere } from './crash-states.ts';

const STATES = Number(process.env['SAMEMAP_STATES'] ?? 1_000_000);

test(`crash: ${STATES} states of scripts with many seeds`, async (t) => {
  let states = 0;
  let different = 0;
  for (let seed = 1; states < STATES; seed++) {
    for (const durability of ['disk', 'os'] as const) {
      const counts = await crashEverywhere(durability, seed, 3, 512);
      states += counts.states + counts.recoveries;
      different += counts.different;
    }
    t.diagnostic(`seed ${seed}: ${states} states, ${different} different`);
  }
});
