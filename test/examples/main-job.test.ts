// The main job: runs, proves what it says, and would notice if it did not hold.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { reportTo, timed } from '../../examples/main-job/report.ts';

const script = fileURLToPath(new URL('../../examples/main-job.js', import.meta.url));
const SECTIONS = [
  'Load',
  'Conflict',
  'Counter',
  'Watch',
  'Lock',
  'Expiry',
  'Range',
  'Atomic',
  'Snapshot',
  'Kill',
];

for (const address of ['memory:', 'log'])
  test(`the main job ends well on ${address}, twice, each within 40 seconds, and every proof holds`, async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'samemap-job-'));
    const url = address === 'log' ? path.join(folder, 'data') : address;
    try {
      for (let run = 0; run < 2; run++) await proves(url);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

async function proves(url: string): Promise<void> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [script, url], { timeout: 40_000 });
  assert.equal(stderr, '');
  for (const [i, section] of SECTIONS.entries())
    assert.match(stdout, new RegExp(`^ ?${i + 1}  ${section} `, 'm'));
  assert.match(stdout, /1,000 concurrent increments → 1,000 /);
  assert.match(stdout, /^all \d+ proofs hold/m);
  assert.ok(!stdout.includes('✗') && !stdout.includes('\u001b'));
}

test('an address that cannot be opened is a failure', async () => {
  await assert.rejects(promisify(execFile)(process.execPath, [script, 'nonsense://']), { code: 1 });
});

test('one proof that does not hold is counted and makes the report end badly', async () => {
  const stream = new PassThrough();
  const report = reportTo(stream);
  report.section('Sum', 'One and one.');
  report.proof(true, '1 + 1 = 2', '3 sums/s');
  report.proof(false, '1 + 1 = 3');
  assert.equal(report.end(), false);
  stream.end();
  const text = (await stream.toArray()).map(String).join('');
  assert.match(text, /✗ 1 \+ 1 = 3\n\n1 of 2 proofs do not hold/);
});

test('a rate has three digits that count; of few things there is a time, no rate', async () => {
  const [result, rate] = await timed(123_456, 'things', async () => 7);
  assert.equal(result, 7);
  const number = /^([\d,]+) things\/s$/.exec(rate)?.[1]?.replaceAll(',', '') ?? '';
  assert.match(number, /^\d{1,3}0*$/);
  assert.match((await timed(10, 'things', async () => 7))[1], /^[\d.]+ ms$/);
});
