import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { open } from 'samemap';
import { count } from './report.ts';
import type { Stage } from './stage.ts';

/** How many writes the child has acknowledged when it is killed. */
const WRITES = 200;

/** A child process writes to a log and is killed in the middle of it. */
export async function killing({ report }: Stage): Promise<void> {
  report.section('Kill', 'A process is killed while it writes: what it was told is there, is there.');
  const dir = await mkdtemp(path.join(tmpdir(), 'samemap-killed-'));
  try {
    const child = fork(fileURLToPath(new URL('killed.js', import.meta.url)), [dir]);
    let acknowledged = 0;
    child.on('message', (n: number) => {
      acknowledged = Math.max(acknowledged, n);
      if (acknowledged >= WRITES) child.kill('SIGKILL');
    });
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
    const store = await open(dir);
    const map = store.map<number>('written');
    let found = 0;
    for (let n = 1; n <= acknowledged; n++) if ((await map.get(`n${n}`)) === n) found++;
    await store.close();
    const text = `${signal ?? 'no signal'} after ${count(acknowledged)} acknowledged writes → ${count(found)} found again`;
    report.proof(signal === 'SIGKILL' && found === acknowledged, text);
  } finally {
    await rm(dir, { recursive: true });
  }
}
