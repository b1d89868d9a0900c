// The engine in shared memory under the law, opened by a handle in a worker thread.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { Told } from './shared-in-worker.ts';

test('shared: every law holds in a worker thread', async (t) => {
  const worker = new Worker(new URL('./shared-in-worker.js', import.meta.url));
  const [told] = (await once(worker, 'message')) as [readonly Told[]];
  assert.ok(told.length > 400, String(told.length));
  const broken = told.filter(({ error }) => error !== undefined);
  assert.deepEqual(broken, []);
  t.diagnostic(`${told.length} laws`);
});
