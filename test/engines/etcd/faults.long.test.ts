// Twenty minutes of faults on three nodes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { campaign, chooseFaults } from './campaign.ts';
import { whyNoNetwork } from './network.ts';

const COUNT = Number(process.env['SAMEMAP_FAULTS'] ?? 200);
const MINUTES = 20;

test(`${COUNT} faults: linearizable per key, the six guarantees, nothing hangs`, async (t) => {
  const seed = Number(process.env['SAMEMAP_SEED'] ?? Date.now() % 1_000_000);
  const reason = await whyNoNetwork();
  t.diagnostic(`seed ${seed}`);
  if (reason !== undefined) t.diagnostic(`skipped faults of the network between the nodes: ${reason}`);
  const began = performance.now();
  const result = await campaign({
    seed,
    clients: 4,
    workers: 6,
    // So that the clients are at work all the time, and the history can be held in memory.
    paceMs: 40,
    namespaces: reason === undefined,
    faults: chooseFaults(seed, COUNT, reason === undefined),
    between: Math.round((MINUTES * 60_000) / COUNT / 20),
    calls: COUNT * 300,
    say: (line) => t.diagnostic(line),
  });
  const { violations, ...told } = result;
  t.diagnostic(`${JSON.stringify(told)} in ${Math.round((performance.now() - began) / 1_000)} s`);
  assert.deepEqual(violations.slice(0, 10), []);
});
