// Restores: sources, all or nothing, and what is left behind.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreError } from '../../src/base/errors.ts';
import type { SnapshotSource } from '../../src/contract/snapshot.ts';
import type { Spool } from '../../src/fs/spool.ts';
import { piecesOf } from '../../src/map/restore-source.ts';
import { boundedSpool } from '../../src/map/restore-spool.ts';
import { restoreStore } from '../../src/map/restore.ts';
import { snapshotStore } from '../../src/map/snapshot.ts';
import { bytesOf, Shelf, shelved } from './snapshot-shelf.ts';

const none = (): undefined => undefined;

function snapshotOf(count: number): Promise<Uint8Array> {
  const entries = Array.from({ length: count }, (_, n) => ({ value: new Uint8Array(n % 50) }));
  return bytesOf(snapshotStore(new Shelf({ maps: [shelved('m', entries)] }).engine, none));
}

/** A source that hands out the same memory again and again, as some streams do. */
async function* reusing(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const memory = new Uint8Array(size);
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    memory.set(piece);
    yield memory.subarray(0, piece.length);
    memory.fill(0xaa);
  }
}

test('a source may be bytes, an iterable, an async iterable that reuses its memory, or a stream', async () => {
  const bytes = await snapshotOf(200);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  const sources: SnapshotSource[] = [
    bytes,
    Buffer.from(bytes),
    shared,
    [bytes],
    [new Uint8Array(0), bytes.subarray(0, 20), bytes.subarray(20)],
    reusing(bytes, 7),
    reusing(bytes, 100),
    reusing(bytes, 100_000),
    new Blob([new Uint8Array(bytes)]).stream(),
  ];
  for (const source of sources) {
    const shelf = new Shelf();
    assert.equal(await restoreStore(shelf.engine, none, source), 200);
    assert.deepEqual(shelf.entries('m')[149]?.value, new Uint8Array(49));
  }
});

test('pieces that another thread could change are copied', async () => {
  const shared = new Uint8Array(new SharedArrayBuffer(4));
  const pieces = piecesOf([shared]);
  const piece = await pieces.next();
  shared.fill(1);
  assert.deepEqual(piece, new Uint8Array(4));
});

test('what is no source is a TypeError', async () => {
  const { engine } = new Shelf();
  for (const source of [undefined, null, 5, 'path', {}, ['text'], [5]]) {
    // SAFETY: what a program without types may hand over.
    await assert.rejects(
      () => restoreStore(engine, none, source as SnapshotSource),
      TypeError,
      JSON.stringify(source),
    );
  }
});

test('a map that is not empty is a CONFLICT naming it and its count, unless it is to be replaced', async () => {
  const bytes = await snapshotOf(3);
  const shelf = new Shelf({ maps: [shelved('m', [{}, {}]), shelved('other', [{}], { id: 2 })] });
  await assert.rejects(
    () => restoreStore(shelf.engine, none, bytes),
    (error) =>
      error instanceof StoreError && error.code === 'CONFLICT' && /"m" holds 2 entries/.test(error.message),
  );
  assert.equal(shelf.loads, 0);
  assert.equal(await restoreStore(shelf.engine, none, bytes, { mode: 'replace' }), 3);
  assert.equal(shelf.entries('m').length, 3);
  assert.equal(shelf.entries('other').length, 1);
});

test('a source is told when no more of it is wanted', async () => {
  const bytes = await snapshotOf(3);
  const shelf = new Shelf({ maps: [shelved('m', [{}])] });
  let returned = 0;
  const iterator = {
    next: async () => ({ done: false as const, value: bytes.subarray(0, 200) }),
    return: async () => ({ done: true as const, value: (returned++, undefined) }),
  };
  await assert.rejects(() => restoreStore(shelf.engine, none, { [Symbol.asyncIterator]: () => iterator }), {
    code: 'CONFLICT',
  });
  assert.equal(returned, 1);
  let cancelled: unknown;
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(bytes.subarray(0, 200)),
    cancel: () => void (cancelled = true),
  });
  await assert.rejects(() => restoreStore(shelf.engine, none, stream), { code: 'CONFLICT' });
  assert.equal(cancelled, true);
});

