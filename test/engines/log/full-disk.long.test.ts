// A real disk that is full: a small one in memory, in a namespace of this user's own.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const FULL_DISK = fileURLToPath(new URL('full-disk.js', import.meta.url));

for (const kilobytes of [1024, 1500, 2048, 3000, 4096]) {
  test(`a disk of ${kilobytes} KiB that is full is FULL, and nothing acknowledged is lost`, async (t) => {
    const dir = mkdtempSync(path.join(tmpdir(), 'samemap-full-'));
    t.after(() => rmSync(dir, { recursive: true, force: true }));
    const mount = `mount -t tmpfs -o size=${kilobytes}k tmpfs '${dir}'`;
    const script = `${mount} && exec '${process.execPath}' '${FULL_DISK}' '${dir}/d'`;
    const child = spawn('unshare', ['-Urm', 'sh', '-c', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    let wrong = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (said += part));
    child.stderr.setEncoding('utf8').on('data', (part: string) => (wrong += part));
    const [code] = await Promise.race([once(child, 'close'), once(child, 'error')]);
    if (said === '' && /unshare|mount|ENOENT/.test(`${wrong}${String(code)}`)) {
      t.skip('this machine lets nobody mount a small disk of their own');
      return;
    }
    assert.ok(said.startsWith('{'), wrong);
    t.diagnostic(said);
    const found = JSON.parse(said) as Record<string, unknown>;
    assert.deepEqual(found['codes'], ['FULL']);
    assert.equal(found['kept'], true);
    const { whole } = found['full'] as { whole: boolean };
    assert.ok(whole);
    assert.ok(Number(found['removed']) > 0);
    assert.equal(found['after'], 'ok');
  });
}
