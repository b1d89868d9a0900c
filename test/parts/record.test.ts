// The layout of records: what is written is read, byte by byte as documented, and nothing else is taken.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { StoreError } from '../../src/base/errors.ts';
import type { Stamp } from '../../src/contract/entry.ts';
import { entriesOf } from '../../src/parts/blocks.ts';
import { crc32, crc32Of } from '../../src/parts/checksum.ts';
import { RecordReader } from '../../src/parts/record-reader.ts';
import * as record from '../../src/parts/record.ts';

interface Fields {
  readonly kind: number;
  readonly map: number;
  readonly key: string;
  readonly value: Uint8Array | number | undefined;
  readonly version: number;
  readonly expiresAt: number;
  readonly shape: number;
  readonly stamp: Stamp | undefined;
}

function encode(records: readonly Fields[]): Uint8Array {
  const bytes = new Uint8Array(
    records.reduce((sum, { key, value }) => sum + record.recordBound(key, value), 0),
  ).fill(0xee);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { kind, map, key, value, version, expiresAt, shape, stamp } of records) {
    at = record.encodeRecord(bytes, view, at, kind, map, key, value, version, expiresAt, shape, stamp);
  }
  return bytes.slice(0, at);
}

const anyKind = fc.oneof(
  fc.record({ kind: fc.constant(record.SET_BYTES), value: fc.uint8Array({ maxLength: 400 }) }),
  fc.record({ kind: fc.constant(record.SET_NUMBER), value: fc.double() }),
  fc.record({
    kind: fc.constantFrom(record.DELETED, record.EXPIRED, record.EVICTED),
    value: fc.constant(undefined),
  }),
);
const anyRecord: fc.Arbitrary<Fields> = fc
  .record({
    map: fc.integer({ min: 0, max: 65_535 }),
    key: fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
      fc.constantFrom('😀'.repeat(256), '\u0800'.repeat(341)),
    ),
    version: fc.oneof(fc.nat(), fc.maxSafeNat()),
    expiresAt: fc.oneof(
      fc.constant(0),
      fc.double({ min: Number.MIN_VALUE, noNaN: true, noDefaultInfinity: true }),
    ),
    shape: fc.integer({ min: 0, max: 65_535 }),
    stamp: fc.option(fc.oneof(fc.maxSafeInteger(), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)), {
      nil: undefined,
    }),
  })
  .chain((rest) => anyKind.map((kind) => ({ ...rest, ...kind })));

/** Small stamps are numbers whatever they were. */
const known = (stamp: Stamp | undefined): Stamp | undefined =>
  typeof stamp === 'bigint' && Number.isSafeInteger(Number(stamp)) ? Number(stamp) : stamp;

test('records are read as they were written, one after the other', () => {
  fc.assert(
    fc.property(fc.array(anyRecord, { maxLength: 8 }), (records) => {
      const bytes = encode(records);
      const reader = new RecordReader(bytes);
      for (const { stamp, value, ...rest } of records) {
        assert.ok(reader.next());
        const { kind, map, version, expiresAt, shape } = reader;
        assert.deepStrictEqual({ kind, map, version, expiresAt, shape, key: reader.key() }, rest);
        assert.equal(reader.stamp, known(stamp));
        assert.deepStrictEqual(reader.cell(), value ?? new Uint8Array());
        assert.ok(reader.verify());
      }
      assert.equal(reader.next(), false);
    }),
    { numRuns: 500 },
  );
});

