// What writers notice of a swap and of draining.
import { now } from '../../harness/clock.mjs';
import { smallValues } from '../memory/values.mjs';
import { quietBuffer } from './door.mjs';

/** @import { Group } from '../../harness/types.mjs' */

/** The longest time between two turns of the event loop until the promise settles, in nanoseconds. */
async function longestPause(/** @type {Promise<unknown>} */ work) {
  let over = false;
  void work.then(() => (over = true));
  let longest = 0;
  let last = now();
  while (!over) {
    await new Promise((resolve) => setImmediate(resolve));
    const time = now();
    longest = Math.max(longest, time - last);
    last = time;
  }
  return longest;
}

/** @type {Group} */
export const pause = {
  name: 'pause',
  about:
    'The longest turn of the event loop while 1,000,000 entries are swapped, spread and drained; nothing else waits.',
  sets: ['million'],
  rounds: 3,
  warmups: 1,
  async prepare({ length, nextPass }) {
    const values = smallValues(length);
    const buffer = await quietBuffer({ batchSize: 1_000 });
    const fill = async () => {
      const pass = nextPass();
      for (let i = 0; i < pass.length; i++) void buffer.set(pass[i], values[i]);
    };
    const cases = [
      {
        name: 'the call of flush',
        operations: 1,
        async manual() {
          await fill();
          const begin = now();
          const flushed = buffer.flush();
          const spent = now() - begin;
          await flushed;
          return spent;
        },
      },
      {
        name: 'longest turn of a drain',
        operations: 1,
        async manual() {
          await fill();
          return longestPause(buffer.flush());
        },
      },
      {
        name: 'longest turn of doing nothing',
        operations: 1,
        manual: () => longestPause(new Promise((r) => setTimeout(r, 300))),
      },
    ];
    return { cases, close: () => buffer.close() };
  },
  goals: [],
};

/** @type {Group} */
export const tail = {
  name: 'tail',
  about:
    'p99 of a single set, ten of them a turn, while 100,000 other entries are drained, and as many while nothing is.',
  sets: ['random'],
  async prepare({ keys, length, nextPass }) {
    const values = smallValues(length);
    const buffer = await quietBuffer({
      batchSize: 500,
      processor: () => new Promise((done) => setImmediate(done)),
    });
    const idle = await quietBuffer();
    for (const [i, key] of keys.entries()) await idle.set(key, values[i]);
    const p99 = async (/** @type {typeof buffer} */ of, /** @type {() => boolean} */ over) => {
      /** @type {number[]} */
      const costs = [];
      for (let i = 0; !over(); i++) {
        for (let j = 0; j < 10; j++) {
          const key = keys[(i * 7919 + j * 104_729) % keys.length];
          const begin = now();
          void of.set(key, values[0]);
          costs.push(now() - begin);
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      costs.sort((a, b) => a - b);
      return { turns: costs.length / 10, cost: costs[Math.floor(costs.length * 0.99)] };
    };
    // Into a new table each time, and as many in both: it grows by doubling, which few writes pay for.
    let turns = 120;
    const cases = [
      {
        name: 'idle',
        operations: 1,
        async manual() {
          await idle.flush();
          let left = turns;
          const { cost } = await p99(idle, () => left-- === 0);
          return cost;
        },
      },
      {
        name: 'draining',
        operations: 1,
        async manual() {
          const pass = nextPass();
          for (let i = 0; i < pass.length; i++) void buffer.set(pass[i], values[i]);
          let over = false;
          void buffer.flush().then(() => (over = true));
          const measured = await p99(buffer, () => over);
          turns = measured.turns;
          return measured.cost;
        },
      },
    ];
    return { cases, close: () => Promise.all([buffer.close(), idle.close()]) };
  },
  goals: [{ name: 'draining / idle', ours: 'draining', peer: 'idle', atMost: 2 }],
};
