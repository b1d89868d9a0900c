// compact, verify, salvage and dump, on logs in folders of their own.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { run } from '../../src/cli/run.ts';
import { open } from '../../src/index.ts';
import { PassThrough, Readable } from 'node:stream';

let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'samemap-cli-'));
});
after(() => rm(folder, { recursive: true }));

/** Runs a command line against real stores. */
async function line(...argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const texts: [string, string] = ['', ''];
  stdout.on('data', (data) => (texts[0] += String(data)));
  stderr.on('data', (data) => (texts[1] += String(data)));
  const world = { stdin: Readable.from([]), stdout, stderr, env: {}, open, now: Date.now };
  const code = await run(argv, world as Parameters<typeof run>[1], '0');
  return { code, out: texts[0], err: texts[1] };
}

async function filled(name: string): Promise<string> {
  const dir = path.join(folder, name);
  const store = await open(dir, { durability: 'os' });
  const map = store.map<{ n: number }>('users');
  for (let n = 0; n < 50; n++) await map.set(`k${n % 10}`, { n });
  await map.delete('k3');
  await store.close();
  return dir;
}

test('compact gives back what is dead', async () => {
  const url = await filled('compact');
  const { code, out } = await line('compact', '--url', url, '-w', 'json');
  assert.equal(code, 0);
  const { compacted } = JSON.parse(out) as { compacted: { name: string; before: number; after: number }[] };
  const log = compacted.find(({ name }) => name === 'logBytes');
  assert.ok(log !== undefined && log.after < log.before);
  assert.equal((await line('get', 'users', 'k9', '--url', url)).out.trim(), '{"n":49}');
});

test('verify of a good log finds nothing bad; of a damaged one it names file and offset, and salvage saves the rest', async () => {
  const url = await filled('damaged');
  assert.equal((await line('verify', '--url', url)).code, 0);
  const [name = ''] = (await readdir(url)).filter((each) => each.endsWith('.log'));
  const bytes = await readFile(path.join(url, name));
  const at = bytes.indexOf('k8', 200);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(path.join(url, name), bytes);
  assert.match((await line('get', 'users', 'k1', '--url', url)).err, new RegExp(`${name}.*offset \\d+`));
  const verified = await line('verify', '--url', url, '-w', 'json');
  const { bad } = JSON.parse(verified.out) as { bad: { file: string; offset: number }[] };
  assert.equal(verified.code, 1);
  assert.deepEqual([bad.length, bad[0]?.file, (bad[0]?.offset ?? 0) <= at], [1, name, true]);
  const saved = path.join(folder, 'saved');
  const salvaged = await line('salvage', saved, '--url', url, '-w', 'json');
  assert.equal(salvaged.code, 0, salvaged.err);
  assert.equal((JSON.parse(salvaged.out) as { saved: { entries: number } }).saved.entries, 9);
  assert.equal((await line('get', 'users', 'k9', '--url', saved)).out.trim(), '{"n":49}');
  assert.equal((await line('get', 'users', 'k3', '--url', saved)).code, 3);
});

test('dump is the same text for the same bytes', async () => {
  const url = await filled('dump');
  const first = await line('dump', '--url', url);
  assert.equal(first.code, 0, first.err);
  assert.match(first.out, /set map 1 "k0" @1 /);
  assert.match(first.out, /deleted map 1 "k3" @51/);
  assert.equal((await line('dump', '--url', url)).out, first.out);
});

test('a log that somebody has open is left alone', async () => {
  const url = await filled('open');
  const store = await open(url);
  for (const command of ['verify', 'dump', 'stats']) {
    const { code, err } = await line(command, '--url', url);
    assert.notEqual(code, 0);
    assert.match(err, new RegExp(`is held by process ${process.pid} since`));
  }
  const waited = line('dump', '--url', url, '--wait-ms', '20000');
  await store.close();
  assert.equal((await waited).code, 0);
});
