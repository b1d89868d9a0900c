// kill -9 of a process that writes; what it was told is durable must be there.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { logEngine } from '../../../src/engines/log/index.ts';
import { open } from '../../../src/index.ts';

const KILLS = Number(process.env['SAMEMAP_KILLS'] ?? 50);
const child = fileURLToPath(new URL('killed.js', import.meta.url));

test(`kill -9, ${KILLS} times: nothing acknowledged is lost, and the directory is free at once`, async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'samemap-kill-'));
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      const acked = new Map<string, number>();
      const process = fork(child, [dir]);
      process.on('message', (message: { writer?: number; n?: number }) => {
        if (message.writer !== undefined)
          acked.set(`w${message.writer}.${(message.n ?? 0) % 50}`, message.n ?? 0);
      });
      await once(process, 'message');
      await sleep((kill * 7) % 40);
      process.kill('SIGKILL');
      await once(process, 'close');
      const store = await open(await logEngine({ dir }));
      const map = store.map<number>('m');
      for (const [key, n] of acked) {
        const found = (await map.get(key)) ?? 0;
        assert.ok(found >= n, `kill ${kill}: ${key} was acknowledged at ${n}, found ${found}`);
      }
      await store.close();
    }
  } finally {
    await rm(dir, { recursive: true });
  }
});
