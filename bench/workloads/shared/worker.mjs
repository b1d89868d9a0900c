// A thread of the measurements: fills its part, then does what it is told, as often as it is told.
import { parentPort, workerData } from 'node:worker_threads';
import { keyOf, passesOver } from '../../harness/keys.mjs';
import { attach, library } from './store.mjs';

const { kind, size, seed } = workerData;
const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
const keys = Array.from({ length: size }, (_, n) => keyOf(n));
const nextPass = passesOver(keys, Math.ceil(100_000 / size) * size);
const VALUE = Buffer.alloc(100, 7);

/** @typedef {(writes: number, operations: number, job: string) => void | Promise<void>} Work */

/** @type {Record<string, () => Promise<Work>>} */
const KINDS = {
  async shared() {
    const { bytes, open } = await import(library);
    const store = await open(attach(workerData.handle));
    const map = store.map('bench', { codec: bytes() }).sync;
    const sums = store.map('sums').sync;
    if (seed === 0) for (const key of keys) map.set(key, VALUE);
    return (writes, operations, job) => {
      if (job === 'add') {
        for (let n = 0; n < operations; n++) sums.add('sum', 1);
        return;
      }
      each(
        operations,
        writes,
        (key) => map.get(key),
        (key) => map.set(key, VALUE),
      );
    };
  },
  async lmdb() {
    const { open } = await import('lmdb');
    const db = open({ path: workerData.dir, noSync: true, encoding: 'binary', overlappingSync: false });
    let filled;
    if (seed === 0) for (const key of keys) filled = db.put(key, VALUE);
    await filled;
    return async (writes, operations) => {
      /** @type {Promise<boolean> | undefined} */
      let last;
      each(
        operations,
        writes,
        (key) => db.getBinaryFast(key),
        (key) => (last = db.put(key, VALUE)),
      );
      if (last !== undefined) await last;
    };
  },
  async messages() {
    /** @type {((value: unknown) => void) | undefined} */
    let answered;
    port.on('message', (message) => message.id !== undefined && answered?.(message.value));
    const ask = (/** @type {string} */ word, /** @type {string} */ key) =>
      new Promise((resolve) => {
        answered = resolve;
        port.postMessage({ word, key, value: word === 'set' ? VALUE : undefined, id: 1 });
      });
    return async (writes, operations) => {
      const pass = nextPass();
      for (let n = 0; n < operations; n++) {
        await ask((n * writes) % 1 < writes ? 'set' : 'get', pass[n % pass.length] ?? '');
      }
    };
  },
  async atomics() {
    const words = new Int32Array(workerData.words);
    const places = new Map(keys.map((key) => [key, 0]));
    return (_, operations) => {
      for (let n = 0; n < operations; n++) Atomics.add(words, places.get(keys[n % size] ?? '') ?? 0, 1);
    };
  },
};

/** Goes over the keys in random order and writes the given part of them. */
function each(
  /** @type {number} */ operations,
  /** @type {number} */ writes,
  /** @type {(key: string) => unknown} */ read,
  /** @type {(key: string) => unknown} */ write,
) {
  const every = Math.round(1 / writes);
  for (let done = 0; done < operations;) {
    for (const key of nextPass()) {
      if (done++ >= operations) return;
      if (done % every === 0) write(key);
      else read(key);
    }
  }
}

const work = await /** @type {() => Promise<Work>} */ (KINDS[kind])();
port.on('message', async ({ writes, operations, job = '' }) => {
  if (operations === undefined) return;
  await work(writes, operations, job);
  port.postMessage({ done: true });
});
port.postMessage({ ready: true });
