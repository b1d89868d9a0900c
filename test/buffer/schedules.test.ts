// Nothing accepted is lost, nothing is out of order, nothing confirmed comes again: whatever the processor does,
// and in whatever order things happen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSchedules } from './run-schedules.ts';

test('a buffer and a queue keep their word in any order of things', async (t) => {
  const [buffer, queue] = await Promise.all([runSchedules('buffer', 13_000), runSchedules('queue', 7_000)]);
  t.diagnostic(JSON.stringify({ buffer, queue }));
  // What never happened was not tested.
  for (const what of ['delivered', 'deadLettered', 'coalesced', 'returned', 'unconfirmed'] as const) {
    assert.ok(buffer[what] > 0, what);
    if (what !== 'coalesced') assert.ok(queue[what] > 0, what);
  }
});
