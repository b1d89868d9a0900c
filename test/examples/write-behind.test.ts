// The example runs, and coalesces.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('the example of the buffer runs, and fewer writes than events reach the map', () => {
  const script = fileURLToPath(new URL('../../examples/write-behind.js', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(status, 0, stderr);
  const [, events = '0', files = '0'] = /^(\d+) events of (\d+) files on memory:/.exec(stdout) ?? [];
  const [, delivered = '0'] = /(\d+) writes reached the map/.exec(stdout) ?? [];
  assert.ok(Number(events) > 0 && Number(files) > 0, stdout);
  assert.ok(Number(delivered) >= Number(files) && Number(delivered) <= Number(events), stdout);
});
