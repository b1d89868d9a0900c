// snapshot, restore and copy.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { writeWhole } from '../../src/cli/file-out.ts';
import type { Store } from '../../src/index.ts';
import { terminal, type Terminal } from './terminal.ts';

let t: Terminal;
let folder: string;
let file: string;
beforeEach(async () => {
  t = terminal();
  folder = mkdtempSync(path.join(tmpdir(), 'samemap-cli-'));
  file = path.join(folder, 'backup.samemap');
  const store = await t.store();
  await store.map<object>('users').set('ada', { at: new Date(0) }, { ttlMs: 3_600_000 });
  await store.map<object>('users').set('bob', { at: new Date(1) });
  await t.ok('set', 'texts', 'a', '--codec', 'text', 'one');
  const codec = { name: 'mine', numbers: false, encode: () => new Uint8Array([7]), decode: () => 7 };
  await store.map<number>('odd', { codec }).set('n', 7);
});
afterEach(async () => {
  assert.equal(t.openStores, 0);
  await t.close();
  rmSync(folder, { recursive: true });
});

async function usersOf(store: Store): Promise<unknown[]> {
  const entries: unknown[] = [];
  for await (const { key, value, expiresAt } of store.map('users').list())
    entries.push({ key, value, expiresAt });
  return entries;
}

async function namesOf(store: Store): Promise<string[]> {
  return (await store.maps()).map(({ name }) => name);
}

test('a snapshot in a file, restored, is the same by key, value and expiry', async () => {
  const size = /^wrote ([\d,]+) bytes\n$/.exec(await t.ok('snapshot', file))?.[1]?.replaceAll(',', '');
  assert.equal(readFileSync(file).length, Number(size));
  assert.deepEqual(readdirSync(folder), ['backup.samemap']);
  assert.equal(await t.ok('restore', file, '--url', 'other:'), 'restored 4 entries\n');
  const [store, other] = [await t.store(), await t.store('other:')];
  assert.deepEqual(await usersOf(other), await usersOf(store));
  assert.deepEqual(await namesOf(other), await namesOf(store));
});

test('a snapshot goes through pipes, and can be of one map', async () => {
  const { bytes } = await t.run(['snapshot', '-m', 'odd']);
  const { code, out } = await t.run(['restore', '-', '--url', 'other:', '-w', 'json'], { stdin: bytes });
  assert.deepEqual([code, out], [0, '{"entries":1}\n']);
  assert.deepEqual(await namesOf(await t.store('other:')), ['odd']);
});

test('a snapshot is not written to a terminal, and not read from one', async () => {
  const out = await t.run(['snapshot'], { stdoutTerminal: { columns: 80 } });
  assert.deepEqual([out.code, out.out], [2, '']);
  assert.match(out.err, /a snapshot is binary/);
  assert.equal((await t.run(['restore'], { stdinTerminal: true })).code, 2);
});

test('restoring over entries needs --replace', async () => {
  await t.ok('snapshot', file);
  await t.ok('set', 'users', 'eve', '1');
  const refused = await t.run(['restore', file]);
  assert.equal(refused.code, 4);
  assert.match(
    refused.err,
    /^samemap: CONFLICT: map "\w+" holds \d+ (?:entry|entries); say --replace to remove [^\n]+\n$/,
  );
  assert.equal((await usersOf(await t.store())).length, 3);
  await t.ok('restore', file, '--replace');
  assert.equal((await usersOf(await t.store())).length, 2);
});

test('a file that cannot be read or written is named, and no store is opened for it', async () => {
  for (const [argv, message] of [
    [['restore', '/nowhere/a'], 'cannot read /nowhere/a: no such file or directory'],
    [['restore', folder], `cannot read ${folder}: illegal operation on a directory`],
    [['snapshot', '/nowhere/a'], 'cannot write /nowhere/a: no such file or directory'],
  ] as const) {
    const { code, err } = await t.run([...argv, '--url', 'other:']);
    assert.deepEqual([code, err], [1, `samemap: ${message}\n`]);
    if (message.endsWith('read /nowhere/a: no such file or directory'))
      assert.notEqual(t.lastOpen?.url, 'other:');
  }
});

test('a cut or foreign file is refused and nothing is changed', async () => {
  await t.ok('snapshot', file);
  const whole = readFileSync(file);
  for (const [name, bytes] of [
    ['cut', whole.subarray(0, whole.length - 3)],
    ['foreign', Buffer.from('{"map":"users"}')],
    ['empty', Buffer.alloc(0)],
  ] as const) {
    writeFileSync(file, bytes);
    const { code, err } = await t.run(['restore', file, '--url', 'other:']);
    assert.equal(code, 1, name);
    assert.match(err, /^samemap: (CORRUPT|FORMAT): .+; nothing was changed\n$/, name);
    assert.equal(err.includes('FORMAT: not a snapshot'), name === 'foreign');
    assert.deepEqual(await namesOf(await t.store('other:')), []);
  }
});

test('a snapshot that fails leaves the file that was there', async () => {
  writeFileSync(file, 'old');
  const { code } = await t.run(['snapshot', file, '-m', 'nothing']);
  assert.equal(code, 3);
  assert.equal(readFileSync(file, 'utf8'), 'old');
  const nowhere = path.join(folder, 'no-folder', 'file');
  assert.equal((await t.run(['snapshot', nowhere])).code, 1);
  assert.ok(!existsSync(nowhere));
});

test('a file is replaced only by a whole one, and no part of it is left', async () => {
  writeFileSync(file, 'old');
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(1000);
    throw new Error('cut short');
  };
  await assert.rejects(
    writeWhole(file, pieces(), () => {}),
    /cut short/,
  );
  assert.equal(readFileSync(file, 'utf8'), 'old');
  assert.deepEqual(readdirSync(folder), ['backup.samemap']);
});

test('copy brings all maps, or those named, to another store', async () => {
  assert.equal(await t.ok('copy', 'test:', 'all:'), 'copied 4 entries\n');
  assert.deepEqual(await usersOf(await t.store('all:')), await usersOf(await t.store()));
  assert.equal(await t.ok('copy', 'test:', 'some:', 'texts', 'odd'), 'copied 2 entries\n');
  assert.deepEqual(await namesOf(await t.store('some:')), ['odd', 'texts']);
});

test('copy over entries needs --replace, between two stores, of maps that are there', async () => {
  await t.ok('copy', 'test:', 'all:');
  assert.equal((await t.run(['copy', 'test:', 'all:'])).code, 4);
  await t.ok('copy', 'test:', 'all:', '--replace');
  await t.ok('copy', 'test:', 'all:', 'users', '--replace');
  assert.deepEqual(await usersOf(await t.store('all:')), await usersOf(await t.store()));
  assert.equal((await t.run(['copy', 'test:', 'test:'])).code, 2);
  assert.equal((await t.run(['copy', 'test:', 'new:', 'nothing'])).code, 3);
});
