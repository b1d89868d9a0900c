// What is done to all of a log: snapshots, opening, its size in memory.
import fs from 'node:fs';
import path from 'node:path';
import v8 from 'node:v8';
import { crc32 } from 'node:zlib';
import { now } from '../../harness/clock.mjs';
import { folder, FULL, logDoor } from './disk.mjs';

/** @import { Case, Group } from '../../harness/types.mjs' */

async function collect(/** @type {AsyncIterable<Uint8Array>} */ stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

/** @returns {Group} */
function walmapWith(/** @type {number} */ size) {
  return {
    name: `snapshot of ${size.toLocaleString('en-US')} small entries`,
    about: 'Entries of (itoa, itoa), checksums on: to memory and back.',
    sets: ['hot'],
    rounds: FULL ? 5 : 3,
    warmups: FULL ? 2 : 1,
    async prepare({ samemap }) {
      const { dir, remove } = folder();
      const { logEngine } = await logDoor();
      const native = new Map(Array.from({ length: size }, (_, i) => [String(i), String(i)]));
      const store = await samemap.open(await logEngine({ dir: path.join(dir, 'log'), durability: 'os' }));
      const map = store.map('m', { codec: samemap.text() });
      for (const [key, value] of native) map.sync.set(key, value);
      await map.durable();
      const bytes = await collect(map.snapshot());
      const serialized = v8.serialize(native);
      const target = store.map('target', { codec: samemap.text() });
      /** @type {Case[]} */
      const cases = [
        { name: 'snapshot', operations: size, pass: () => collect(map.snapshot()) },
        { name: 'v8.serialize', operations: size, pass: () => v8.serialize(native) },
        {
          name: 'copy and checksum',
          operations: size,
          pass: () => crc32(Buffer.from(bytes)),
        },
        { name: 'restore', operations: size, pass: () => target.restore(bytes, { mode: 'replace' }) },
        { name: 'v8.deserialize', operations: size, pass: () => v8.deserialize(serialized) },
      ];
      const close = async () => {
        await store.close();
        remove();
      };
      return { cases, close };
    },
    goals: [
      { name: 'snapshot / v8.serialize', ours: 'snapshot', peer: 'v8.serialize', atLeast: 4 },
      { name: 'snapshot / copy and checksum', ours: 'snapshot', peer: 'copy and checksum', atLeast: 0.5 },
      { name: 'restore / v8.deserialize', ours: 'restore', peer: 'v8.deserialize', atLeast: 6 },
    ],
  };
}

export const walmap = [walmapWith(10_000), walmapWith(500_000)];

const ENTRIES = FULL ? 1_000_000 : 250_000;

/** @type {Group} */
export const opening = {
  name: 'opening',
  about: `${ENTRIES.toLocaleString('en-US')} entries of 100 bytes: closed in order and after a crash, against reading the files.`,
  sets: ['hot'],
  rounds: 3,
  warmups: 1,
  async prepare({ samemap }) {
    const { dir, remove } = folder();
    const { logEngine } = await logDoor();
    const at = path.join(dir, 'log');
    const crashed = path.join(dir, 'crashed');
    const store = await samemap.open(await logEngine({ dir: at, durability: 'os' }));
    const map = store.map('m', { codec: samemap.bytes() });
    const value = Buffer.alloc(100, 7);
    for (let i = 0; i < ENTRIES; i++) {
      map.sync.set(`key:${String(i).padStart(8, '0')}`, value);
      if (i % 100_000 === 0) await map.durable();
    }
    await map.durable();
    fs.cpSync(at, crashed, { recursive: true });
    await store.close();
    const files = fs.readdirSync(at).filter((name) => name.endsWith('.log'));
    const read = () => files.map((name) => fs.readFileSync(path.join(at, name)));
    /** Nanoseconds of opening alone, and not of what is put in order before and after. */
    const open = async (/** @type {string} */ where) => {
      const begin = now();
      const opened = await logEngine({ dir: where, durability: 'os' });
      const took = now() - begin;
      await opened.close();
      return took;
    };
    /** Reads, sums each record, and fills an index of hashes and addresses. */
    const bare = () => {
      const index = new Float64Array(2 ** 21);
      let sum = 0;
      for (const bytes of read()) {
        for (let from = 64; from + 136 <= bytes.length; from += 136) {
          const own = crc32(bytes.subarray(from, from + 136));
          sum ^= own;
          let slot = own >>> 11;
          while (index[slot] !== 0) slot = (slot + 1) & (2 ** 21 - 1);
          index[slot] = from;
        }
      }
      return sum;
    };
    /** @type {Case[]} */
    const cases = [
      { name: 'open, closed in order', operations: ENTRIES, manual: () => open(at) },
      { name: 'read the files', operations: ENTRIES, pass: read },
      {
        name: 'open, crashed',
        operations: ENTRIES,
        manual: async () => {
          const copy = path.join(dir, 'copy');
          fs.cpSync(crashed, copy, { recursive: true });
          const took = await open(copy);
          fs.rmSync(copy, { recursive: true });
          return took;
        },
      },
      { name: 'read, sum and fill an index', operations: ENTRIES, pass: bare },
    ];
    return { cases, close: remove };
  },
  goals: [
    {
      name: 'open, closed in order / read',
      ours: 'open, closed in order',
      peer: 'read the files',
      atMost: 2,
    },
    { name: 'open, crashed / bare', ours: 'open, crashed', peer: 'read, sum and fill an index', atMost: 2 },
  ],
};

const MANY = FULL ? 10_000_000 : 1_250_000;

/** @type {Group} */
export const size = {
  name: 'size',
  about: `Bytes an entry beyond its key and value: ${MANY.toLocaleString('en-US')} entries of 20-byte keys and 8-byte values.`,
  sets: ['hot'],
  rounds: 1,
  warmups: 0,
  async prepare({ samemap }) {
    const { dir, remove } = folder();
    const { logEngine } = await logDoor();
    const store = await samemap.open(await logEngine({ dir, durability: 'os', segmentBytes: 2 ** 28 }));
    const bytes = async () => {
      globalThis.gc?.();
      const before = process.memoryUsage();
      const map = store.map('m', { codec: samemap.bytes() });
      const value = Buffer.alloc(8, 7);
      for (let i = 0; i < MANY; i++) {
        map.sync.set(String(i).padStart(20, '0'), value);
        if (i % 100_000 === 0) await map.durable();
      }
      await map.durable();
      for (let i = 0; i < 3; i++) globalThis.gc?.();
      const { heapUsed, external } = process.memoryUsage();
      const held = heapUsed + external - before.heapUsed - before.external;
      return held - MANY * 28;
    };
    const close = async () => {
      await store.close();
      remove();
    };
    const cases = [
      { name: 'beyond key and value', operations: MANY, bytes },
      { name: 'the goal', operations: MANY, bytes: () => 48 * MANY },
    ];
    return { cases, close };
  },
  goals: [{ name: 'bytes an entry / 48', ours: 'beyond key and value', peer: 'the goal', atMost: 1 }],
};