test('a record lies as documented', () => {
  const bytes = encode([
    {
      kind: 1,
      map: 0x0201,
      key: 'é',
      value: new Uint8Array([7, 8]),
      version: 0x1_0000_0002,
      expiresAt: 1,
      shape: 0x0403,
      stamp: -2,
    },
  ]);
  const groups = [
    [2, 0, 0, 0, 2, 0, 1, 3],
    [1, 2, 3, 4],
    [2, 0, 0, 0, 1, 0, 0, 0],
    [0, 0, 0, 0, 0, 0, 0xf0, 0x3f],
    [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    [0xc3, 0xa9, 7, 8],
  ];
  const tail = groups.flat();
  assert.deepEqual([...bytes.subarray(4)], tail);
  assert.equal(new DataView(bytes.buffer).getUint32(0, true), zlibCrc32(new Uint8Array(tail)));
});

test('bases are added to map and version', () => {
  const bytes = encode([
    { kind: 2, map: 3, key: 'k', value: 1, version: 4, expiresAt: 0, shape: 0, stamp: undefined },
  ]);
  const block = { kind: 'records' as const, count: 1, mapBase: 70_000, versionBase: 2 ** 40, bytes };
  assert.deepEqual(
    [...entriesOf(block)],
    [{ map: 70_003, key: 'k', value: 1, version: 2 ** 40 + 4, expiresAt: 0, shape: 0, stamp: undefined }],
  );
  const reader = new RecordReader(bytes, 0, Number.MAX_SAFE_INTEGER - 3);
  assert.throws(() => reader.next(), { code: 'CORRUPT' });
});

test('a value that is read is a copy', () => {
  const bytes = encode([
    {
      kind: 1,
      map: 0,
      key: 'k',
      value: new Uint8Array([1, 2]),
      version: 1,
      expiresAt: 0,
      shape: 0,
      stamp: undefined,
    },
  ]);
  const [entry] = entriesOf({ kind: 'records', count: 1, mapBase: 0, versionBase: 0, bytes });
  bytes.fill(0);
  assert.deepEqual(entry?.value, new Uint8Array([1, 2]));
  assert.ok(entry.value instanceof Uint8Array && entry.value.buffer.byteLength === 2);
});

test('a removal is no entry', () => {
  const bytes = encode([
    { kind: 3, map: 0, key: 'k', value: undefined, version: 1, expiresAt: 0, shape: 0, stamp: undefined },
  ]);
  assert.throws(() => [...entriesOf({ kind: 'records', count: 1, mapBase: 0, versionBase: 0, bytes })], {
    code: 'CORRUPT',
  });
});

test('whatever the bytes, reading ends, stays within them, and fails only with CORRUPT', () => {
  fc.assert(
    fc.property(
      fc.array(anyRecord, { maxLength: 4 }),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      fc.nat(),
      (records, changes, cut) => {
        const good = encode(records);
        const bytes = good.slice(0, good.length - (cut % (good.length + 1)));
        for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
        const reader = new RecordReader(bytes);
        try {
          while (reader.next()) {
            assert.ok(
              reader.at < reader.keyAt && reader.keyAt <= reader.valueAt && reader.valueAt <= reader.end,
            );
            assert.ok(reader.end <= bytes.length);
            reader.verify();
            reader.key();
            reader.cell();
          }
        } catch (error) {
          assert.ok(
            error instanceof StoreError && error.code === 'CORRUPT' && /offset \d+/.test(error.message),
            String(error),
          );
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test('a damaged record does not verify', () => {
  const bytes = encode([
    { kind: 1, map: 0, key: 'key', value: new Uint8Array(30), version: 1, expiresAt: 5, shape: 0, stamp: 9 },
  ]);
  for (let at = 0; at < bytes.length; at++) {
    const flipped = bytes.slice();
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    const reader = new RecordReader(flipped);
    try {
      assert.ok(reader.next());
    } catch (error) {
      assert.ok(error instanceof StoreError);
      continue;
    }
    assert.equal(reader.verify(), false, `a bit flipped in byte ${at}`);
  }
});

test('the checksum is that of zlib, for spans of any length and place', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 700 }),
      fc.nat(20),
      fc.integer({ min: 0, max: 0xffff_ffff }),
      (bytes, from, before) => {
        const start = Math.min(from, bytes.length);
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        const expected = start === bytes.length ? before : zlibCrc32(bytes.subarray(start), before);
        assert.equal(crc32(bytes, view, start, bytes.length, before), expected);
        assert.equal(crc32Of(bytes.subarray(start), before), expected);
      },
    ),
  );
});
