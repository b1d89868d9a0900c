// A semaphore: at most so many at once, over all who use the store.
//
//   node dist/examples/semaphore.js [url of the store]
//
// Each permit is a lock of its own, and whoever wants one waits for all of them at once; the first that comes is
// taken, the rest is left. A holder that dies loses its permit as it loses a lock: after its lease.
import { open } from 'samemap';
import type { Lock, VersionedMap } from 'samemap';

/** Takes one of `count` permits, waiting for it. Release it when done. */
async function acquire(permits: VersionedMap<string>, name: string, count: number): Promise<Lock<string>> {
  const keys = Array.from({ length: count }, (_, i) => `${name}/${i}`);
  // Begin with another one each time, so that not all wait for the first.
  const first = Math.floor(Math.random() * count);
  const order = [...keys.slice(first), ...keys.slice(0, first)];
  for (const key of order) {
    const free = await permits.tryLock(key);
    if (free !== undefined) return free;
  }
  const rest = new AbortController();
  let taken: Lock<string> | undefined;
  const waits = order.map(async (key) => {
    const lock = await permits.lock(key, { signal: rest.signal, waitMs: Infinity });
    if (taken === undefined) {
      taken = lock;
      rest.abort();
    } else await lock.release(); // two came at once
    return taken;
  });
  const winner = await Promise.any(waits);
  await Promise.allSettled(waits);
  return winner;
}

const [url = 'memory:'] = process.argv.slice(2);
const store = await open(url);
const permits = store.map<string>('permits');
let inside = 0;
let most = 0;
let done = 0;
await Promise.all(
  Array.from({ length: 25 }, async () => {
    const permit = await acquire(permits, 'printer', 3);
    inside++;
    most = Math.max(most, inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside--;
    done++;
    await permit.release();
  }),
);
console.log(`${done} were inside, at most ${most} at once`);
const { locks } = await store.inspect();
console.log(`${locks.length} permits are held`);
await store.close();
