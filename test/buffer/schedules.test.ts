// Nothing accepted is lost, nothing is out of order, nothing confirmed comes again: whatever the processor does,
// and in whatever order things happen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { plans, runBuffer, runQueue, totals } from './schedules.ts';

test('a buffer keeps its word in any order of things', async (t) => {
  const sums = totals();
  const property = fc.asyncProperty(plans, fc.scheduler(), async (plan, scheduler) => {
    sums.add(await runBuffer(plan, scheduler));
  });
  await fc.assert(property, { numRuns: 13_000, includeErrorInReport: true });
  t.diagnostic(sums.text());
  // What never happened was not tested.
  for (const what of ['delivered', 'deadLettered', 'coalesced', 'returned', 'unconfirmed'] as const) {
    assert.ok(sums.of(what) > 0, what);
  }
});

test('a queue keeps its word in any order of things', async (t) => {
  const sums = totals();
  const property = fc.asyncProperty(plans, fc.scheduler(), async (plan, scheduler) => {
    sums.add(await runQueue(plan, scheduler));
  });
  await fc.assert(property, { numRuns: 7_000, includeErrorInReport: true });
  t.diagnostic(sums.text());
  for (const what of ['delivered', 'deadLettered', 'returned', 'unconfirmed'] as const) {
    assert.ok(sums.of(what) > 0, what);
  }
});
