// Two threads: shared memory, lmdb on a file system in memory, messages to a map on another thread.
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { sharedEngine } from './store.mjs';

/** @import { Case, Group } from '../../harness/types.mjs' */

const FILE = new URL('./worker.mjs', import.meta.url);
const OPERATIONS = 400_000;

/** Starts workers that stand by. */
async function startWorkers(/** @type {object} */ data, /** @type {number} */ count) {
  const workers = Array.from(
    { length: count },
    (_, seed) => new Worker(FILE, { workerData: { ...data, seed } }),
  );
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  return workers;
}

/** A case: so many workers do their part of the operations; time on the wall. */
function together(
  /** @type {string} */ name,
  /** @type {Worker[]} */ workers,
  /** @type {{ writes: number, operations: number, job?: string }} */ order,
) {
  return /** @type {Case} */ ({
    name,
    operations: order.operations,
    async manual() {
      const begin = performance.now();
      const done = workers.map((worker) => once(worker, 'message'));
      for (const worker of workers) {
        worker.postMessage({ ...order, operations: order.operations / workers.length });
      }
      await Promise.all(done);
      return (performance.now() - begin) * 1e6;
    },
  });
}

/** @type {Group} */
export const threads = {
  name: 'shared threads',
  about: 'Reads and writes of 100 bytes under 100,000 keys by one and two threads; time on the wall.',
  sets: ['random'],
  rounds: 3,
  warmups: 1,
  async prepare({ keys }) {
    const engine = sharedEngine({ capacityBytes: 2 ** 28 });
    const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
    const dir = mkdtempSync(path.join(memory, 'samemap-bench-'));
    const map = new Map();
    const size = keys.length;
    const ours = await startWorkers({ kind: 'shared', handle: engine.handle, size }, 2);
    const lmdb = await startWorkers({ kind: 'lmdb', dir, size }, 2);
    const messages = await startWorkers({ kind: 'messages', size }, 2);
    const serve = (/** @type {Worker} */ worker) => {
      worker.on('message', ({ word, key, value, id }) => {
        if (word === undefined) return;
        if (word === 'set') map.set(key, value);
        worker.postMessage({ id, value: map.get(key) });
      });
    };
    for (const worker of messages) serve(worker);
    const cases = [];
    for (const [name, writes] of /** @type {const} */ ([
      ['90/10', 0.1],
      ['50/50', 0.5],
    ])) {
      cases.push(together(`shared ${name}, 1 thread`, ours.slice(0, 1), { writes, operations: OPERATIONS }));
      cases.push(together(`shared ${name}, 2 threads`, ours, { writes, operations: OPERATIONS }));
      cases.push(together(`lmdb ${name}, 2 threads`, lmdb, { writes, operations: OPERATIONS / 8 }));
    }
    cases.push(together('messages 90/10, 2 threads', messages, { writes: 0.1, operations: OPERATIONS / 50 }));
    return {
      cases,
      async close() {
        for (const worker of [...ours, ...lmdb, ...messages]) await worker.terminate();
        await engine.close();
        rmSync(dir, { recursive: true, force: true });
      },
    };
  },
  goals: [
    {
      name: '90/10: shared / lmdb',
      ours: 'shared 90/10, 2 threads',
      peer: 'lmdb 90/10, 2 threads',
      atLeast: 2.5,
    },
    {
      name: '50/50: shared / lmdb',
      ours: 'shared 50/50, 2 threads',
      peer: 'lmdb 50/50, 2 threads',
      atLeast: 5,
    },
    {
      name: '90/10: shared / messages',
      ours: 'shared 90/10, 2 threads',
      peer: 'messages 90/10, 2 threads',
      atLeast: 50,
    },
    {
      name: '90/10: two threads / one',
      ours: 'shared 90/10, 2 threads',
      peer: 'shared 90/10, 1 thread',
      atLeast: 1.8,
    },
  ],
};

/** @type {Group} */
export const oneKey = {
  name: 'shared add, one key',
  about: 'Two threads add to one key, against a bare atomic addition and a lookup; time on the wall.',
  sets: ['hot'],
  rounds: 3,
  warmups: 1,
  async prepare() {
    const engine = sharedEngine({ capacityBytes: 2 ** 24 });
    const ours = await startWorkers({ kind: 'shared', handle: engine.handle, size: 1 }, 2);
    const bare = await startWorkers({ kind: 'atomics', words: new SharedArrayBuffer(64), size: 1_000 }, 2);
    return {
      cases: [
        together('Atomics.add and Map.get', bare, { writes: 1, operations: OPERATIONS }),
        together('shared.add', ours, { writes: 1, operations: OPERATIONS, job: 'add' }),
      ],
      async close() {
        for (const worker of [...ours, ...bare]) await worker.terminate();
        await engine.close();
      },
    };
  },
  goals: [
    { name: 'shared.add / Atomics.add', ours: 'shared.add', peer: 'Atomics.add and Map.get', atLeast: 0.3 },
  ],
};
