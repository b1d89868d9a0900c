// Rounds: every round measures each case of a group once, every other round in reverse order, so that what
// disturbs the machine disturbs all of them.
import { measure } from 'mitata';
import { now } from './clock.mjs';

/** @import { Case } from './types.mjs' */

// No full collection before a measurement: it gives back the memory of the young generation, and whatever
// allocates then pays for taking it from the system again, which no program in the middle of its work does.
const SAMPLES = {
  now,
  gc: false,
  min_samples: 3,
  max_samples: 3,
  min_cpu_time: 0,
  args: {},
};

/** Cost of one operation, in nanoseconds or bytes: median of three samples, or one count of bytes. */
async function costOf(/** @type {Case} */ { operations, pass, manual, bytes }) {
  if (bytes !== undefined) return (await bytes()) / operations;
  if (pass !== undefined) return (await measure(pass, { ...SAMPLES })).p50 / operations;
  const { p50 } = await measure(
    function* () {
      yield { manual, budget: 'manual' };
    },
    { ...SAMPLES },
  );
  return p50 / operations;
}

/**
 * Measures the cases of a group.
 *
 * @param {Case[]} cases
 * @param {{ rounds: number, warmups: number }} options
 * @returns {Promise<number[][]>} for each case the costs of one operation, round by round
 */
export async function measureCases(cases, { rounds, warmups }) {
  const costs = cases.map(() => /** @type {number[]} */ ([]));
  for (let round = -warmups; round < rounds; round++) {
    const order = round % 2 === 0 ? cases : cases.toReversed();
    for (const each of order) {
      const cost = await costOf(each);
      if (round >= 0) costs[cases.indexOf(each)].push(cost);
    }
  }
  return costs;
}
