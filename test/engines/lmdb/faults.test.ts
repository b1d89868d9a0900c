// What can go wrong around the file, and what the caller sees of it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Environment } from '../../../src/engines/lmdb/environment.ts';
import { codeOf, directory, openIn } from './fixture.ts';

const HOLDER = fileURLToPath(new URL('./holder.js', import.meta.url));
const FULL_DISK = fileURLToPath(new URL('./full-disk.js', import.meta.url));

test('a full map is FULL, nothing acknowledged is lost, room can be made, and the map enlarged', async (t) => {
  const dir = directory(t);
  const small = { mapSizeBytes: 2 ** 20, historyLimit: 1 };
  const { store } = await openIn(dir, small);
  const map = store.map<string>('m');
  let written = 0;
  let code = '';
  for (; code === ''; written++) {
    code = await map.set(`k${written}`, 'x'.repeat(4_000)).then(
      () => '',
      (error: unknown) => String(Reflect.get(Object(error), 'code')),
    );
  }
  written--;
  assert.equal(code, 'FULL');
  assert.ok(written > 20, `only ${written} fitted`);
  assert.equal(await map.count(), written, 'what was refused is taken back');
  assert.equal(await map.get(`k${written}`), undefined);
  for (let i = 0; i < written; i++) assert.equal((await map.get(`k${i}`))?.length, 4_000);
  assert.equal(await map.delete('k0'), true, 'room can be made');
  await map.set('k0', 'x'.repeat(4_000));
  await map.deleteMany(Array.from({ length: written }, (_, i) => `k${i}`));
  for (let i = 0; i < written * 3; i++) await map.set(`k${i % (written - 20)}`, 'y'.repeat(4_000));
  written -= 20;
  assert.equal(await map.count(), written, 'free pages are room');
  await store.close();
  const larger = await openIn(dir, { ...small, mapSizeBytes: 2 ** 24 });
  const again = larger.store.map<string>('m');
  assert.equal(await again.count(), written);
  await again.set('more', 'x'.repeat(4_000));
  await larger.store.close();
});

test('what waits for the disk is bounded: a write beyond is FULL and changes nothing', async (t) => {
  const { store } = await openIn(directory(t), { pendingBytes: 10_000 });
  const { sync } = store.map<string>('m');
  let accepted = 0;
  const code = await codeOf(() => {
    for (; accepted < 1_000; accepted++) sync.set(`k${accepted}`, 'x'.repeat(1_000));
  });
  assert.equal(code, 'FULL');
  assert.ok(accepted < 20);
  await store.map('m').durable();
  assert.equal(sync.count(), accepted);
  sync.set('later', 'x');
  await store.close();
});

test('a commit that the disk refuses takes back all that was accepted since, and nothing else', async (t) => {
  let refuse = false;
  const { store } = await openIn(
    directory(t),
    {},
    { environment: failing(() => refuse, 'ENOSPC: no space left') },
  );
  const map = store.map<number>('m');
  const other = store.map<number>('other');
  await map.set('kept', 1);
  await map.set('limited', 1, { ttlMs: 60_000 });
  const watch = map.watch();
  await watch.ready;
  assert.equal((await watch.next()).value?.type, 'live');
  refuse = true;
  const writes = [map.set('kept', 2), map.set('new', 1), map.delete('limited'), other.set('a', 1)];
  const seen = (await Promise.allSettled(writes)).map((end) =>
    end.status === 'rejected' ? Reflect.get(Object(end.reason), 'code') : end.status,
  );
  assert.deepEqual(seen, ['FULL', 'FULL', 'FULL', 'FULL']);
  refuse = false;
  assert.deepEqual([await map.get('kept'), await map.get('new'), await map.count()], [1, undefined, 2]);
  assert.deepEqual(
    (await store.maps()).map(({ name }) => name),
    ['m'],
  );
  const { version } = await map.set('kept', 3);
  const next = (await watch.next()).value;
  assert.ok(
    next?.type === 'update' && next.value === 3 && next.version === version,
    'what never was is not told',
  );
  await watch.close();
  await store.close();
});

test('a commit that fails in any other way is UNKNOWN_OUTCOME, then nothing is answered until it is reopened', async (t) => {
  const dir = directory(t);
  let refuse = false;
  const { store } = await openIn(dir, {}, { environment: failing(() => refuse, 'EIO: i/o error') });
  const map = store.map<number>('m');
  await map.set('kept', 1);
  refuse = true;
  assert.equal(await codeOf(() => map.set('kept', 2)), 'UNKNOWN_OUTCOME');
  assert.equal(await codeOf(() => map.get('kept')), 'POISONED');
  assert.equal(await codeOf(() => map.sync.set('kept', 3)), 'POISONED');
  await store.close();
  const again = await openIn(dir);
  assert.equal(await again.store.map('m').get('kept'), 1);
  await again.store.close();
});

test('a commit that does not settle is given up in time: no promise hangs, and the directory is not let go', async (t) => {
  const dir = directory(t);
  let hang = false;
  let settle = (): void => undefined;
  const hung = new Promise<void>((resolve) => (settle = resolve));
  const wrapped = (inner: Environment): Environment => ({
    ...inner,
    batch: (work) => (hang ? hung.then(() => inner.batch(work)) : inner.batch(work)),
  });
  const { store } = await openIn(dir, { commitMs: 50 }, { environment: wrapped });
  const map = store.map<number>('m');
  await map.set('a', 1);
  hang = true;
  const first = codeOf(() => map.set('a', 2));
  const lock = await map.lock('locked');
  const waiting = codeOf(() => map.lock('locked'));
  assert.equal(await first, 'UNKNOWN_OUTCOME');
  assert.equal(await codeOf(() => map.get('a')), 'POISONED');
  assert.equal(await waiting, 'CLOSED');
  assert.ok(lock.lost.aborted);
  await store.close();
  assert.equal(await codeOf(() => openIn(dir)), 'IN_USE');
  settle();
  const again = await openIn(dir, {}, { waitMs: 5_000 });
  await again.store.close();
});

