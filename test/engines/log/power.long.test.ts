// Power cuts: a file system in a file, shut down without a flush while it is written to. Where root allows it.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { logEngine } from '../../../src/engines/log/index.ts';
import { open } from '../../../src/map/open.ts';

const CUTS = Number(process.env['SAMEMAP_CUTS'] ?? 200);
const WRITER = fileURLToPath(new URL('power-writer.js', import.meta.url));

/** Runs a program of the system; its output. */
function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Another namespace of mounts may still hold what was shut down; then there is nothing to read yet. */
async function mountAgain(device: string, mount: string): Promise<void> {
  for (let left = 100; ; left--) {
    run('mount', device, mount);
    try {
      readdirSync(mount);
      return;
    } catch (error) {
      if (left === 0) throw error;
    }
    run('umount', mount);
    await sleep(200);
  }
}

for (const kind of ['ext4', 'xfs']) {
  test(`power cut on ${kind}, ${CUTS} times: nothing acknowledged is lost, and the log opens`, async (t) => {
    const dir = mkdtempSync(path.join(tmpdir(), 'samemap-power-'));
    const image = path.join(dir, 'image');
    const mount = path.join(dir, 'mount');
    t.after(() => rmSync(dir, { recursive: true, force: true }));
    writeFileSync(image, '');
    truncateSync(image, 320 * 2 ** 20);
    mkdirSync(mount);
    let device = '';
    try {
      device = run('losetup', '-f', '--show', image).trim();
      run(`mkfs.${kind}`, ...(kind === 'ext4' ? ['-q', '-F'] : ['-q', '-f']), device);
      run('xfs_io', '-V');
      run('mount', device, mount);
    } catch (error) {
      t.skip(`not on this machine: ${String(error).split('\n')[0]}`);
      if (device !== '') run('losetup', '-d', device);
      return;
    }
    let count = 0;
    try {
      for (let cut = 0; cut < CUTS; cut++) {
        const acked = new Map<string, number>();
        const child = spawn(process.execPath, [WRITER, path.join(mount, 'd')], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        let left = (cut * 37) % 300;
        for await (const line of createInterface({ input: child.stdout })) {
          const [writer = '', n = ''] = line.split(' ');
          if (writer === 'end') continue;
          count++;
          acked.set(`w${writer}.${Number(n) % 50}`, Number(n));
          if (left-- === 0) run('xfs_io', '-x', '-c', 'shutdown', mount);
        }
        if (child.exitCode === null) await once(child, 'close');
        run('umount', mount);
        await mountAgain(device, mount);
        const store = await open(await logEngine({ dir: path.join(mount, 'd') }));
        const map = store.map<number>('m');
        for (const [key, n] of acked) {
          const found = (await map.get(key)) ?? 0;
          assert.ok(found >= n, `cut ${cut}: ${key} was acknowledged at ${n}, found ${found}`);
        }
        await store.close();
      }
    } finally {
      run('umount', mount);
      run('losetup', '-d', device);
    }
    t.diagnostic(`${CUTS} cuts, ${count} writes were acknowledged`);
  });
}
