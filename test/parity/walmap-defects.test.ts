// What walmap and cmap get wrong: tests that they would fail, on a log in a directory.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { DELETE, KEEP } from '../../src/contract/symbols.ts';
import { text } from '../../src/codec/index.ts';
import { open } from '../../src/map/open.ts';
import { logEngine, type LogOptions } from '../../src/engines/log/index.ts';

/** A store whose directory is gone after the test. */
async function subject(t: TestContext, options: Partial<LogOptions> = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'samemap-walmap-'));
  const opened: { close(): Promise<void> }[] = [];
  t.after(async () => {
    for (const each of opened) await each.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const openAgain = async () => {
    const store = await open(await logEngine({ dir, durability: 'os', ...options }));
    opened.push(store);
    return store;
  };
  return { store: await openAgain(), openAgain };
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function bytesOf(map: { snapshot(): AsyncIterable<Uint8Array> }): Promise<Uint8Array> {
  return Buffer.concat(await collect(map.snapshot()));
}

test('Remove: what was removed stays removed, in a snapshot, after a restart and after Compact', async (t) => {
  const { store, openAgain } = await subject(t);
  const map = store.map<number>('m');
  await Promise.all(Array.from({ length: 2000 }, (_, n) => map.set(`k${n}`, n)));
  for (let n = 0; n < 2000; n += 10) assert.equal((await map.take(`k${n}`))?.value, n);
  const restored = store.map<number>('restored');
  assert.equal(await restored.restore(await bytesOf(map)), 1800);
  await map.compact();
  await store.close();
  const again = await openAgain();
  for (const name of ['m', 'restored']) {
    assert.equal(await again.map(name).count(), 1800);
    assert.equal(await again.map(name).has('k10'), false);
  }
});

test('Compact: no acknowledged write that comes while it runs is lost', async (t) => {
  const { store, openAgain } = await subject(t, { segmentBytes: 65_536 });
  const map = store.map<number>('m');
  for (let round = 0; round < 4; round++)
    await Promise.all(Array.from({ length: 3000 }, (_, n) => map.set(`k${n}`, round)));
  const compacting = map.compact();
  await Promise.all(Array.from({ length: 9000 }, (_, n) => map.set(`during${n}`, n)));
  await compacting;
  assert.equal(await map.count(), 12_000);
  await store.close();
  const again = (await openAgain()).map<number>('m');
  for (let n = 0; n < 9000; n++) assert.equal(again.sync.get(`during${n}`), n);
});

test('Restore: the first Set after it works, and so does every other word', async (t) => {
  const { store } = await subject(t);
  const map = store.map<number>('m');
  await map.set('a', 1);
  const other = store.map<number>('other');
  await other.restore(await bytesOf(map));
  await other.set('b', 2);
  await other.update('a', (n = 0) => n + 1);
  assert.deepEqual(await collect(other.values()), [2, 2]);
});

test('Restore: a map of one key takes any key afterwards, and an empty one does', async (t) => {
  const { store } = await subject(t);
  const one = store.map<number>('one');
  await one.set('only', 1);
  for (const source of [one, store.map<number>('empty')]) {
    const target = store.map<number>(`of-${source.name}`);
    await target.restore(await bytesOf(source));
    for (let n = 0; n < 2048; n++) await target.set(`k${n}`, n);
    assert.equal(await target.count(), 2048 + (source === one ? 1 : 0));
  }
});

test('Set: a value that cannot be stored is refused to the caller, and no word says that it was stored', async (t) => {
  const { store } = await subject(t);
  const map = store.map<unknown>('m');
  class Unregistered {
    name = 'x';
  }
  await assert.rejects(map.set('a', new Unregistered()), { code: 'CODEC' });
  await assert.rejects(map.set('a', new Unregistered(), { ifAbsent: true }), { code: 'CODEC' });
  await assert.rejects(
    map.update('a', () => new Unregistered()),
    { code: 'CODEC' },
  );
  assert.equal(await map.has('a'), false);
  let readable = true;
  const mangled = store.map<string>('mangled', {
    codec: {
      name: 'mangled',
      numbers: false,
      encode: (value) => Buffer.from(value),
      decode: (cell) => (readable ? String(cell) : assert.fail('mangled')),
    },
  });
  await mangled.set('a', 'x');
  readable = false;
  await assert.rejects(mangled.get('a'), { code: 'CODEC' });
});

test('Restore: a snapshot that was cut, or has one bit flipped, is refused and changes nothing; short reads do no harm', async (t) => {
  const { store } = await subject(t);
  const map = store.map<string>('m');
  for (let n = 0; n < 50; n++) await map.set(`key-${n}`, `value-${n}`);
  const bytes = await bytesOf(map);
  const target = store.map<string>('target');
  for (let at = 0; at < bytes.length; at += 7) {
    await assert.rejects(target.restore(bytes.subarray(0, at)), `cut at ${at}`);
    const flipped = Uint8Array.from(bytes);
    flipped[at] = (flipped[at] ?? 0) ^ 4;
    await assert.rejects(target.restore(flipped), `flipped at ${at}`);
  }
  assert.equal(await target.count(), 0);
  async function* dribble(): AsyncGenerator<Uint8Array> {
    for (const byte of bytes) yield Uint8Array.of(byte);
  }
  assert.equal(await target.restore(dribble()), 50);
  assert.equal(await target.get('key-49'), 'value-49');
});

test('WithHashFunc: every key is found after Restore and after a restart, whatever hash found it before', async (t) => {
  const { store, openAgain } = await subject(t);
  const map = store.map<number>('m');
  await Promise.all(Array.from({ length: 5000 }, (_, n) => map.set(String(n), n)));
  const target = store.map<number>('target');
  await target.restore(await bytesOf(map));
  await store.close();
  const again = (await openAgain()).map<number>('target');
  const found = await again.getMany(Array.from({ length: 5000 }, (_, n) => String(n)));
  assert.deepEqual(
    found,
    Array.from({ length: 5000 }, (_, n) => n),
  );
});

test('ReclaimableSpace: counts what was overwritten, not what overwrote it, also after a restart', async (t) => {
  const { store, openAgain } = await subject(t, { compactAt: 1 });
  const map = store.map<string>('m', { codec: text() });
  await map.set('a', 'x'.repeat(1000));
  await map.set('a', 'y');
  const before = await map.stats();
  assert.ok((before['reclaimableBytes'] ?? 0) > 1000 && (before['reclaimableBytes'] ?? 0) < 1100);
  await store.close();
  const again = await openAgain();
  assert.equal(
    (await again.map('m', { codec: text() }).stats())['reclaimableBytes'],
    before['reclaimableBytes'],
  );
  await again.map('m', { codec: text() }).compact();
  assert.equal((await again.map('m', { codec: text() }).stats())['reclaimableBytes'], 0);
});

test('Read: an empty value is a value, also as the last one of a snapshot and of a log', async (t) => {
  const { store, openAgain } = await subject(t);
  const map = store.map<string>('m', { codec: text() });
  await map.set('a', 'x');
  await map.set('last', '');
  const target = store.map<string>('target', { codec: text() });
  await target.restore(await bytesOf(map));
  assert.equal(await target.get('last'), '');
  await store.close();
  const again = await openAgain();
  assert.equal(await again.map<string>('m', { codec: text() }).get('last'), '');
  assert.equal(await again.map<string>('target', { codec: text() }).get('last'), '');
});

test('New: what the name says is so: what was acknowledged is on disk, without a snapshot', async (t) => {
  const { store, openAgain } = await subject(t, { durability: 'disk' });
  const map = store.map<number>('m');
  await Promise.all(Array.from({ length: 100 }, (_, n) => map.set(`k${n}`, n)));
  assert.ok(((await map.stats())['logBytes'] ?? 0) > 100 * 24);
  await store.close();
  assert.equal(await (await openAgain()).map('m').count(), 100);
});

test('ErrCompactRunning: several at once are fine, each settles, and none is left half done', async (t) => {
  const { store } = await subject(t, { segmentBytes: 65_536 });
  const map = store.map<number>('m');
  for (let round = 0; round < 5; round++)
    await Promise.all(Array.from({ length: 2000 }, (_, n) => map.set(`k${n}`, round)));
  await Promise.all([map.compact(), map.compact(), map.compact()]);
  assert.equal((await map.stats())['reclaimableBytes'], 0);
  assert.equal(await map.count(), 2000);
});

test('Snapshot, Len, Keys: are of one moment; a callback may use the map it was called from', async (t) => {
  const { store } = await subject(t);
  const map = store.map<number>('m');
  const keys = Array.from({ length: 500 }, (_, n) => `k${n}`);
  for (const key of keys) await map.set(key, 0);
  const target = store.map<number>('target');
  let going = true;
  const writing = (async () => {
    for (let n = 1; going; n++) {
      const atomic = store.atomic();
      for (const key of keys) atomic.set(map, key, n);
      await atomic.commit();
    }
  })();
  for (let round = 0; round < 5; round++) {
    await target.restore(await bytesOf(map), { mode: 'replace' });
    const values = await collect(target.values());
    assert.deepEqual([values.length, new Set(values).size], [500, 1]);
    assert.equal(await map.count(), 500);
  }
  going = false;
  await writing;
  const last = map.sync.get('k1') ?? 0;
  assert.equal((await map.update('k0', () => (map.sync.get('k1') ?? 0) + 1))?.value, last + 1);
});

test('SetIf: says what stands; Range, Items, Clear and compare-and-set are there', async (t) => {
  const { store } = await subject(t);
  const map = store.map<number>('m');
  assert.equal((await map.update('a', () => 1))?.value, 1);
  assert.equal((await map.update('a', () => KEEP))?.value, 1);
  assert.equal(await map.update('a', () => DELETE), undefined);
  await map.set('b', 1);
  assert.equal((await map.set('b', 2, { ifValue: 7 })).ok, false);
  assert.equal((await map.set('b', 2, { ifValue: 1 })).ok, true);
  assert.deepEqual(await collect(map), [['b', 2]]);
  assert.deepEqual(await collect(map.keys({ start: 'b' })), ['b']);
  assert.equal(await map.clear(), 1);
});
