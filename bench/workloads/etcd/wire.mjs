// The least that speaks to etcd: bare @grpc/grpc-js with requests written by hand.
import { Client, credentials } from '@grpc/grpc-js';

const asIs = (/** @type {Buffer} */ bytes) => bytes;

/** A number as protobuf writes it. */
function varint(/** @type {number} */ value) {
  const bytes = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}

/** A field of bytes. */
export function field(/** @type {number} */ number, /** @type {Buffer | string} */ value) {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

/** A field of a number. */
export function numberField(/** @type {number} */ number, /** @type {number} */ value) {
  return Buffer.concat([varint(number * 8), varint(value)]);
}

/** Key and value of a put. */
export const putOf = (/** @type {string} */ key, /** @type {Buffer} */ value) =>
  Buffer.concat([field(1, key), field(2, value)]);

/** Key of a read. */
export const rangeOf = (/** @type {string} */ key) => field(1, key);

/** What an engine on etcd sends for a write: a comparison, the put, and what is read when that does not hold. */
export function txnOfPut(
  /** @type {string} */ key,
  /** @type {Buffer} */ value,
  /** @type {string} */ record,
) {
  return Buffer.concat([
    field(1, comparesRecord(record)),
    field(2, field(2, putOf(key, value))),
    field(3, field(1, rangeOf(record))),
  ]);
}

/** What it sends for a read. */
export function txnOfRange(/** @type {string} */ key, /** @type {string} */ record) {
  return Buffer.concat([
    field(1, comparesRecord(record)),
    field(2, field(1, rangeOf(key))),
    field(3, field(1, rangeOf(record))),
  ]);
}

/** The record is absent. */
const comparesRecord = (/** @type {string} */ record) =>
  Buffer.concat([numberField(2, 2), field(3, record), numberField(6, 0)]);

/** A client whose requests and answers are bytes. */
export function bareClient(/** @type {string} */ host) {
  const client = new Client(host, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  const unary = (/** @type {string} */ path, /** @type {Buffer} */ request) =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, asIs, asIs, request, (error, answer) => {
        if (error === null) resolve(answer);
        else reject(error);
      });
    });
  return {
    put: (/** @type {Buffer} */ request) => unary('/etcdserverpb.KV/Put', request),
    range: (/** @type {Buffer} */ request) => unary('/etcdserverpb.KV/Range', request),
    txn: (/** @type {Buffer} */ request) => unary('/etcdserverpb.KV/Txn', request),
    /** Watches all keys of a prefix of ASCII; `told` gets the number of events of each answer. */
    watch(
      /** @type {string} */ prefix,
      /** @type {(events: number) => void} */ told,
      /** @type {number} */ from = 0,
    ) {
      const last = prefix.charCodeAt(prefix.length - 1);
      const end = prefix.slice(0, -1) + String.fromCharCode(last + 1);
      const stream = client.makeBidiStreamRequest('/etcdserverpb.Watch/Watch', asIs, asIs);
      const created = new Promise((resolve) => stream.once('data', resolve));
      stream.on('data', (/** @type {Buffer} */ answer) => told(countOf(answer, 11)));
      stream.on('error', () => undefined);
      stream.write(field(1, Buffer.concat([field(1, prefix), field(2, end), numberField(3, from)])));
      return { created, close: () => stream.cancel() };
    },
    close: () => client.close(),
  };
}

/** How often a field is in a message. */
function countOf(/** @type {Buffer} */ message, /** @type {number} */ wanted) {
  let at = 0;
  let count = 0;
  const number = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = message[at++];
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = number();
    if (Math.floor(tag / 8) === wanted) count++;
    if (tag % 8 === 0) number();
    else if (tag % 8 === 2) {
      const length = number(); // moves `at` before it is added to
      at += length;
    } else throw new Error(`wire type ${tag % 8}`);
  }
  return count;
}
