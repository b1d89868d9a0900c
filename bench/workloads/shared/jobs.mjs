// A worker of the measurements: runs the passes that it is told to.
import { parentPort, workerData } from 'node:worker_threads';
import { open as openLmdb } from 'lmdb';
import { ascendingKeys, passesOver, randomNumbers } from '../../harness/keys.mjs';

/**
 * @typedef {object} Pass
 * @property {'shared' | 'lmdb' | 'messages' | 'add' | 'atomics' | 'end'} job
 * @property {number} operations
 * @property {number} [writes] So many of a hundred operations write.
 * @property {number} [width] Requests in flight.
 */

const { library, sharedLibrary, handle, lmdbPath, size, seed, counter } = workerData;
const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
const { bytes, open } = await import(library);
const { attach } = await import(sharedLibrary);
const store = await open(attach(handle));
const map = store.map('bench', { codec: bytes() }).sync;
const counts = store.map('counts').sync;
const lmdb =
  lmdbPath === undefined ? undefined : openLmdb({ path: lmdbPath, noSync: true, encoding: 'binary' });
const keys = ascendingKeys(size);
const nextPass = passesOver(keys, Math.max(size, 100_000));
for (let skipped = 0; skipped < seed; skipped++) nextPass();
const value = new Uint8Array(100).fill(seed);

/** For each operation of a pass, whether it writes. */
const random = randomNumbers(seed);
const dice = Uint8Array.from({ length: 100_000 }, () => random(100));

/** @type {Map<number, (value: Uint8Array | undefined) => void>} */
const asked = new Map();
let lastId = 0;

/** Asks the map on the main thread. */
function request(/** @type {string} */ key, /** @type {Uint8Array | undefined} */ written) {
  return new Promise((resolve) => {
    asked.set(++lastId, resolve);
    port.postMessage({ id: lastId, key, value: written });
  });
}

/** @type {Record<string, (pass: Pass) => unknown>} */
const JOBS = {
  shared({ operations, writes = 0 }) {
    const order = nextPass();
    for (let i = 0; i < operations; i++) {
      if (dice[i] < writes) map.set(order[i], value);
      else if (map.get(order[i]) === undefined) throw new Error('missed');
    }
  },
  async lmdb({ operations, writes = 0 }) {
    if (lmdb === undefined) throw new Error('no lmdb here');
    const order = nextPass();
    let last;
    for (let i = 0; i < operations; i++) {
      if (dice[i] < writes) last = lmdb.put(order[i], /** @type {Buffer} */ (value));
      else if (lmdb.getBinaryFast(order[i]) === undefined) throw new Error('missed');
    }
    await last;
  },
  async messages({ operations, writes = 0, width = 1 }) {
    const order = nextPass();
    let next = 0;
    const one = async () => {
      for (let i = next++; i < operations; i = next++) {
        const writing = dice[i] < writes;
        const answer = await request(order[i], writing ? value : undefined);
        if (!writing && answer === undefined) throw new Error('missed');
      }
    };
    await Promise.all(Array.from({ length: width }, one));
  },
  add({ operations }) {
    for (let i = 0; i < operations; i++) counts.add('hits', 1);
  },
  atomics({ operations }) {
    const order = new Map([['hits', 0]]);
    const words = new Int32Array(counter);
    for (let i = 0; i < operations; i++) {
      const at = /** @type {number} */ (order.get('hits'));
      Atomics.add(words, at, 1);
    }
  },
  async end() {
    await store.close();
    await lmdb?.close();
    port.close();
  },
};

async function carryOut(message) {
  await JOBS[message.job](message);
  if (message.job !== 'end') port.postMessage({ done: true });
}

port.on('message', (message) => {
  if (message.job !== undefined) {
    void carryOut(message);
    return;
  }
  asked.get(message.id)?.(message.value);
  asked.delete(message.id);
});
port.postMessage({ done: true });
