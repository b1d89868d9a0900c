// Reads of a log, which holds all values in memory as bytes.
import path from 'node:path';
import { folder, logDoor } from './disk.mjs';

/** @import { Case, Group } from '../../harness/types.mjs' */

const OBJECT = { name: 'Ada Lovelace', born: 1815, tags: ['poetical', 'science'], ok: true };

/** @type {Group} */
export const reads = {
  name: 'get',
  about: 'Reading one value of 100 bytes, or one small object, from 100,000 entries.',
  sets: ['random'],
  async prepare({ keys, length, nextPass, samemap }) {
    const { dir, remove } = folder();
    const { logEngine } = await logDoor();
    const store = await samemap.open(await logEngine({ dir: path.join(dir, 'log'), durability: 'os' }));
    const blobs = store.map('blobs', { codec: samemap.bytes() }).sync;
    const objects = store.map('objects').sync;
    const encoded = samemap.structured().encode(OBJECT);
    const native = new Map();
    const nativeObjects = new Map();
    for (const [i, key] of keys.entries()) {
      const value = Buffer.alloc(100, i);
      blobs.set(key, value);
      objects.set(key, OBJECT);
      native.set(key, value);
      nativeObjects.set(key, Buffer.from(/** @type {Uint8Array} */ (encoded)));
      if (i % 10_000 === 0) await store.map('blobs', { codec: samemap.bytes() }).durable();
    }
    const codec = samemap.structured();
    const { open } = await import('lmdb');
    const lmdb = open({ path: path.join(dir, 'lmdb'), encoding: 'binary' });
    await lmdb.transaction(() => {
      for (const [key, value] of native) void lmdb.put(key, value);
    });
    let pass = nextPass();
    const run = (/** @type {(key: string) => unknown} */ get) => () => {
      let found = 0;
      for (const key of pass) if (get(key) !== undefined) found++;
      pass = nextPass();
      if (found !== length) throw new Error(`${found} of ${length} found`);
    };
    /** @type {Case[]} */
    const cases = [
      { name: 'log, bytes', operations: length, pass: run((key) => blobs.get(key)) },
      {
        name: 'native Map and a copy',
        operations: length,
        pass: run((key) => new Uint8Array(native.get(key))),
      },
      { name: 'lmdb, bytes', operations: length, pass: run((key) => lmdb.get(key)) },
      { name: 'log, objects', operations: length, pass: run((key) => objects.get(key)) },
      {
        name: 'native Map, a copy and decode',
        operations: length,
        pass: run((key) => codec.decode(new Uint8Array(nativeObjects.get(key)))),
      },
    ];
    const close = async () => {
      await store.close();
      await lmdb.close();
      remove();
    };
    return { cases, close };
  },
  goals: [
    { name: 'log / native Map and a copy', ours: 'log, bytes', peer: 'native Map and a copy', atLeast: 0.8 },
    { name: 'log / lmdb', ours: 'log, bytes', peer: 'lmdb, bytes', atLeast: 1.5 },
    {
      name: 'log / native Map, a copy and decode, objects',
      ours: 'log, objects',
      peer: 'native Map, a copy and decode',
      atMost: 1.3,
    },
  ],
};
