// Streams of snapshots: what they hold, when they are made, and how they end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StoreError } from '../../src/base/errors.ts';
import { bytes, structured, text } from '../../src/codec/index.ts';
import { manualClock } from '../../src/conformance/manual-clock.ts';
import type { Reference } from '../../src/contract/core.ts';
import type { Loaded } from '../../src/contract/services.ts';
import { restoreMap, restoreStore } from '../../src/map/restore.ts';
import { snapshotMap, snapshotStore } from '../../src/map/snapshot.ts';
import { bytesOf, Shelf, shelved } from './snapshot-shelf.ts';

const none = (): undefined => undefined;

const keys = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
  fc.constantFrom('__proto__', 'x'.repeat(1024), '中'.repeat(341), '😀'.repeat(256)),
);
const stamps = fc.option(fc.oneof(fc.maxSafeInteger(), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)), {
  nil: undefined,
});
const values = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const entries = fc.uniqueArray(
  fc.record<Loaded>({
    key: keys,
    value: values,
    version: fc.oneof(fc.nat(), fc.maxSafeNat()),
    expiresAt: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2 ** 31 }), fc.constant(0.5)),
    shape: fc.integer({ min: 0, max: 65_535 }),
    stamp: stamps,
  }),
  { selector: ({ key }) => key, maxLength: 30 },
);

/** A stamp as it is compared: 5 and 5n are the same. */
const comparable = (entry: Loaded): object => ({
  ...entry,
  stamp: entry.stamp === undefined ? 'none' : BigInt(entry.stamp),
});

test('what a snapshot is made of comes back entry by entry, in pieces of any size', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(entries, { maxLength: 4 }),
      fc.constantFrom<('entries' | 'records')[]>('entries', 'records'),
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 500 }),
      async (maps, blocks, blockEntries, pieceBytes) => {
        const source = new Shelf({
          maps: maps.map((each, i) => shelved(`map${i}`, each, { id: i * 70_000, shape: 65_535 })),
          blocks,
          blockEntries,
        });
        const whole = await bytesOf(snapshotStore(source.engine, none));
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < whole.length; at += pieceBytes)
          pieces.push(whole.subarray(at, at + pieceBytes));
        const target = new Shelf();
        const count = await restoreStore(target.engine, none, pieces);
        assert.equal(
          count,
          maps.reduce((sum, each) => sum + each.length, 0),
        );
        maps.forEach((each, i) => {
          assert.deepStrictEqual(target.entries(`map${i}`).map(comparable), each.map(comparable));
        });
        assert.equal(source.openViews, 0);
      },
    ),
    { numRuns: 100 },
  );
});

test('an entry larger than a frame has one of its own', async () => {
  const large = new Uint8Array(20 * 2 ** 20).fill(7);
  const source = new Shelf({ maps: [shelved('m', [{ value: 1 }, { value: large }, { value: 2 }])] });
  const target = new Shelf();
  assert.equal(await restoreStore(target.engine, none, snapshotStore(source.engine, none)), 3);
  assert.deepEqual(
    target.entries('m').map(({ value }) => value),
    [1, large, 2],
  );
});

test('references are written by the codec of the map and read by the codec of the other', async () => {
  const live = { name: 'Ada', born: new Date(0), self: undefined };
  // SAFETY: opaque to engines.
  const reference = live as object as Reference;
  const format = { codec: 'references', references: true };
  const source = new Shelf({ maps: [shelved('m', [{ value: reference }, { value: 5 }], format)] });
  const context = source.context('m', structured(), { references: true });
  const encoded = await bytesOf(snapshotMap(context));

  const bytesTarget = new Shelf();
  await restoreMap(bytesTarget.context('m', structured(), { shape: 9 }), encoded);
  const [entry, number] = bytesTarget.entries('m');
  assert.ok(entry?.value instanceof Uint8Array && number?.value === 5);
  assert.deepEqual(structured().decode(entry.value), live);
  assert.equal(bytesTarget.maps[0]?.info.codec, 'structured');

  const target = new Shelf();
  await restoreMap(target.context('m', structured(), { references: true, shape: 9 }), encoded);
  assert.deepEqual(
    target.entries('m').map(({ value }) => value),
    [live, 5],
  );
  assert.notEqual(target.entries('m')[0]?.value, live);
  assert.deepEqual(
    target.maps.map(({ info: { codec, references } }) => ({ codec, references })),
    [format],
  );
});

