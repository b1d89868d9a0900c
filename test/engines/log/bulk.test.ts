// What is done to many records at once: snapshots of what stands, loads over what stood, and the index of many keys.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { KeyDirectory } from '../../../src/engines/log/key-directory.ts';
import { KeyProbe } from '../../../src/engines/log/key-probe.ts';
import { Segment } from '../../../src/engines/log/segment.ts';
import { SortedFill } from '../../../src/engines/log/sorted-fill.ts';
import { statsOf } from '../../../src/engines/log/stats.ts';
import { memoryFiles } from '../../../src/fs/memory-files.ts';
import { nodeFiles } from '../../../src/fs/node-files.ts';
import { bytes, open, text } from '../../../src/index.ts';
import type { Block } from '../../../src/contract/services.ts';
import { crc32Of } from '../../../src/parts/checksum.ts';
import { encodeRecord, SET_NUMBER } from '../../../src/parts/record.ts';
import { contentOf, FORMAT, type OpenedLog, openLog, wordsOf } from './fixture.ts';
import { randomOf } from './trace.ts';

test('a snapshot holds what stands, whole batches and runs alike, and the sums that blocks bring are right', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = randomOf(seed);
  const log = await openLog(memoryFiles(), { segmentBytes: 2 ** 20 });
  const store = await open(log.engine);
  const maps = ['a', 'b'].map((name) => store.map<string>(name, { codec: text() }));
  for (const map of maps) {
    for (let n = 0; n < 3000; n++) map.sync.set(`old${n}`, 'x'.repeat(20));
    await map.durable();
    for (const set of ['a', 'b']) {
      for (let n = 0; n < 3000; n++) map.sync.set(`${set}${n}`, 'x'.repeat(20));
      await map.durable();
    }
  }
  for (let n = 0; n < 4000; n++) {
    const map = maps[random() < 0.7 ? 0 : 1] ?? assert.fail();
    const key = `${random() < 0.9 ? 'old' : 'a'}${Math.floor(random() * 400)}`;
    if (random() < 0.2) map.sync.delete(key);
    else if (random() < 0.05) map.sync.set(key, 'short', { ttlMs: 5 });
    else map.sync.set(key, 'y'.repeat(random() < 0.01 ? 400_000 * random() : 30 * random()));
    if (random() < 0.01) await map.durable();
  }
  await maps[0]?.durable();
  await log.clock.tick(10);
  let sums = 0;
  const view = await log.engine.view(undefined);
  for await (const block of view.blocks()) {
    if (block.kind !== 'records' || block.sum === undefined) continue;
    assert.equal(block.sum, crc32Of(block.bytes));
    sums++;
  }
  view.close();
  assert.ok(sums > 0, `seed ${seed}: no batch was handed on as it is`);
  const parts: Uint8Array[] = [];
  for await (const part of store.snapshot()) parts.push(part);
  const other = await openLog(memoryFiles(), { segmentBytes: 2 ** 20 });
  const copy = await open(other.engine);
  await copy.restore(parts);
  const plain = (content: string): string => content.replaceAll(/@\d+#/g, '#');
  assert.equal(plain(contentOf(other.state)), plain(contentOf(log.state)), `seed ${seed}`);
  await store.close();
  await copy.close();
});

async function* entriesOf(map: number, count: number): AsyncGenerator<Block> {
  const entries = Array.from({ length: count }, (_, n) => ({
    key: `n${n}`,
    value: Buffer.from(`new ${n}`),
    version: 1,
    expiresAt: 0,
    shape: 0,
    stamp: undefined,
  }));
  yield { kind: 'entries', map, entries };
}

/** How many entries a view has. */
async function viewed({ engine }: OpenedLog): Promise<number> {
  let count = 0;
  const view = await engine.view(undefined);
  for await (const block of view.blocks()) count += block.kind === 'records' ? block.count : 0;
  view.close();
  return count;
}

test('a load buries what it replaces, beside what stays, and a load that is taken back leaves everything as it was', async () => {
  const files = memoryFiles();
  const log = await openLog(files, { segmentBytes: 8192 });
  const words = wordsOf(log);
  const other = wordsOf(log, 'other');
  for (let n = 0; n < 300; n++) words.set(`k${n % 200}`, `value ${n}`, n % 50 === 0 ? 60_000 : 0);
  for (let n = 0; n < 30; n++) {
    other.set(`o${n}`, 'stays');
    words.set(`mixed${n}`, 'goes');
  }
  await log.engine.durable?.(log.state.version);
  const request = (): Parameters<typeof log.engine.load>[0] => ({
    maps: [{ id: 1, name: 'm', ...FORMAT }],
    blocks: entriesOf(1, 50),
    replace: true,
  });
  const content = contentOf(log.state);
  const numbers = (): Readonly<Record<string, number>> => {
    const { entries, liveBytes, expiringEntries } = statsOf(log.state);
    return { entries: entries ?? 0, liveBytes: liveBytes ?? 0, expiringEntries: expiringEntries ?? 0 };
  };
  const before = numbers();
  const { file } = log.state.active;
  assert.ok(file);
  const full = {
    ...file,
    write: async () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })),
  };
  log.state.active.file = full;
  await assert.rejects(log.engine.load(request()), { code: 'FULL' });
  assert.equal(contentOf(log.state), content);
  assert.deepEqual(numbers(), before);
  assert.equal(await viewed(log), before['entries']);
  log.state.active.file = file;
  await log.state.reserve.make();
  assert.equal(await log.engine.load(request()), 50);
  assert.equal(other.get('o7') instanceof Uint8Array, true);
  assert.equal(words.get('k7'), undefined);
  const after = numbers();
  assert.equal(after['entries'], 80);
  assert.equal(after['expiringEntries'], 0);
  const loaded = contentOf(log.state);
  const { logBytes, liveBytes, reclaimableBytes } = statsOf(log.state);
  await log.engine.close();
  files.contents.delete('hint');
  const again = await openLog(files);
  assert.equal(contentOf(again.state), loaded);
  const read = statsOf(again.state);
  assert.equal(read['liveBytes'], liveBytes);
  assert.equal(read['reclaimableBytes'], reclaimableBytes);
  assert.ok((read['logBytes'] ?? 0) >= (logBytes ?? 0));
  await again.engine.close();
});

