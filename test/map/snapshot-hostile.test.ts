// Snapshots whose checksums are right and whose content is not: nothing is allocated, nothing changed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreError } from '../../src/base/errors.ts';
import type { ErrorCode } from '../../src/base/errors.ts';
import { restoreStore } from '../../src/map/restore.ts';
import { preamble } from '../../src/map/snapshot-format.ts';
import { encodeEnd, encodeHeader } from '../../src/map/snapshot-header.ts';
import { SnapshotWriter } from '../../src/map/snapshot-writer.ts';
import { crc32Of } from '../../src/parts/checksum.ts';
import { recordsOf, Shelf } from './snapshot-shelf.ts';

const header = { position: [1], maps: [{ id: 1, name: 'm', codec: 'bytes', shape: 0 }] };
const plain = { version: 1, expiresAt: 0, shape: 0, stamp: undefined };

/** A whole snapshot of these frames, with an end that tells of them. */
function whole(...frames: readonly Uint8Array[]): Uint8Array {
  const start = preamble();
  let chain = crc32Of(start);
  let entries = 0;
  for (const each of frames) {
    chain = crc32Of(each.subarray(0, 32), chain);
    const view = new DataView(each.buffer, each.byteOffset);
    if (view.getUint32(20, true) === 2) entries += view.getUint32(12, true);
  }
  const end = frame({ kind: 3, count: 0 }, encodeEnd({ entries, frames: frames.length, chain }, 0));
  return new Uint8Array(Buffer.concat([start, ...frames, end]));
}

/** A whole snapshot of the map of {@link header}. */
function holding(...frames: readonly Uint8Array[]): Uint8Array {
  return whole(frame({ kind: 1, count: 1 }, encodeHeader(header, 0)), ...frames);
}

/** A frame that says what it is told to say, with right checksums. */
function frame(
  fields: { kind?: number; length?: number; count?: number; mapBase?: number; high?: number },
  body: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(32 + body.length);
  bytes.set(body, 32);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, crc32Of(body), true);
  view.setUint32(8, fields.length ?? body.length, true);
  view.setUint32(12, fields.count ?? 1, true);
  view.setUint32(16, fields.mapBase ?? 1, true);
  view.setUint32(20, fields.kind ?? 2, true);
  view.setUint32(28, fields.high ?? 0, true);
  view.setUint32(0, crc32Of(bytes.subarray(4, 32)), true);
  return bytes;
}

/** The bytes of one record, changed, and with its checksum set right again. */
function record(
  change: (view: DataView, bytes: Uint8Array) => void,
  key = 'key',
  value: Uint8Array | number = 5,
): Uint8Array {
  const block = recordsOf(0, [{ ...plain, key, value }]);
  assert.ok(block.kind === 'records');
  const bytes = block.bytes.slice();
  const view = new DataView(bytes.buffer);
  change(view, bytes);
  view.setUint32(0, crc32Of(bytes.subarray(4)), true);
  return bytes;
}

async function refused(bytes: Uint8Array, code: ErrorCode, what: string): Promise<void> {
  const shelf = new Shelf({ valueBytes: 2 ** 28 });
  const before = process.memoryUsage();
  await assert.rejects(
    () => restoreStore(shelf.engine, () => undefined, [bytes]),
    (error) => error instanceof StoreError && error.code === code,
    what,
  );
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  assert.ok(
    arrayBuffers - before.arrayBuffers < 4_000_000,
    `${what} allocated ${arrayBuffers - before.arrayBuffers}`,
  );
  assert.ok(heapUsed - before.heapUsed < 16_000_000, `${what} took ${heapUsed - before.heapUsed} of heap`);
  assert.equal(shelf.loads, 0, what);
}

test('what these tests damage is a good snapshot before', async () => {
  const shelf = new Shelf();
  const bytes = holding(
    frame(
      {},
      record(() => undefined),
    ),
    frame(
      { high: 2 ** 21 - 1 },
      record(() => undefined, 'b'),
    ),
  );
  assert.equal(await restoreStore(shelf.engine, () => undefined, bytes), 2);
});

test('a frame that announces more than there is allocates nothing', async () => {
  const body = record(() => undefined);
  for (const length of [body.length + 1, 16 * 2 ** 20, 2 ** 28]) {
    await refused(holding(frame({ length }, body)), 'CORRUPT', `a body of ${length} bytes`);
  }
  await refused(
    holding(frame({ length: 16 * 2 ** 20 + 1, count: 2 }, body)),
    'CORRUPT',
    'a block over the bound',
  );
  await refused(holding(frame({ length: 0xffff_ffff }, body)), 'LIMIT', 'a value over the bound');
  await refused(
    holding(frame({ count: 0xffff_ffff, length: 16 * 2 ** 20 }, body)),
    'CORRUPT',
    'more records than fit',
  );
  await refused(
    whole(frame({ kind: 1, count: 0xffff_ffff }, encodeHeader(header, 0))),
    'CORRUPT',
    'four billion maps',
  );
  await refused(
    whole(frame({ kind: 1, length: 2 ** 31 }, encodeHeader(header, 0))),
    'CORRUPT',
    'two gigabytes of maps',
  );
});

