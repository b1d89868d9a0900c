// What workers of the tests do; the job is named by `workerData`.
import { parentPort, workerData } from 'node:worker_threads';
import { open } from 'samemap';
import { attach } from 'samemap/shared';
import { lockAll } from '../../../src/engines/shared/stripe-lock.ts';
import { dice } from '../../../src/conformance/assertions.ts';
import type { Task } from './fixture.ts';
import { localOf } from './local.ts';

const { job, handle, seed, operations, ...rest } = workerData as Task;

const JOBS: Readonly<Record<string, () => Promise<unknown>>> = { churn, count, hold, holdLock };

/** Writes, adds, removes, reads and commits without an end, or so many times. */
async function churn(): Promise<unknown> {
  const store = await open(attach(handle));
  const roll = dice(seed);
  const map = store.map<unknown>('m').sync;
  const numbers = store.map<number>('n');
  const watch = rest['watch'] === true ? numbers.watch() : undefined;
  const text = 'x'.repeat(300);
  parentPort?.postMessage('begun');
  for (let n = 0; n !== operations; n++) {
    const key = `k${roll(200)}`;
    switch (roll(12)) {
      case 0:
        map.delete(key);
        break;
      case 1:
        numbers.sync.add(key, 1);
        break;
      case 2:
        store.sync.atomic().set(map, key, n).set(map, `${key}/2`, n).set(numbers, key, n).commit();
        break;
      case 3:
        map.clear({ prefix: `k1${roll(10)}` });
        break;
      case 4:
        map.set(key, n, { ttlMs: 1 + roll(20) });
        break;
      case 5:
        map.tryLock(key)?.[roll(2) === 0 ? 'release' : 'refresh']();
        break;
      case 6:
        map.get(key);
        break;
      case 7:
        map.set(key, n, { ifNewer: n });
        break;
      case 8:
        map.delete(key, { ifNewer: n });
        break;
      case 9:
        if (roll(50) === 0) map.count({ prefix: 'k1' });
        break;
      default:
        map.set(key, { from: seed, text: text.slice(0, roll(300)), n });
    }
    if (n % 1_000 === 999) await new Promise((resolve) => setImmediate(resolve));
  }
  await watch?.close();
  await store.close();
  return 'done';
}

/** Takes the lock of every stripe and never lets go. */
async function hold(): Promise<unknown> {
  const { m } = localOf(handle);
  lockAll(m, true);
  parentPort?.postMessage('held');
  for (;;);
}

/** Takes the lock of a key and never lets go. */
async function holdLock(): Promise<unknown> {
  const store = await open(attach(handle));
  await store.map('m').lock('a', { label: 'the one that dies' });
  parentPort?.postMessage('held');
  for (;;);
}

/** Adds ones to a few keys. */
async function count(): Promise<unknown> {
  const store = await open(attach(handle));
  const { sync } = store.map<number>('counts');
  const roll = dice(seed);
  for (let n = 0; n < operations; n++) sync.add(`c${roll(4)}`, 1);
  await store.close();
  return operations;
}

const result = await JOBS[job]?.();
parentPort?.postMessage(result);