test('a second opening in the process, or in another, is IN_USE, and waits if it is asked to', async (t) => {
  const dir = directory(t);
  const { store } = await openIn(dir);
  assert.equal(await codeOf(() => openIn(dir)), 'IN_USE');
  const refused = spawn(process.execPath, [HOLDER, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(refused.stdout, 'data')) as [Buffer];
  assert.equal(said.toString().trim(), 'IN_USE');
  await once(refused, 'close');
  const waiting = openIn(dir, {}, { waitMs: 10_000 });
  await store.close();
  await (await waiting).store.close();
});

test('a process that is stopped keeps the directory; one that is killed does not', async (t) => {
  const dir = directory(t);
  const child = spawn(process.execPath, [HOLDER, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGSTOP');
  assert.equal(await codeOf(() => openIn(dir)), 'IN_USE');
  child.kill('SIGKILL');
  await once(child, 'close');
  const { store } = await openIn(dir, {}, { waitMs: 5_000 });
  assert.equal(await store.map('m').get('held'), 1);
  await store.close();
});

test('removing the lock files neither lets a second holder in nor loses anything', async (t) => {
  const dir = directory(t);
  const { store } = await openIn(dir);
  await store.map<number>('m').set('a', 1);
  for (const name of readdirSync(dir)) if (/lock|holder/.test(name)) rmSync(join(dir, name));
  assert.equal(await codeOf(() => openIn(dir)), 'IN_USE');
  await store.map<number>('m').set('b', 2);
  await store.close();
  const again = await openIn(dir);
  assert.equal(await again.store.map('m').count(), 2);
  await again.store.close();
});

test('a worker that is terminated while it writes leaves a store that opens and is whole', async (t) => {
  const dir = directory(t);
  for (let round = 0; round < 5; round++) {
    const worker = new Worker(new URL('./kill-writer.js', import.meta.url), {
      argv: [JSON.stringify([dir]), String(round)],
    });
    await once(worker, 'message');
    await worker.terminate();
    const { store } = await openIn(dir, {}, { waitMs: 10_000 });
    const pairs = store.map<number>('pair');
    const [left, right] = await pairs.getMany(['left', 'right']);
    assert.equal(left, right);
    assert.ok((await store.map('m').count()) >= 0);
    await store.close();
  }
});

test('a bit flipped in a value is CORRUPT and never served; the entries beside it are', async (t) => {
  const dir = directory(t);
  const { store } = await openIn(dir, { historyLimit: 1 });
  const map = store.map<string>('m');
  for (let i = 0; i < 50; i++) await map.set(`key-${i}`, `value-${i}-${'v'.repeat(200)}`);
  await map.set('last', 'x');
  await store.close();
  const path = join(dir, 'data-1.mdb');
  const bytes = readFileSync(path);
  // All copies of it, for pages that are free by now still hold older ones.
  for (let at = bytes.indexOf('value-25-'); at >= 0; at = bytes.indexOf('value-25-', at + 1)) {
    bytes[at + 20] = (bytes[at + 20] ?? 0) ^ 4;
  }
  writeFileSync(path, bytes);
  const again = await openIn(dir);
  const damaged = again.store.map<string>('m');
  assert.equal(await codeOf(() => damaged.get('key-25')), 'CORRUPT');
  assert.equal(await codeOf(() => damaged.sync.set('key-25', 'over', { ifPresent: true })), 'CORRUPT');
  for (let i = 0; i < 50; i++) {
    if (i !== 25) assert.equal(await damaged.get(`key-${i}`), `value-${i}-${'v'.repeat(200)}`);
  }
  await again.store.close();
});

test('a file of a later layout is FORMAT; a missing data file is CORRUPT, not an empty store', async (t) => {
  const dir = directory(t);
  const { store } = await openIn(dir);
  await store.map('m').set('a', 1);
  await store.close();
  writeFileSync(join(dir, 'current'), 'data-2.mdb\n');
  assert.equal(await codeOf(() => openIn(dir)), 'CORRUPT');
  assert.ok(existsSync(join(dir, 'data-1.mdb')));
  writeFileSync(join(dir, 'current'), '../elsewhere\n');
  assert.equal(await codeOf(() => openIn(dir)), 'CORRUPT');
});

function failing(when: () => boolean, message: string): (inner: Environment) => Environment {
  return (inner) => ({
    ...inner,
    batch: (work) => (when() ? Promise.reject(new Error(message)) : inner.batch(work)),
  });
}

test('a disk that is full is FULL, nothing acknowledged is lost, and deleting makes room', async (t) => {
  const dir = directory(t);
  const script = `mount -t tmpfs -o size=3m tmpfs '${dir}' && exec '${process.execPath}' '${FULL_DISK}' '${dir}/d'`;
  const child = spawn('unshare', ['-Urm', 'sh', '-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (said += part));
  await Promise.race([once(child, 'close'), once(child, 'error')]).catch(() => undefined);
  if (said === '') {
    t.skip('this machine lets nobody mount a small disk of their own');
    return;
  }
  const found = JSON.parse(said) as Record<string, unknown>;
  const written = Number(found['written']);
  assert.ok(written > 20, said);
  assert.deepEqual(
    { ...found },
    {
      code: 'FULL',
      written,
      count: written,
      whole: true,
      deleted: 10,
      after: 'ok',
      reopened: written - 10 + 1,
    },
  );
});
