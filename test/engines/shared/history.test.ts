// Two to four threads: every answer was true at one moment.
import { test } from 'node:test';
import { checkHistories } from './history.ts';

const seed = (Date.now() % 1_000) * 10;

test(`history: a million operations of 2 to 4 threads are linearizable (seed ${seed})`, async (t) => {
  t.diagnostic(`${await checkHistories(1_000_000, seed)} operations`);
});
