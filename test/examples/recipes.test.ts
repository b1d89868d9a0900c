// The examples of what can be built on a map run on every engine with a place of its own, and say what is expected.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SAID: Readonly<Record<string, readonly RegExp[]>> = {
  'leader-election': [/3 terms, each above the one before: true/, /come and go/],
  'rate-limiter': [/^5 of a burst of 20 pass/m, /not concerned: true/, /it was told: true/],
  semaphore: [/^25 were inside, at most 3 at once/m, /^0 permits/m],
  'session-store': [/visits: 2/, /ended: true, used again: false/, /2 sessions; 2 ended/, /adam is in 1/],
  'secondary-index': [
    /^London: 1 3/m,
    /after one moved: 1, 3/,
    /^1 of 4/m,
    /left: 3 users, 3 addresses; Bonn: 0/,
  ],
};

for (const scheme of ['memory:', 'log:', 'lmdb:'])
  for (const [name, expected] of Object.entries(SAID))
    test(`${name} on ${scheme}`, async () => {
      const script = fileURLToPath(new URL(`../../examples/${name}.js`, import.meta.url));
      const dir = await mkdtemp(path.join(tmpdir(), 'samemap-example-'));
      const url = scheme === 'memory:' ? scheme : scheme + path.join(dir, 'store');
      try {
        const { stdout, stderr } = await promisify(execFile)(process.execPath, [script, url], {
          timeout: 60_000,
        });
        assert.equal(stderr, '');
        for (const pattern of expected) assert.match(stdout, pattern);
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    });