test('a reference that its codec refuses ends the stream with CODEC naming the key', async () => {
  // SAFETY: opaque to engines.
  const reference = { run: () => 0 } as object as Reference;
  const maps = [shelved('m', [{ key: 'bad', value: reference }], { codec: 'references', references: true })];
  const source = new Shelf({ maps });
  const context = source.context('m', structured(), { references: true });
  await assert.rejects(
    () => bytesOf(snapshotMap(context)),
    (error) => error instanceof StoreError && error.code === 'CODEC' && error.message.includes('"bad"'),
  );
  await assert.rejects(() => bytesOf(snapshotStore(source.engine, none)), { code: 'UNSUPPORTED' });
  assert.equal(source.openViews, 0);
});

const many = (): Shelf =>
  new Shelf({
    maps: [
      shelved(
        'm',
        Array.from({ length: 40 }, () => ({ value: new Uint8Array(100_000) })),
      ),
    ],
    blockEntries: 1,
  });

test('blocks are asked for as fast as the reader reads, and a reader that leaves ends the view', async () => {
  const source = many();
  const reader = snapshotStore(source.engine, none).getReader();
  await reader.read();
  await reader.read();
  assert.equal(source.blocksGiven, 0);
  await reader.read();
  assert.ok(source.blocksGiven < 10, `${source.blocksGiven} blocks for one piece`);
  assert.equal(source.openViews, 1);
  await reader.cancel();
  assert.equal(source.openViews, 0);
});

test('a stream that is never read can be cancelled', async () => {
  const source = many();
  await snapshotStore(source.engine, none).cancel();
  assert.equal(source.openViews, 0);
});

test('an abort ends the stream with its reason, before it and in the middle', async () => {
  const reason = new Error('enough');
  const source = many();
  const early = snapshotStore(source.engine, none, { signal: AbortSignal.abort(reason) });
  await assert.rejects(() => bytesOf(early), reason);
  const controller = new AbortController();
  const reader = snapshotStore(source.engine, none, { signal: controller.signal }).getReader();
  await reader.read();
  controller.abort(reason);
  await assert.rejects(() => reader.read(), reason);
  assert.equal(source.openViews, 0);
});

test('a deadline ends the stream with TIMEOUT', async () => {
  const clock = manualClock();
  const source = new Shelf({ maps: [shelved('m', [{ value: 1 }])], clock });
  const reader = snapshotStore(source.engine, none, { deadlineMs: 50 }).getReader();
  await reader.read();
  await clock.tick(50);
  await assert.rejects(() => reader.read(), { code: 'TIMEOUT' });
  assert.equal(source.openViews, 0);
});

test('an engine that fails ends the stream with its error', async () => {
  const source = many();
  const failing = { ...source.engine, view: async () => Promise.reject(new StoreError('CLOSED', 'closed')) };
  await assert.rejects(() => bytesOf(snapshotStore(failing, none)), { code: 'CLOSED' });
  assert.throws(() => snapshotStore(source.engine, none, { bogus: 1 } as object), /bogus/);
});

test('one map is taken out of a snapshot of several by its name', async () => {
  for (const blocks of ['entries', 'records'] as const) {
    const maps = [
      shelved('a', [{ value: 1 }, { value: 2 }], { id: 1 }),
      shelved('b', [{ value: 3 }], { id: 2 }),
    ];
    const source = new Shelf({ maps, blocks });
    const encoded = await bytesOf(snapshotStore(source.engine, none));
    const target = new Shelf();
    assert.equal(await restoreMap(target.context('b', bytes(), { shape: 9 }), encoded), 1);
    assert.deepEqual(
      target.entries('b').map(({ value }) => value),
      [3],
    );
    assert.equal(target.maps.length, 1);
    await assert.rejects(
      () => restoreMap(target.context('c', bytes(), { shape: 9 }), encoded),
      /FORMAT|none called c/,
    );
  }
});

test('another codec and a higher shape are FORMAT', async () => {
  const source = new Shelf({ maps: [shelved('m', [{ value: 1 }])] });
  const encoded = await bytesOf(snapshotStore(source.engine, none));
  const format = { code: 'FORMAT' };
  await assert.rejects(() => restoreMap(new Shelf().context('m', text(), { shape: 9 }), encoded), format);
  await assert.rejects(() => restoreMap(new Shelf().context('m', bytes(), { shape: 8 }), encoded), format);
  const stored = new Shelf({ maps: [shelved('m', [], { codec: 'text' })] });
  await assert.rejects(() => restoreStore(stored.engine, none, encoded), format);
});
