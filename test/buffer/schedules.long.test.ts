// The same schedules as in `schedules.test.ts`, two million of them, in parts that tell how far it has come.
import { test } from 'node:test';
import { runSchedules } from './run-schedules.ts';

const PARTS = 20;

for (let part = 1; part <= PARTS; part++) {
  test(`a buffer and a queue keep their word in 2,000,000 orders of things: part ${part} of ${PARTS}`, async (t) => {
    const runs = [
      runSchedules('buffer', 32_500),
      runSchedules('buffer', 32_500),
      runSchedules('queue', 17_500),
      runSchedules('queue', 17_500),
    ];
    t.diagnostic(JSON.stringify(await Promise.all(runs)));
  });
}
