// Crashes at every operation of scripts that write all there is to write, durability 'os'.
import { crashSuite } from './crash-suite.ts';

crashSuite({
  durability: 'os',
  seed: Number(process.env['SAMEMAP_SEED'] ?? 1),
  states: 100_000,
  rounds: 1,
  subsets: 256,
});
