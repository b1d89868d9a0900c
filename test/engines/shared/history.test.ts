// Two to four threads: every answer was true at one moment.
import { test } from 'node:test';
import { checkThreads } from './history.ts';

const seed = (Date.now() % 1_000) * 10;

test(`history: a million operations of 2 to 4 threads are linearizable (seed ${seed})`, async (t) => {
  let operations = 0;
  for (let round = 0; operations < 1_000_000; round++) {
    const threads = 2 + (round % 3);
    operations += await checkThreads(threads, Math.ceil(100_000 / threads), seed + round * 10);
  }
  t.diagnostic(`${operations} operations`);
});
