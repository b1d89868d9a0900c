// As many crashes as SAMEMAP_STATES says, 10,000,000 unless it does; logs grow to 1 MiB.
import { crashSuite } from './crash-suite.ts';

const states = Number(process.env['SAMEMAP_STATES'] ?? 10_000_000);
const seed = Number(process.env['SAMEMAP_SEED'] ?? 1000);

for (const durability of ['disk', 'os'] as const) {
  crashSuite({ durability, seed, states: states * 0.45, rounds: 3, subsets: 1024 });
  crashSuite({
    durability,
    seed,
    states: states * 0.05,
    rounds: 3,
    subsets: 256,
    segmentBytes: 65_536,
    scale: 100,
    torn: 2000,
  });
}
