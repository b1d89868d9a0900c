// A holder that is stopped for longer than its lease: what it commits afterwards must be refused.
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { etcdEngine } from '../../../src/engines/etcd/index.ts';
import { open } from '../../../src/index.ts';
import { startCluster } from './cluster.ts';

const HOLDERS = 3;

async function answer(child: ChildProcess): Promise<string> {
  const [message] = (await once(child, 'message')) as [string];
  return message;
}

test(`late commits of stopped holders are refused, ${HOLDERS} of ${HOLDERS} times`, async () => {
  const cluster = await startCluster({ nodes: 3, binary: 'newer' });
  const program = fileURLToPath(new URL('paused-holder.js', import.meta.url));
  const children: ChildProcess[] = [];
  try {
    const store = await open(await etcdEngine({ hosts: cluster.hosts, prefix: 'holders' }));
    const map = store.map<string>('m');
    const refused = await Promise.all(
      Array.from({ length: HOLDERS }, async (_, n) => {
        const child = fork(program, [cluster.hosts.join(','), `key ${n}`]);
        children.push(child);
        assert.equal(await answer(child), 'held');
        child.kill('SIGSTOP');
        const lock = await map.lock(`key ${n}`, { waitMs: 30_000 });
        const { version } = await lock.commit('by the next holder');
        child.kill('SIGCONT');
        child.send('commit');
        const said = await answer(child);
        const entry = await map.entry(`key ${n}`);
        assert.equal(entry?.version, version, 'the late holder wrote');
        assert.equal(entry.value, 'by the next holder');
        return said;
      }),
    );
    for (const code of refused) assert.match(code, /^(LOCK_LOST|CONFLICT)$/);
    await store.close();
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await cluster.close();
  }
});
