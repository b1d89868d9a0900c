// How long a single write takes while a log is compacted.
import { folder, FULL, logDoor } from './disk.mjs';

/** @import { Group } from '../../harness/types.mjs' */

const MIB = FULL ? 1024 : 128;
const SECONDS = FULL ? 60 : 5;
const VALUE_BYTES = 1000;
const WRITERS = 256;
const KEYS = (MIB * 2 ** 20) / 2 / (VALUE_BYTES + 50);

/** Writes that are awaited, by so many writers for a time: how many were done in a second. */
async function peakOf(/** @type {() => Promise<unknown>} */ write, /** @type {number} */ ms) {
  const end = performance.now() + ms;
  let count = 0;
  const writer = async () => {
    while (performance.now() < end) {
      await write();
      count++;
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  return (count * 1000) / ms;
}

/**
 * Begins writes at a rate, whatever becomes of those before.
 *
 * @returns {Promise<number>} nanoseconds that 99 of 100 took at most, from when each was due
 */
async function p99At(
  /** @type {number} */ perSecond,
  /** @type {number} */ ms,
  /** @type {() => Promise<unknown>} */ write,
) {
  /** @type {number[]} */
  const took = [];
  const begin = performance.now();
  let begun = 0;
  const one = async () => {
    const due = begin + (begun++ * 1000) / perSecond;
    await write();
    took.push(performance.now() - due);
  };
  const running = new Set();
  for (let now = 0; now < ms; now = performance.now() - begin) {
    while (begun < (now * perSecond) / 1000) {
      const each = one();
      running.add(each);
      void each.finally(() => running.delete(each));
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(running);
  took.sort((a, b) => a - b);
  return (took[Math.floor(took.length * 0.99)] ?? 0) * 1e6;
}

/** @type {Group} */
export const compacting = {
  name: 'set while compacting',
  about: `p99 of set at half the peak rate, over ${SECONDS} s, while ${MIB} MiB of which half is dead are compacted.`,
  sets: ['hot'],
  rounds: 1,
  warmups: 0,
  async prepare({ samemap }) {
    const { dir, remove } = folder();
    const { logEngine } = await logDoor();
    const store = await samemap.open(await logEngine({ dir, compactAt: 1 }));
    const map = store.map('m', { codec: samemap.bytes() });
    const cold = store.map('cold', { codec: samemap.bytes() });
    const value = Buffer.alloc(100, 7);
    const large = Buffer.alloc(VALUE_BYTES, 7);
    let n = 0;
    const write = () => {
      value.writeUInt32LE(++n, 0);
      return map.set(`key:${n % 10_000}`, value);
    };
    // Everything twice, so that half is dead.
    for (let i = 0; i < KEYS * 2; i++) {
      cold.sync.set(`cold:${Math.floor(i % KEYS)}`, large);
      if (i % 10_000 === 0) await cold.durable();
    }
    await cold.durable();
    await peakOf(write, 500);
    const rate = (await peakOf(write, 1000)) / 2;
    const cases = [
      { name: 'without', operations: 1, unit: 'ns', bytes: () => p99At(rate, SECONDS * 1000, write) },
      {
        name: 'while compacting',
        operations: 1,
        unit: 'ns',
        bytes: async () => {
          const compacted = map.compact();
          const p99 = await p99At(rate, SECONDS * 1000, write);
          await compacted;
          return p99;
        },
      },
    ];
    const close = async () => {
      await store.close();
      remove();
    };
    return { cases, close };
  },
  goals: [{ name: 'p99 while compacting / without', ours: 'while compacting', peer: 'without', atMost: 3 }],
};
