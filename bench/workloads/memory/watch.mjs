// What watchers cost those who write.
import { do_not_optimize } from 'mitata';
import { now } from '../../harness/clock.mjs';
import { keyOf } from '../../harness/keys.mjs';
import { smallValues } from './values.mjs';

/** @import { Group } from '../../harness/types.mjs' */

const QUEUE_LIMIT = 10_000;
const BURST = QUEUE_LIMIT / 2;
const WATCHERS = 1_000;

/**
 * Reads that many changes of entries.
 *
 * @param {AsyncIterator<{ type: string }, unknown>} watch
 * @param {number} count
 */
async function drain(watch, count) {
  let left = count;
  while (left > 0) {
    const { value, done } = await watch.next();
    if (done || value.type === 'reset') throw new Error('the watch did not keep up');
    if (value.type === 'insert' || value.type === 'update') left--;
  }
}

/**
 * Brings watches to where they wait for their first change.
 *
 * @param {(AsyncIterator<{ type: string }, unknown> & { ready: Promise<void> })[]} watches
 */
async function settle(watches) {
  await Promise.all(watches.map((watch) => watch.ready));
  for (const watch of watches) {
    const { value, done } = await watch.next();
    if (done || value.type !== 'live') throw new Error('the watch did not begin with live');
  }
  return watches.map((watch) => watch.next());
}

/** @type {Group} */
export const watchedSet = {
  name: 'watched set',
  about: `map.sync.set, values by reference; a watcher of the whole map is drained after every ${BURST} writes, half its queue.`,
  async prepare({ keys, length, nextPass, samemap }) {
    const values = smallValues(length);
    const native = new Map();
    let version = 0;
    const store = await samemap.open('memory:');
    const map = store.map('bench', { values: 'references' });
    const { sync } = map;
    keys.forEach((key, i) => native.set(key, { value: values[i], version: i }));
    keys.forEach((key, i) => sync.set(key, values[i]));
    const watch = map.watch({ queueLimit: QUEUE_LIMIT });
    await watch.ready;

    // The same loop twice, so that the cases differ in the call only.
    const writeNative = (/** @type {string[]} */ pass, /** @type {number} */ from) => {
      for (let i = from; i < from + BURST; i++) native.set(pass[i], { value: values[i], version: ++version });
    };
    const writeOurs = (/** @type {string[]} */ pass, /** @type {number} */ from) => {
      for (let i = from; i < from + BURST; i++) sync.set(pass[i], values[i]);
    };
    const cases = [
      {
        name: 'native Map',
        operations: length,
        pass() {
          const sequence = nextPass();
          for (let from = 0; from < length; from += BURST) writeNative(sequence, from);
        },
      },
      {
        name: 'map.sync, writes',
        operations: length,
        async manual() {
          const sequence = nextPass();
          let spent = 0;
          for (let from = 0; from < length; from += BURST) {
            const begin = now();
            writeOurs(sequence, from);
            spent += now() - begin;
            await drain(watch, BURST);
          }
          return spent;
        },
      },
      {
        name: 'map.sync, writes and reading the watch',
        operations: length,
        async pass() {
          const sequence = nextPass();
          for (let from = 0; from < length; from += BURST) {
            writeOurs(sequence, from);
            await drain(watch, BURST);
          }
        },
      },
    ];
    return { cases, close: () => store.close() };
  },
  goals: [
    { name: 'writes / native Map', ours: 'map.sync, writes', peer: 'native Map', atLeast: 0.4 },
    {
      name: 'writes and reading / native Map',
      ours: 'map.sync, writes and reading the watch',
      peer: 'native Map',
    },
  ],
};

/** @type {Group} */
export const keyWatchers = {
  name: 'key watchers',
  about: `map.sync.set to keys nobody watches, beside ${WATCHERS} watchers of other keys each, one, and none.`,
  async prepare({ keys, length, nextPass, samemap }) {
    const values = smallValues(length);
    const stores = await Promise.all([0, 1, 2].map(() => samemap.open('memory:')));
    const [none, one, many] = stores.map((store) => store.map('bench', { values: 'references' }));
    for (const { sync } of [none, one, many]) keys.forEach((key, i) => sync.set(key, values[i]));
    const unwatched = (/** @type {number} */ n) => ({ key: keyOf(10_000_000 + n) });
    const pending = await settle([
      one.watch(unwatched(0)),
      ...Array.from({ length: WATCHERS }, (_, n) => many.watch(unwatched(n))),
    ]);
    const [noneSync, oneSync, manySync] = [none.sync, one.sync, many.sync];
    const cases = [
      {
        name: 'no watcher',
        operations: length,
        pass() {
          const sequence = nextPass();
          for (let i = 0; i < length; i++) noneSync.set(sequence[i], values[i]);
        },
      },
      {
        name: '1 watcher',
        operations: length,
        pass() {
          const sequence = nextPass();
          for (let i = 0; i < length; i++) oneSync.set(sequence[i], values[i]);
        },
      },
      {
        name: `${WATCHERS} watchers`,
        operations: length,
        pass() {
          const sequence = nextPass();
          for (let i = 0; i < length; i++) manySync.set(sequence[i], values[i]);
        },
      },
    ];
    const close = async () => {
      await Promise.all(stores.map((store) => store.close()));
      await Promise.allSettled(pending);
    };
    return { cases, close };
  },
  goals: [
    { name: `${WATCHERS} watchers / none`, ours: `${WATCHERS} watchers`, peer: 'no watcher', atMost: 1.2 },
    {
      name: `${WATCHERS} watchers / 1 watcher`,
      ours: `${WATCHERS} watchers`,
      peer: '1 watcher',
      atMost: 1.2,
    },
  ],
};

/** @type {Group} */
export const prefixWatchers = {
  name: 'prefix watchers',
  about: `map.sync.set beside ${WATCHERS} watchers of other prefixes, against Map.set and as many comparisons.`,
  sets: ['small'],
  rounds: 3,
  warmups: 1,
  async prepare({ length, nextPass, samemap }) {
    const values = smallValues(length);
    const prefixes = Array.from({ length: WATCHERS }, (_, n) => `key:1${String(n).padStart(4, '0')}`);
    const native = new Map();
    let version = 0;
    const store = await samemap.open('memory:');
    const map = store.map('bench', { values: 'references' });
    const { sync } = map;
    const pending = await settle(prefixes.map((prefix) => map.watch({ prefix })));
    const cases = [
      {
        name: `Map.set and ${WATCHERS} startsWith`,
        operations: length,
        pass() {
          const sequence = nextPass();
          let matches = 0;
          for (let i = 0; i < length; i++) {
            const key = sequence[i];
            native.set(key, { value: values[i], version: ++version });
            for (const prefix of prefixes) if (key.startsWith(prefix)) matches++;
          }
          do_not_optimize(matches);
        },
      },
      {
        name: `map.sync.set, ${WATCHERS} prefix watchers`,
        operations: length,
        pass() {
          const sequence = nextPass();
          for (let i = 0; i < length; i++) sync.set(sequence[i], values[i]);
        },
      },
    ];
    const close = async () => {
      await store.close();
      await Promise.allSettled(pending);
    };
    return { cases, close };
  },
  goals: [
    {
      name: 'prefix watchers / comparisons',
      ours: `map.sync.set, ${WATCHERS} prefix watchers`,
      peer: `Map.set and ${WATCHERS} startsWith`,
      atMost: 1.2,
    },
  ],
};
