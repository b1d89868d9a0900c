// The sets of keys, and the orders in which passes go over them.

const PASS = 100_000;
const ORDERS = 4;

/** Number of keys, length of a pass, and whether goals are judged on it. */
export const SETS = {
  /** In the caches of the processor: measures code. */
  hot: { size: 1_000, length: PASS, judged: false },
  /** In main memory: measures misses, too. */
  random: { size: PASS, length: PASS, judged: true },
  /** For cases with which a pass over a large set would take too long. */
  small: { size: 10_000, length: 10_000, judged: true },
  /** For sizes. */
  million: { size: 1_000_000, length: 1_000_000, judged: true },
};

/**
 * A source of numbers that are the same in every run.
 *
 * @param {number} seed
 * @returns {(below: number) => number} a whole number from 0, below the limit
 */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/**
 * Puts a list into another order, in place.
 *
 * @template T
 * @param {T[]} list
 * @param {(below: number) => number} random
 * @returns {T[]}
 */
export function shuffle(list, random) {
  for (let i = list.length - 1; i > 0; i--) {
    const j = random(i + 1);
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}

/**
 * A key of 20 characters, in one piece as if it had been read: what string operations put together is a tree
 * of pieces, and slower than the keys of most programs.
 *
 * @param {number} n
 */
export function keyOf(n) {
  return Buffer.from(`key:${String(n).padStart(16, '0')}`, 'latin1').toString('latin1');
}

/** Keys of 20 characters, ascending. */
export function ascendingKeys(/** @type {number} */ size) {
  return Array.from({ length: size }, (_, n) => keyOf(n));
}

/**
 * Sequences of keys for passes: each goes over all keys in random order, as often as it takes to get the
 * length. There are several, used in turn, because entries that are written in the order in which they
 * are next read lie in memory as if there was no random order.
 *
 * @param {readonly string[]} keys
 * @param {number} length a multiple of the number of keys
 * @returns {() => string[]} the next sequence; not to be changed
 */
export function passesOver(keys, length) {
  const random = randomNumbers(keys.length);
  const roundsPerPass = length / keys.length;
  const sequences = /** @type {string[][]} */ ([]);
  let next = 0;
  return () => {
    const at = next++ % ORDERS;
    return (sequences[at] ??= Array.from({ length: roundsPerPass }, () => shuffle([...keys], random)).flat());
  };
}
