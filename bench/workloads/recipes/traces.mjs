// Fixed sequences of requests, the same in every run: what a cache of a given size is asked for.
import { randomNumbers } from '../../harness/keys.mjs';

/**
 * @typedef {object} Trace
 * @property {string} name
 * @property {string} about
 * @property {number} room How many entries the cache has.
 * @property {string[]} requests
 */

/** Draws numbers from 0 on, the n-th in proportion to 1 / n ** exponent. */
function zipf(/** @type {number} */ size, /** @type {number} */ exponent, /** @type {number} */ seed) {
  const random = randomNumbers(seed);
  const sums = new Float64Array(size);
  let sum = 0;
  for (let i = 0; i < size; i++) sums[i] = sum += 1 / (i + 1) ** exponent;
  return () => {
    const target = (random(2 ** 30) / 2 ** 30) * sum;
    let low = 0;
    let high = size - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] < target) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/**
 * The traces.
 *
 * @param {number} length how many requests each has
 * @returns {Trace[]}
 */
export function traces(length) {
  const plain = zipf(100_000, 0.9, 1);
  const polluted = zipf(10_000, 0.9, 2);
  let scanned = 0;
  return [
    {
      name: 'zipf',
      about: 'Zipf (0.9) over 100,000 keys, room for 10,000',
      room: 10_000,
      requests: Array.from({ length }, () => `k${plain()}`),
    },
    {
      name: 'scans',
      about:
        'Zipf (0.9) over 10,000 keys and, every 1,000 requests, a scan of 1,000 keys that never come again; room for 1,000',
      room: 1_000,
      requests: Array.from({ length }, (_, i) =>
        Math.floor(i / 1_000) % 2 === 0 ? `k${polluted()}` : `scan${scanned++}`,
      ),
    },
    {
      name: 'loop',
      about: '1,500 keys, one after the other, again and again; room for 1,000',
      room: 1_000,
      requests: Array.from({ length }, (_, i) => `k${i % 1_500}`),
    },
  ];
}
