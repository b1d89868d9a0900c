// The same schedules as in `schedules.test.ts`, two million of them.
import { test } from 'node:test';
import { runSchedules } from './run-schedules.ts';

test('a buffer and a queue keep their word in 2,000,000 orders of things', async (t) => {
  const sums = await Promise.all([runSchedules('buffer', 1_300_000), runSchedules('queue', 700_000)]);
  t.diagnostic(JSON.stringify(sums));
});
