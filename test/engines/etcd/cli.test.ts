// The command line on a cluster.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from 'node:test';
import { startCluster } from './cluster.ts';

const MAIN = path.join(fileURLToPath(new URL('../../../', import.meta.url)), 'src/cli/main.js');
const run = promisify(execFile);

test('samemap --url etcd://…: writes, reads, counts and tells about a store', async () => {
  const cluster = await startCluster();
  try {
    const samemap = async (...args: string[]): Promise<string> => {
      const env = {
        ...process.env,
        NODE_NO_WARNINGS: '1',
        SAMEMAP_URL: `etcd://${cluster.hosts[0] ?? ''}/app`,
      };
      return (await run(process.execPath, [MAIN, ...args], { env })).stdout.trim();
    };
    assert.match(await samemap('set', 'users', 'ada', '{"name":"Ada"}'), /^\d+$/);
    assert.deepEqual(JSON.parse(await samemap('get', 'users', 'ada')), { name: 'Ada' });
    assert.match(await samemap('list'), /users/);
    assert.match(await samemap('inspect'), /reach +cluster/);
  } finally {
    await cluster.close();
  }
});
