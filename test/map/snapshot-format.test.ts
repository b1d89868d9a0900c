// The first format of snapshots, held by a file that is never written again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreError } from '../../src/base/errors.ts';
import { json, structured, text } from '../../src/codec/index.ts';
import { piecesOf } from '../../src/map/restore-source.ts';
import { restoreStore } from '../../src/map/restore.ts';
import { SnapshotReader } from '../../src/map/snapshot-reader.ts';
import { entriesOf } from '../../src/parts/blocks.ts';
import { blockOf } from '../../src/map/restore-verify.ts';
import { FIXTURE, FIXTURE_POSITION, fixtureBytes } from './snapshot-fixture.ts';
import { Shelf, shelved } from './snapshot-shelf.ts';

const codecs = { structured: structured(), json: json(), text: text() };
const codecOf = (name: string): { decode(cell: Uint8Array | number): unknown } =>
  Object.entries(codecs).find(([known]) => known === name)?.[1] ?? assert.fail(name);

test('a file of format 1 is read entry by entry', async () => {
  const reader = new SnapshotReader(piecesOf(fixtureBytes()), { valueBytes: 1000 });
  const { position, maps } = await reader.begin();
  assert.deepEqual(position, FIXTURE_POSITION);
  assert.deepEqual(
    maps,
    FIXTURE.map(({ id, name, codec, shape }) => ({ id, name, codec, shape })),
  );
  const found = new Map<number, unknown[]>(maps.map(({ id }) => [id, []]));
  for (let frame = await reader.next(); frame !== undefined; frame = await reader.next()) {
    for (const { map, value, ...entry } of entriesOf(blockOf(frame))) {
      const codec = codecOf(maps.find(({ id }) => id === map)?.codec ?? '');
      assert.ok(typeof value === 'number' || value instanceof Uint8Array);
      found.get(map)?.push({ ...entry, value: codec.decode(value) });
    }
  }
  for (const { id, entries } of FIXTURE) assert.deepStrictEqual(found.get(id), entries);
});

test('a file of format 1 is restored whole', async () => {
  const shelf = new Shelf();
  assert.equal(await restoreStore(shelf.engine, () => undefined, fixtureBytes()), 11);
  assert.deepEqual(
    shelf.maps.map(({ info: { name, codec, shape }, entries }) => [name, codec, shape, entries.length]),
    FIXTURE.map(({ name, codec, shape, entries }) => [name, codec, shape, entries.length]),
  );
});

/** Restores over a shelf that holds something; what there is must stay. */
async function refused(source: Uint8Array, what: string): Promise<StoreError> {
  const shelf = new Shelf({ maps: [shelved('users', [{ key: 'stays' }], { codec: 'structured' })] });
  const before = shelf.maps;
  const error: unknown = await restoreStore(shelf.engine, () => undefined, source, { mode: 'replace' }).then(
    () => assert.fail(`${what} was restored`),
    (reason: unknown) => reason,
  );
  assert.equal(shelf.maps, before, what);
  assert.equal(shelf.loads, 0, what);
  assert.ok(error instanceof StoreError, `${what}: ${String(error)}`);
  assert.ok(error.code === 'CORRUPT' || error.code === 'FORMAT', `${what}: ${error.code}`);
  return error;
}

test('a snapshot that is cut off anywhere is refused, and nothing is changed', async () => {
  const bytes = fixtureBytes();
  for (let length = 0; length < bytes.length; length++) {
    const { message } = await refused(bytes.slice(0, length), `the first ${length} bytes`);
    assert.match(message, /offset \d+/);
  }
});

test('a snapshot with one bit flipped in any byte is refused, and nothing is changed', async () => {
  const bytes = fixtureBytes();
  for (let at = 0; at < bytes.length; at++) {
    const flipped = bytes.slice();
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    await refused(flipped, `a bit flipped in byte ${at}`);
  }
});

test('a snapshot that goes on behind its end is refused', async () => {
  const bytes = fixtureBytes();
  const longer = new Uint8Array(bytes.length + 1);
  longer.set(bytes);
  await refused(longer, 'one byte more');
  await refused(new Uint8Array([...bytes, ...bytes]), 'twice the same');
});

test('a snapshot of a later format is FORMAT, and what is no snapshot, too', async () => {
  const later = fixtureBytes();
  later[8] = 2;
  const error = await refused(later, 'format 2');
  assert.equal(error.code, 'FORMAT');
  assert.match(error.message, /format 2.*format 1/);
  assert.equal((await refused(new TextEncoder().encode('{"a":1,"b":2,"c":3}'), 'JSON')).code, 'FORMAT');
});

test('a frame that is missing, doubled or moved is refused, though all checksums are right', async () => {
  const bytes = fixtureBytes();
  const view = new DataView(bytes.buffer);
  const frames: Uint8Array[] = [];
  for (let at = 16; at < bytes.length;) {
    const end = at + 32 + view.getUint32(at + 8, true);
    frames.push(bytes.slice(at, end));
    at = end;
  }
  assert.equal(frames.length, 4);
  const [header, users, counts, end] = frames;
  assert.ok(header && users && counts && end);
  const preamble = bytes.slice(0, 16);
  const joined = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat([preamble, ...parts]));
  await refused(joined(header, users, end), 'a missing frame');
  await refused(joined(header, users, users, counts, end), 'a frame twice');
  await refused(joined(header, counts, users, end), 'frames in another order');
  await refused(joined(users, header, counts, end), 'entries before the header');
  await refused(joined(header, header, users, counts, end), 'two headers');
  await refused(joined(users, counts, end), 'no header');
  await refused(joined(header, users, counts), 'no end');
});
