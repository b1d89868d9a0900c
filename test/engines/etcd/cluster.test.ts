// The servers of other tests: that they come, lead, fail as told, come back, and go with their starter.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { etcdBinary } from './binary.ts';
import { startCluster } from './cluster.ts';
import { whyNoNetwork } from './network.ts';

const text = (value: string): string => Buffer.from(value).toString('base64');

test('both servers are there, or the test says which is missing', async (t) => {
  const base = await etcdBinary('base');
  const newer = await etcdBinary('newer');
  t.diagnostic(`base ${base.version} (${base.from}), newer ${newer.version} (${newer.from}) ${newer.note}`);
  assert.match(newer.version, /^\d+\.\d+\.\d+$/);
});

test('three nodes: the leader is killed, another leads, and it comes back with its data', async () => {
  const cluster = await startCluster({ nodes: 3, binary: 'newer', proxies: true });
  try {
    await cluster.ask(0, 'kv/put', { key: text('a'), value: text('1') }, 5_000);
    const first = await cluster.leader();
    await cluster.kill(first);
    const second = await cluster.leader();
    assert.notEqual(second, first);
    await cluster.ask(second, 'kv/put', { key: text('a'), value: text('2') }, 5_000);
    await cluster.restart(first);
    const { kvs } = await cluster.ask(first, 'kv/range', { key: text('a') }, 5_000);
    assert.equal((kvs as { value: string }[])[0]?.value, text('2'));
    assert.equal(cluster.hosts.length, 3);
  } finally {
    await cluster.close();
  }
});

test('three nodes in namespaces: an unplugged leader is followed by another, and a parted one as well', async (t) => {
  const reason = await whyNoNetwork();
  if (reason !== undefined) return t.skip(reason);
  const cluster = await startCluster({ nodes: 3, binary: 'newer', namespaces: true });
  const { network } = cluster;
  assert.ok(network !== undefined);
  try {
    const first = await cluster.leader();
    await network.unplug(first);
    const second = await cluster.leader();
    assert.notEqual(second, first);
    await assert.rejects(cluster.ask(first, 'kv/range', { key: text('a') }));
    await cluster.ask(second, 'kv/put', { key: text('a'), value: text('1') }, 5_000);
    await network.plug(first);
    const others = [0, 1, 2].filter((node) => node !== second);
    await network.part(second, others);
    while ((await cluster.leader()) === second);
    // Nobody else follows it, but it is heard.
    await assert.rejects(cluster.ask(second, 'kv/put', { key: text('b'), value: text('2') }));
    await cluster.ask(second, 'kv/range', { key: text('a'), serializable: true });
    await network.join(second, others);
    const followed = async (): Promise<boolean> => {
      const answer = await cluster.ask(second, 'kv/range', { key: text('a') }, 5_000).catch(() => undefined);
      return (answer?.['kvs'] as { value: string }[] | undefined)?.[0]?.value === text('1');
    };
    while (!(await followed())) await sleep(20); // nothing tells of it
  } finally {
    await cluster.close();
  }
  const [left] = network.addresses;
  assert.ok(
    !Object.values(networkInterfaces())
      .flat()
      .some((own) => own?.address === left?.replace(/\d+$/, '1')),
  );
});

test('servers end with the process that started them, also when it is killed', async () => {
  const child = fork(fileURLToPath(new URL('cluster-starter.js', import.meta.url)), { stdio: 'ignore' });
  const [{ pid, folder }] = (await once(child, 'message')) as [{ pid: number; folder: string }];
  assert.ok(alive(pid));
  child.kill('SIGKILL');
  await once(child, 'exit');
  while (alive(pid) || existsSync(folder)) await sleep(10);
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