test('a record that announces more than there is is refused', async () => {
  for (const length of [9, 100, 2 ** 28, 0xffff_ffff]) {
    const body = record((view) => view.setUint32(4, length, true));
    await refused(holding(frame({}, body)), 'CORRUPT', `a value of ${length} bytes`);
  }
  for (const length of [0, 4, 12, 1025, 0xffff]) {
    const body = record((view) => view.setUint16(8, length, true));
    await refused(holding(frame({}, body)), 'CORRUPT', `a key of ${length} bytes`);
  }
});

test('a record that is no entry is refused, whatever its checksum says', async () => {
  for (const kind of [0, 3, 4, 5, 6, 15, 16, 255]) {
    await refused(
      holding(
        frame(
          {},
          record((view) => view.setUint8(10, kind)),
        ),
      ),
      'CORRUPT',
      `kind ${kind}`,
    );
  }
  for (const flags of [4, 8, 128, 255]) {
    await refused(
      holding(
        frame(
          {},
          record((view) => view.setUint8(11, flags)),
        ),
      ),
      'CORRUPT',
      `flags ${flags}`,
    );
  }
  await refused(
    holding(
      frame(
        {},
        record((view) => view.setUint16(12, 1, true)),
      ),
    ),
    'CORRUPT',
    'a map that is not announced',
  );
  await refused(
    holding(
      frame(
        { mapBase: 0xffff_ffff },
        record(() => undefined),
      ),
    ),
    'CORRUPT',
    'a map base that is not announced',
  );
  await refused(
    holding(
      frame(
        {},
        record((view) => view.setUint16(14, 1, true)),
      ),
    ),
    'CORRUPT',
    'a shape above that of the map',
  );
  await refused(
    holding(
      frame(
        {},
        record((view) => view.setUint32(20, 2 ** 21, true)),
      ),
    ),
    'CORRUPT',
    'a version beyond 2^53',
  );
  await refused(
    holding(
      frame(
        { high: 2 ** 21 },
        record(() => undefined),
      ),
    ),
    'CORRUPT',
    'a version base beyond 2^53',
  );
  await refused(
    holding(
      frame(
        { high: 2 ** 21 - 1 },
        record((view) => view.setUint32(20, 2 ** 20, true)),
      ),
    ),
    'CORRUPT',
    'a sum beyond 2^53',
  );
  await refused(
    holding(
      frame(
        {},
        record((_, bytes) => bytes.set([0xed, 0xa0, 0x80], 24)),
      ),
    ),
    'CORRUPT',
    'a key that is no UTF-8',
  );
  const wrongSum = record(() => undefined);
  wrongSum[0] = (wrongSum[0] ?? 0) ^ 1;
  await refused(holding(frame({}, wrongSum)), 'CORRUPT', 'a wrong checksum of a record');
  await refused(
    holding(frame({ count: 1 }, Buffer.concat([record(() => undefined), record(() => undefined)]))),
    'CORRUPT',
    'two records announced as one',
  );
  await refused(
    holding(
      frame(
        { count: 2 },
        record(() => undefined, 'k'.repeat(60)),
      ),
    ),
    'CORRUPT',
    'one record announced as two',
  );
});

test('a header that cannot be is refused', async () => {
  const maps = (...names: string[]): Uint8Array =>
    encodeHeader(
      { position: [1], maps: names.map((name, id) => ({ id, name, codec: 'bytes', shape: 0 })) },
      0,
    );
  await refused(whole(frame({ kind: 1, count: 2 }, maps('a', 'a'))), 'CORRUPT', 'two maps of one name');
  await refused(whole(frame({ kind: 1, count: 1 }, maps('a b'))), 'CORRUPT', 'a name that is none');
  await refused(whole(frame({ kind: 1, count: 1 }, maps(''))), 'CORRUPT', 'no name');
  await refused(whole(frame({ kind: 1, count: 1 }, maps('a', 'b'))), 'CORRUPT', 'more maps than announced');
  await refused(whole(frame({ kind: 1, count: 3 }, maps('a', 'b'))), 'CORRUPT', 'fewer maps than announced');
  await refused(whole(frame({ kind: 7, count: 1 }, maps('a'))), 'CORRUPT', 'an unknown kind of frame');
});

test('a value over the limit of the target is LIMIT', async () => {
  const shelf = new Shelf({ valueBytes: 10 });
  const writer = new SnapshotWriter();
  const pieces = writer.begin(header);
  writer.add(1, { ...plain, key: 'a', value: 0 }, new Uint8Array(11));
  const entries = writer.flush();
  assert.ok(entries);
  await assert.rejects(
    () => restoreStore(shelf.engine, () => undefined, [...pieces, entries, writer.end()]),
    (error) => error instanceof StoreError && error.code === 'LIMIT' && /10 bytes/.test(error.message),
  );
});
