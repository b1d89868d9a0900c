// The same schedules as in `schedules.test.ts`, two million of them.
import { test } from 'node:test';
import fc from 'fast-check';
import { plans, runBuffer, runQueue } from './schedules.ts';

test('a buffer keeps its word in 1,300,000 orders of things', async () => {
  const property = fc.asyncProperty(plans, fc.scheduler(), async (plan, scheduler) => {
    await runBuffer(plan, scheduler);
  });
  await fc.assert(property, { numRuns: 1_300_000, includeErrorInReport: true });
});

test('a queue keeps its word in 700,000 orders of things', async () => {
  const property = fc.asyncProperty(plans, fc.scheduler(), async (plan, scheduler) => {
    await runQueue(plan, scheduler);
  });
  await fc.assert(property, { numRuns: 700_000, includeErrorInReport: true });
});
