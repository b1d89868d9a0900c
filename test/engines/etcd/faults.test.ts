// A short fault campaign on three nodes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { campaign, type FaultName } from './campaign.ts';

const FAULTS: readonly FaultName[] = [
  'kill the leader',
  'cut all connections',
  'swallow replies',
  'compact the history',
  'stop the leader',
  'freeze one path',
];

test(`${FAULTS.length} faults: linearizable per key, the six guarantees, nothing hangs`, async (t) => {
  const seed = Number(process.env['SAMEMAP_SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed}`);
  const result = await campaign({
    seed,
    clients: 3,
    workers: 6,
    paceMs: 4,
    faults: FAULTS,
    between: 60,
    calls: 3_000,
    say: (line) => t.diagnostic(line),
  });
  const { violations, ...told } = result;
  t.diagnostic(JSON.stringify(told));
  assert.deepEqual(violations.slice(0, 10), []);
  assert.ok(result.operations >= 3_000, `${result.operations} operations`);
});
