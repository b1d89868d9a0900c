// TLS, users and passwords, on real servers.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect, promisify } from 'node:util';
import { test } from 'node:test';
import type { EtcdTls } from '../../../src/engines/etcd/index.ts';
import { etcdBinary } from './binary.ts';
import { startCluster, type Cluster } from './cluster.ts';
import { faultOf, opened, until } from './fixture.ts';
import { freePort } from './ports.ts';

const PASSWORD = 'correct horse battery staple';

/** A certificate for a name, signed by the authority in the folder. */
function certify(folder: string, name: string): void {
  const at = (file: string): string => path.join(folder, file);
  const openssl = (...args: string[]): unknown => execFileSync('openssl', args, { stdio: 'ignore' });
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    at(`${name}.key`),
    '-out',
    at(`${name}.csr`),
    '-subj',
    `/CN=${name}`,
    '-addext',
    'subjectAltName=IP:127.0.0.1,DNS:localhost',
  );
  openssl(
    'x509',
    '-req',
    '-in',
    at(`${name}.csr`),
    '-CA',
    at('ca.pem'),
    '-CAkey',
    at('ca.key'),
    '-CAcreateserial',
    '-days',
    '2',
    '-copy_extensions',
    'copy',
    '-out',
    at(`${name}.pem`),
  );
}

function authority(folder: string): void {
  const at = (file: string): string => path.join(folder, file);
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      at('ca.key'),
      '-out',
      at('ca.pem'),
      '-subj',
      '/CN=authority',
    ],
    { stdio: 'ignore' },
  );
}

/** The command line on a cluster, with these variables of etcd's own. */
async function samemap(
  host: string,
  variables: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<string> {
  const env: NodeJS.ProcessEnv = { ...process.env, NODE_NO_WARNINGS: '1' };
  for (const [name, value] of Object.entries(variables)) env[`ETCDCTL_${name}`] = value;
  const main = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [main, '--url', `etcd://${host}/${variables['PREFIX'] ?? 'samemap'}`, ...args],
    { env },
  );
  return stdout;
}

test('TLS: the certificate of the server is verified, and the client shows its own', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'samemap-tls-'));
  const { file } = await etcdBinary('newer');
  authority(folder);
  for (const name of ['server', 'client']) certify(folder, name);
  const at = (name: string): string => path.join(folder, name);
  const [port, peer] = [await freePort(), await freePort()];
  const url = `https://127.0.0.1:${port}`;
  const server = spawn(
    file,
    [
      `--data-dir=${at('data')}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-cluster=default=http://127.0.0.1:${peer}`,
      `--cert-file=${at('server.pem')}`,
      `--key-file=${at('server.key')}`,
      `--trusted-ca-file=${at('ca.pem')}`,
      '--client-cert-auth',
    ],
    { stdio: 'ignore' },
  );
  const gone = once(server, 'exit');
  try {
    const pem = (name: string): Buffer => readFileSync(at(name));
    const tls: EtcdTls = { ca: pem('ca.pem'), cert: pem('client.pem'), key: pem('client.key') };
    const hosts = [`127.0.0.1:${port}`];
    const cluster = { hosts } as unknown as Cluster;
    const { store } = await opened(cluster, { tls, deadlineMs: 10_000 });
    await store.map<number>('m').set('a', 1);
    await store.close();
    const files = { CACERT: at('ca.pem'), CERT: at('client.pem'), KEY: at('client.key') };
    assert.equal((await samemap(hosts[0] ?? '', files, 'get', 'm', 'a')).trim(), '1');
    const denied: readonly (boolean | EtcdTls | undefined)[] = [
      true, // signed by nobody the system knows
      { ...tls, serverName: 'elsewhere.example' },
      { ca: pem('ca.pem') }, // without a certificate of its own
      undefined,
    ];
    for (const wrong of denied)
      await faultOf('UNAVAILABLE', opened(cluster, { tls: wrong, deadlineMs: 400 }));
  } finally {
    server.kill('SIGKILL');
    await gone;
    await rm(folder, { recursive: true, force: true });
  }
});

test('users: rights are the server’s, tokens are renewed, secrets are never told', async () => {
  const cluster = await startCluster({ binary: 'newer', args: ['--auth-token-ttl=1'] });
  try {
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const words: readonly (readonly [string, object])[] = [
      ['auth/user/add', { name: 'root', password: PASSWORD }],
      ['auth/user/grant', { user: 'root', role: 'root' }],
      ['auth/user/add', { name: 'shop', password: PASSWORD }],
      ['auth/role/add', { name: 'shop' }],
      [
        'auth/role/grant',
        { name: 'shop', perm: { permType: 'READWRITE', key: base64('shop/'), range_end: base64('shop0') } },
      ],
      ['auth/user/grant', { user: 'shop', role: 'shop' }],
      ['auth/enable', {}],
    ];
    await cluster.ask(0, 'auth/role/add', { name: 'root' });
    for (const [word, body] of words) await cluster.ask(0, word, body);

    const auth = { user: 'shop', password: PASSWORD };
    const { store, engine } = await opened(cluster, { prefix: 'shop', auth });
    const map = store.map<number>('m');
    const watch = map.watch();
    await watch.ready;
    await map.set('a', 1);
    const lock = await map.lock('a');
    // Longer than a token that is not used is good for.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await lock.commit(2);
    assert.equal(await map.get('a'), 2);
    await until('a renewed stream goes on', async () => {
      const step = await watch.next();
      return !step.done && 'value' in step.value && step.value.value === 2;
    });
    const told = inspect([await store.inspect(), await map.stats(), engine, store], {
      depth: 8,
      showHidden: true,
    });
    assert.ok(!told.includes(PASSWORD));
    await store.close();

    const [host = ''] = cluster.hosts;
    const variables = { PREFIX: 'shop', USER: `shop:${PASSWORD}` };
    assert.equal((await samemap(host, variables, 'get', 'm', 'a')).trim(), '2');
    const refused = samemap(host, { ...variables, USER: 'shop', PASSWORD: 'no' }, 'get', 'm', 'a');
    await assert.rejects(refused, /DENIED|refuses the credentials/);

    const wrong = { user: 'shop', password: `${PASSWORD}!` };
    const errors = [
      await faultOf('DENIED', opened(cluster, { prefix: 'shop', auth: wrong })),
      await faultOf('DENIED', opened(cluster, { prefix: 'shop' })),
      await faultOf('DENIED', opened(cluster, { prefix: 'bank', auth })),
    ];
    for (const error of errors) assert.ok(!inspect(error, { depth: 8 }).includes(PASSWORD));
  } finally {
    await cluster.close();
  }
});
