// Two workers that read and write the same map, against what they would use instead.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { open as openLmdb } from 'lmdb';
import { now } from '../../harness/clock.mjs';
import { Crew, library, sharedLibrary, sharedStore, valueOf } from './stand.mjs';

/** @import { Case, Goal, Group, Input } from '../../harness/types.mjs' */

const WORKERS = 2;
/** Messages take so long that a pass has fewer of them. */
const MESSAGES = 4_000;

/** Fills a store, an lmdb in memory and a map on this thread, and starts workers that have all three. */
async function stand(/** @type {Input} */ { keys, samemap }) {
  const { store, handle } = await sharedStore(samemap);
  const map = store.map('bench', { codec: samemap.bytes() }).sync;
  const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const dir = mkdtempSync(path.join(memory, 'samemap-bench-'));
  const lmdbPath = path.join(dir, 'bare');
  const lmdb = openLmdb({ path: lmdbPath, noSync: true, encoding: 'binary' });
  const native = new Map();
  let last;
  for (const [i, key] of keys.entries()) {
    map.set(key, valueOf(i));
    native.set(key, valueOf(i));
    last = lmdb.put(key, Buffer.from(valueOf(i)));
  }
  await last;
  const data = { library, sharedLibrary, handle, lmdbPath, size: keys.length };
  const crew = await Crew.of(WORKERS, data);
  crew.serve(native);
  return {
    crew,
    close: async () => {
      await crew.close();
      await store.close();
      await lmdb.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/**
 * A case that has both workers run a pass.
 *
 * @param {Crew} crew
 * @param {string} name
 * @param {import('./jobs.mjs').Pass} pass
 * @returns {Case}
 */
function sideBySide(crew, name, pass) {
  return {
    name,
    operations: pass.operations * WORKERS,
    async manual() {
      const begin = now();
      await crew.run(pass);
      return now() - begin;
    },
  };
}

/**
 * @param {string} name
 * @param {string} about
 * @param {number} writes
 * @param {Goal[]} goals
 * @returns {Group}
 */
function mix(name, about, writes, goals) {
  return {
    name,
    about,
    async prepare(input) {
      const { crew, close } = await stand(input);
      const operations = input.length;
      const cases = [
        sideBySide(crew, 'shared', { job: 'shared', operations, writes }),
        sideBySide(crew, 'lmdb-js', { job: 'lmdb', operations, writes }),
        sideBySide(crew, 'messages', { job: 'messages', operations: MESSAGES, writes }),
        sideBySide(crew, 'messages, 64 in flight', {
          job: 'messages',
          operations: MESSAGES,
          writes,
          width: 64,
        }),
      ];
      return { cases, close };
    },
    goals,
  };
}

const TWO = 'Two workers on the same keys, values of 100 bytes';
const inFlight = { name: 'shared / messages, 64 in flight', ours: 'shared', peer: 'messages, 64 in flight' };

export const mixed = [
  mix('shared 90/10', `${TWO}: nine reads to a write.`, 10, [
    { name: 'shared / lmdb-js', ours: 'shared', peer: 'lmdb-js', atLeast: 2.5 },
    { name: 'shared / messages', ours: 'shared', peer: 'messages', atLeast: 50 },
    inFlight,
  ]),
  mix('shared 50/50', `${TWO}: a read to a write.`, 50, [
    { name: 'shared / lmdb-js', ours: 'shared', peer: 'lmdb-js', atLeast: 5 },
    { name: 'shared / messages', ours: 'shared', peer: 'messages' },
    inFlight,
  ]),
];

export const readers = mix('shared reads', `${TWO}: reads only.`, 0, [
  { name: 'shared / lmdb-js', ours: 'shared', peer: 'lmdb-js' },
  inFlight,
]);
