import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkHistory } from '../../src/conformance/linearizable.ts';
import { seeded, simulate } from './simulated-history.ts';

for (const keys of [1, 100, 10_000]) {
  test(`1,000,000 operations of 64 clients on ${keys} keys are checked`, (t) => {
    const operations = simulate({
      random: seeded(1),
      clients: 64,
      calls: 1_000_000,
      keys,
      damage: 0,
      exact: true,
    });
    const begin = performance.now();
    assert.deepEqual(checkHistory(operations), []);
    t.diagnostic(`${operations.length} operations in ${((performance.now() - begin) / 1000).toFixed(2)} s`);
    const spoilt = operations.findLastIndex(({ kind, value }) => kind === 'read' && value !== undefined);
    const lie = { ...operations[spoilt], value: 'lie' } as (typeof operations)[number];
    assert.equal(checkHistory(operations.with(spoilt, lie)).length, 1);
  });
}