test('what a load replaced takes no space after compaction', async () => {
  const log = await openLog(memoryFiles(), { segmentBytes: 65_536 });
  const words = wordsOf(log);
  for (let n = 0; n < 3000; n++) words.set(`k${n}`, `value ${n}`);
  await log.engine.durable?.(log.state.version);
  const maps = [{ id: 1, name: 'm', ...FORMAT }];
  await log.engine.load({ maps, blocks: entriesOf(1, 10), replace: true });
  await log.engine.compact(() => undefined);
  assert.equal(await viewed(log), 10);
  assert.ok((statsOf(log.state)['logBytes'] ?? 0) < 4096, `${statsOf(log.state)['logBytes']} bytes`);
  await log.engine.close();
});

test('a load in which a key comes twice is CORRUPT and leaves no file behind', async () => {
  const files = memoryFiles();
  const log = await openLog(files);
  wordsOf(log).set('k', 'stays');
  await log.engine.durable?.(log.state.version);
  const names = Array.from(files.contents.keys()).sort();
  async function* twice(): AsyncGenerator<Block> {
    yield* entriesOf(1, 500);
    yield* entriesOf(1, 1);
  }
  const maps = [{ id: 1, name: 'm', ...FORMAT }];
  await assert.rejects(log.engine.load({ maps, blocks: twice(), replace: true }), { code: 'CORRUPT' });
  assert.deepEqual(Array.from(files.contents.keys()).sort(), names);
  assert.match(contentOf(log.state), /m\/k=stays/);
  await log.engine.close();
});

test('a directory filled in the order of hashes finds every key, and tells of the one that was there', () => {
  for (const [count, room] of [
    [10, 0],
    [5000, 0],
    [200_000, 200_000],
    [700_000, 30_000],
  ] as const) {
    const probe = new KeyProbe(12_345);
    const header = { format: 1, kind: 0, id: 1, previous: 0, flags: 0, salt: 1, previousTail: 0 };
    const segment = new Segment(header);
    segment.place = 1;
    const segments = [undefined, segment];
    const directory = KeyDirectory.withRoom(room);
    const fill = new SortedFill(directory);
    const offsets = new Map<string, number>();
    for (let n = 0; n < count; n++) {
      const key = `key:${n * 7919}`;
      segment.ensure(segment.tail + 100, Infinity);
      const { tail } = segment;
      segment.tail = encodeRecord(
        segment.bytes,
        segment.view,
        tail,
        SET_NUMBER,
        1,
        key,
        n,
        0,
        0,
        0,
        undefined,
      );
      probe.text(key);
      if (fill.full) assert.equal(fill.flush(segments), undefined);
      fill.add(probe.hash, 1, tail);
      offsets.set(key, tail);
    }
    assert.equal(fill.flush(segments), undefined);
    assert.equal(directory.size, count);
    for (const [key, offset] of offsets) {
      probe.text(key);
      assert.ok(directory.find(probe, segments), key);
      assert.equal(directory.offset, offset);
    }
    probe.text('key:0');
    fill.add(probe.hash, 1, offsets.get('key:0') ?? 0);
    assert.deepEqual(fill.flush(segments), { place: 1, offset: offsets.get('key:0') });
  }
});

test('a key has the same hash as text and as bytes', () => {
  const probe = new KeyProbe(77);
  for (const key of [
    '',
    'a',
    'ab',
    'abc',
    'abcd',
    'abcde',
    'é',
    'abcé',
    'abcdé€',
    'k'.repeat(1024),
    '🦊'.repeat(9),
  ]) {
    probe.text(key);
    const { hash } = probe;
    const encoded = Buffer.from(`..${key}`);
    probe.bytes(encoded, 2, encoded.length - 2);
    assert.equal(probe.hash, hash, key);
  }
});

test('a file is read in parts that make up the whole, one after the other', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'samemap-read-'));
  try {
    for (const length of [0, 1, 2 ** 22, 2 ** 22 * 2 + 12_345]) {
      const content = randomBytes(length);
      await writeFile(path.join(dir, 'file'), content);
      const parts: Uint8Array[] = [];
      const found = await nodeFiles(dir).read('file', (part) => parts.push(part.slice()));
      assert.ok(content.equals(found));
      assert.ok(content.equals(Buffer.concat(parts)));
      assert.equal(parts.length, Math.ceil(length / 2 ** 22));
    }
  } finally {
    await rm(dir, { recursive: true });
  }
});

test('a snapshot of a map of bytes in a store of many maps holds that map alone', async () => {
  const log = await openLog(memoryFiles(), { segmentBytes: 2 ** 18 });
  const store = await open(log.engine);
  for (const name of ['a', 'b', 'c']) {
    const map = store.map<Uint8Array>(name, { codec: bytes() });
    for (let n = 0; n < 500; n++) map.sync.set(`k${n}`, Buffer.from(`${name}${n}`.repeat(10)));
    await map.durable();
  }
  const target = store.map<Uint8Array>('d', { codec: bytes() });
  assert.equal(await target.restore(store.map<Uint8Array>('b', { codec: bytes() }).snapshot()), 500);
  assert.equal(Buffer.from((await target.get('k9')) ?? []).toString(), 'b9'.repeat(10));
  await store.close();
});
