// The example of the pool runs, and the limit holds over all of its threads.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('the example of a pool runs: its threads share a rate limiter and a cache', () => {
  const script = fileURLToPath(new URL('../../examples/thread-pool.js', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(status, 0, stderr);
  const [, limited = '', cached = ''] =
    /600 requests: (\d+) over the limit, (\d+) from the cache/.exec(stdout) ?? [];
  // 200 calls of one client with 100 allowed in a window; the run may lie across two windows.
  assert.ok(limited === '100' || limited === '0' || Number(limited) < 100, stdout);
  assert.ok(Number(cached) > 300, stdout);
  assert.match(stdout, /20 digests are kept/);
});