test('a source that fails is told as it is, and a source that hangs can be aborted', async () => {
  const bytes = await snapshotOf(3);
  const shelf = new Shelf();
  const reason = new Error('the line is dead');
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(0, 60);
    throw reason;
  }
  await assert.rejects(() => restoreStore(shelf.engine, none, failing()), reason);
  const hanging = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) };
  const controller = new AbortController();
  const spools: FakeSpool[] = [];
  const work = restoreStore(shelf.engine, none, hanging, { signal: controller.signal }, () =>
    keep(spools, new FakeSpool()),
  );
  controller.abort(reason);
  await assert.rejects(() => work, reason);
  assert.equal(spools[0]?.closed, true);
  assert.equal(shelf.loads, 0);
});

test('an abort between blocks changes nothing', async () => {
  const bytes = await snapshotOf(100_000);
  const shelf = new Shelf();
  const controller = new AbortController();
  const reason = new Error('enough');
  const told: number[] = [];
  const onProgress = ({ done, total }: { done: number; total: number }): void => {
    assert.equal(total, 100_000);
    told.push(done);
    controller.abort(reason);
  };
  await assert.rejects(
    () => restoreStore(shelf.engine, none, bytes, { signal: controller.signal, onProgress }),
    reason,
  );
  assert.equal(told.length, 1);
  assert.deepEqual(shelf.maps, []);
});

test('progress ends at the total', async () => {
  const told: unknown[] = [];
  const onProgress = (progress: unknown): void => void told.push(progress);
  await restoreStore(new Shelf().engine, none, await snapshotOf(10), { onProgress });
  assert.deepEqual(told.at(-1), { done: 10, total: 10, unit: 'entries' });
});

/** A spool that counts, and fails when it is told to. */
class FakeSpool implements Spool {
  readonly inMemory = false;
  written: Uint8Array[] = [];
  closed = false;
  failAfter = Infinity;

  async write(bytes: Uint8Array): Promise<void> {
    if (this.failAfter-- <= 0) throw new StoreError('FULL', 'no room');
    this.written.push(bytes.slice());
  }

  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    yield* this.written;
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

function keep<T>(list: T[], item: T): T {
  list.push(item);
  return item;
}

test('a spool without room is FULL, changes nothing, and is closed at any rate', async () => {
  const bytes = await snapshotOf(10);
  for (let failAfter = 0; failAfter < 8; failAfter++) {
    const shelf = new Shelf();
    const spool = new FakeSpool();
    spool.failAfter = failAfter;
    await assert.rejects(() => restoreStore(shelf.engine, none, [bytes], {}, () => spool), { code: 'FULL' });
    assert.equal(shelf.loads, 0);
    assert.equal(spool.closed, true);
  }
});

test('what a spool gives back is verified again before it is loaded', async () => {
  const bytes = await snapshotOf(10);
  const shelf = new Shelf();
  const spool = new FakeSpool();
  const damaged: Spool = {
    inMemory: false,
    write: (piece) => spool.write(piece),
    close: () => spool.close(),
    async *read() {
      for await (const piece of spool.read()) {
        if (piece.length > 100) piece[50] = (piece[50] ?? 0) ^ 1;
        yield piece;
      }
    },
  };
  await assert.rejects(() => restoreStore(shelf.engine, none, [bytes], {}, () => damaged), StoreError);
  assert.deepEqual(shelf.maps, []);
});

test('a spool keeps little in memory and passes the rest on', async () => {
  const files: FakeSpool[] = [];
  const spool = boundedSpool(10, async () => keep(files, new FakeSpool()));
  const pieces = [new Uint8Array([1, 2, 3]), new Uint8Array(7).fill(9)];
  for (const piece of pieces) await spool.write(piece);
  assert.equal(spool.inMemory, true);
  assert.equal(files.length, 0);
  await spool.write(new Uint8Array([4]));
  assert.equal(spool.inMemory, false);
  assert.deepEqual(await bytesOf(spool.read()), new Uint8Array([1, 2, 3, 9, 9, 9, 9, 9, 9, 9, 4]));
  await spool.close();
  assert.equal(files[0]?.closed, true);
});
