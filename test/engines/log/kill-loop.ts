// Kills a writing process again and again, and holds what is found against what it said.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { logEngine } from '../../../src/engines/log/index.ts';
import { json, open } from '../../../src/index.ts';

const child = fileURLToPath(new URL('killed.js', import.meta.url));

/** What the child said over its pipe. */
interface Said {
  readonly writer?: number;
  readonly n?: number;
}

/** Kills the child so often; the same directory all the time. How many writes it had acknowledged. */
export async function killLoop(kills: number): Promise<number> {
  const dir = await mkdtemp(path.join(tmpdir(), 'samemap-kill-'));
  let count = 0;
  try {
    for (let kill = 0; kill < kills; kill++) {
      const acked = new Map<string, number>();
      const process = fork(child, [dir], { execArgv: [] });
      // Sooner or later in its work: compaction and rotation come again and again.
      let left = (kill * 37) % 400;
      process.on('message', ({ writer, n = 0 }: Said) => {
        if (left-- <= 0) process.kill('SIGKILL');
        if (writer === undefined) return;
        count++;
        acked.set(`w${writer}.${n % 50}`, n);
      });
      await once(process, 'close');
      const store = await open(await logEngine({ dir }));
      const map = store.map<number>('m', { codec: json() });
      for (const [key, n] of acked) {
        const found = map.sync?.get(key) ?? 0;
        assert.ok(found >= n, `kill ${kill}: ${key} was acknowledged at ${n}, found ${found}`);
      }
      await store.close();
    }
  } finally {
    await rm(dir, { recursive: true });
  }
  return count;
}
