// As history.test.ts, of more operations, in slices.
import { test } from 'node:test';
import { checkHistories } from './history.ts';

const seed = Number(process.env['SAMEMAP_SEED'] ?? (Date.now() % 1_000) * 10);
const operations = Number(process.env['SAMEMAP_OPERATIONS'] ?? 100_000_000);

test(`history: ${operations} operations of 2 to 4 threads are linearizable (seed ${seed})`, async (t) => {
  t.diagnostic(`${await checkHistories(operations, seed)} operations`);
});
