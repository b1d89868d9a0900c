// The messages of etcd: bytes that are known from the specification of protocol buffers, limits, and that what is
// generated is current.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import {
  readKeyValue,
  readWatchResponse,
  readTxnResponse,
} from '../../../src/engines/etcd/protocol/responses.ts';
import {
  writeTxnRequest,
  writeRangeRequest,
  writeWatchRequest,
} from '../../../src/engines/etcd/protocol/requests.ts';
import { Reader } from '../../../src/engines/etcd/protocol/reader.ts';
import { Writer } from '../../../src/engines/etcd/protocol/writer.ts';

function written(write: (writer: Writer) => void): string {
  const writer = new Writer();
  write(writer);
  return writer.finish().toString('hex');
}

const bytes = (hex: string): Reader => new Reader(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

test('the generated files are what etcd.proto says', () => {
  execFileSync(process.execPath, ['scripts/generate-protocol.mjs', '--check'], { stdio: 'inherit' });
});

test('a request is written as the specification says', () => {
  const range = written((w) => writeRangeRequest(w, { key: Buffer.from('a'), limit: 300, keysOnly: true }));
  assert.equal(range, '0a0161' + '18ac02' + '4001');
  assert.equal(
    written((w) => writeRangeRequest(w, { key: Buffer.from('a'), limit: 0, keysOnly: false })),
    '0a0161',
  );
});

test('parts and lists keep their order', () => {
  const request = written((w) =>
    writeTxnRequest(w, {
      compare: [
        { key: Buffer.from('a'), modRevision: 1 },
        { key: Buffer.from('b'), modRevision: 2 },
      ],
      success: [{ requestPut: { key: Buffer.from('c'), value: Buffer.from('d') } }],
    }),
  );
  assert.equal(
    request,
    '0a05' + '1a0161' + '3001' + '0a05' + '1a0162' + '3002' + '1208' + '1206' + '0a0163' + '120164',
  );
  assert.equal(
    written((w) => writeWatchRequest(w, { progressRequest: {} })),
    '1a00',
  );
});

test('numbers are exact up to 2^53, and small negative ones are what they are', () => {
  for (const value of [0, 1, 127, 128, 2 ** 28 - 1, 2 ** 28, 2 ** 35, 2 ** 49 + 1, Number.MAX_SAFE_INTEGER]) {
    const writer = new Writer();
    writer.varint(value);
    const message = writer.finish();
    assert.equal(new Reader(message).varint(), value);
    assert.equal(new Reader(message).int64(), value);
  }
  assert.equal(bytes('ff ff ff ff ff ff ff ff ff 01').int64(), -1);
  assert.equal(bytes('fe ff ff ff ff ff ff ff ff 01').int64(), -2);
});

test('a message larger than the room is written whole', () => {
  const value = Buffer.alloc(1_000_000, 7);
  const writer = new Writer();
  writeTxnRequest(writer, { success: [{ requestPut: { key: Buffer.from('k'), value } }] });
  const message = writer.finish();
  assert.ok(message.includes(value));
  assert.equal(writer.length, 0, 'and the writer is empty again');
});

test('fields that are not in use are skipped, of every kind', () => {
  const kv = readKeyValue(
    bytes('0a0161' + '2007' + '9906ffffffffffffffff' + '9d06ffffffff' + '9a060161' + '2a0162'),
  );
  assert.equal(kv.key.toString(), 'a');
  assert.equal(kv.value.toString(), 'b');
  assert.deepEqual([kv.modRevision, kv.lease], [0, 0]);
});

test('an answer without a watch has the number -1', () => {
  assert.equal(readWatchResponse(bytes('10ffffffffffffffffff01')).watchId, -1);
});

test('bytes that are no message are refused, not read beyond', () => {
  for (const hex of ['0aff01', '0a05 61', '08', '0aff', '80808080808080808080 01', '0b', '0a0612'])
    assert.throws(() => readTxnResponse(bytes(hex)), RangeError, hex);
});
