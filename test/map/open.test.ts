import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { asynchronous } from '../../src/conformance/asynchronous.ts';
import { manualClock } from '../../src/conformance/manual-clock.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { open } from '../../src/index.ts';

test('open: memory: is a new store each time', async () => {
  const one = await open('memory:');
  const two = await open('memory:');
  await one.map('m').set('a', 1);
  assert.equal(await two.map('m').get('a'), undefined);
  await one.close();
  await two.close();
});

test('open: an engine gives the faces that its form has', async () => {
  const near = await open(memoryEngine());
  assert.notEqual(near.sync, undefined);
  assert.notEqual(near.map('m').sync, undefined);
  const far = await open(asynchronous(memoryEngine()));
  assert.equal(far.sync, undefined);
  assert.equal(far.map('m').sync, undefined);
  await near.close();
  await far.close();
});

test('open: lives by the clock it is given', async () => {
  const clock = manualClock();
  const store = await open('memory:', { clock });
  const map = store.map<number>('m', { ttlMs: 100 });
  assert.equal(map.sync.set('a', 1).expiresAt, clock.now() + 100);
  await clock.tick(100);
  assert.equal(map.sync.get('a'), undefined);
  await store.close();
});

test('open: hands the options of the engine on, and refuses what is unknown to it', async () => {
  const store = await open('memory:', { historyLimit: 10 });
  await store.close();
  await assert.rejects(open('memory:', { historyLimt: 10 } as object), /unknown option "historyLimt"/);
  await assert.rejects(open('memory:', { historyLimit: 0 }), RangeError);
  await assert.rejects(open('memory:', { waitMs: -1 }), /waitMs/);
  await assert.rejects(open('memory:', { clock: {} as never }), /clock/);
  await assert.rejects(open(memoryEngine(), { historyLimit: 10 }), /open\(engine\)/);
  await assert.rejects(open('memory:', { clock: null as never }), /open: clock must/);
  for (const options of [null, 5, 'x']) {
    await assert.rejects(open('memory:', options as never), /open: options must be an object, got/);
    await assert.rejects(open(memoryEngine(), options as never), /options must be an object, got/);
  }
});

test('open: the bare name of an engine lacks its colon', async () => {
  for (const address of ['memory', 'shared', 'lmdb', 'etcd']) {
    await assert.rejects(open(address), {
      name: 'TypeError',
      message: new RegExp(`say ${address}: .*\\./${address}`),
    });
  }
});

test('open: an address that is none names the schemes there are', async () => {
  for (const address of ['', 'redis://localhost', 'memry:', 'toString:x']) {
    await assert.rejects(open(address), (error: unknown) => {
      assert.ok(error instanceof TypeError);
      assert.match(error.message, /memory: shared: log: lmdb: etcd:/);
      return true;
    });
  }
  await assert.rejects(open('memory:name'), /takes no name/);
  for (const target of [undefined, null, 5, {}, { form: 'other' }]) {
    await assert.rejects(open(target as never), /an address or an engine/);
  }
});

test('open: a cluster that is not there is UNAVAILABLE, paths are logs', async () => {
  await assert.rejects(open('etcd://127.0.0.1:1/p', { deadlineMs: 200 }), { code: 'UNAVAILABLE' });
  const folder = await mkdtemp(path.join(tmpdir(), 'samemap-open-'));
  for (const address of [`log:${folder}/a`, `${folder}/b`, `${folder}/c:d`]) {
    const store = await open(address, { durability: 'os' });
    assert.equal(store.supports.engine, 'log');
    await assert.rejects(open(address), { code: 'IN_USE' });
    await store.close();
  }
  await assert.rejects(open('log:'), /path of a directory/);
  await rm(folder, { recursive: true });
});

test('store: maps, inspect and stats tell what there is; after close they are CLOSED', async () => {
  const store = await open('memory:');
  const map = store.map<number>('m');
  assert.deepEqual(await store.maps(), []);
  await map.set('a', 1);
  const lock = await map.lock('a', { label: 'me' });
  const watch = map.watch({ prefix: 'a' });
  await watch.ready;
  assert.deepEqual(
    (await store.maps()).map(({ name, codec }) => [name, codec]),
    [['m', 'structured']],
  );
  const inspection = await store.inspect();
  assert.deepEqual(
    inspection.locks.map(({ map: name, key, label }) => [name, key, label]),
    [['m', 'a', 'me']],
  );
  assert.deepEqual(
    inspection.watchers.map(({ map: name, prefix }) => [name, prefix]),
    [['m', 'a']],
  );
  assert.equal(typeof (await map.stats())['entries'], 'number');
  await lock.release();
  await store[Symbol.asyncDispose]();
  for (const call of [
    () => store.maps(),
    () => store.inspect(),
    () => map.stats(),
    () => map.compact(),
    () => map.drop(),
  ]) {
    await assert.rejects(call, { code: 'CLOSED' });
  }
});

test('nextKey: 13 letters and digits that sort in the order of creation', async () => {
  const store = await open('memory:');
  const map = store.map('m');
  const keys: string[] = [];
  for (let i = 0; i < 100; i++) keys.push(await map.nextKey());
  assert.ok(keys.every((key) => /^[0-9a-z]{13}$/.test(key)));
  assert.deepEqual(keys, [...new Set(keys)].sort());
  await store.close();
});
