// As kill.test.ts, of many more threads, in stores of some hundred deaths each.
import { test } from 'node:test';
import { killWorkers } from './kill.ts';

const seed = Number(process.env['SAMEMAP_SEED'] ?? Date.now() % 1_000_000);
const kills = Number(process.env['SAMEMAP_KILLS'] ?? 20_000);
const A_STORE = 500;

test(`kill: after ${kills} deaths of working threads the store is whole (seed ${seed})`, async () => {
  for (let killed = 0; killed < kills; killed += A_STORE) {
    await killWorkers(Math.min(A_STORE, kills - killed), seed + killed, (killed / A_STORE) % 2 === 1);
  }
});
