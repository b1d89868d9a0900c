// From costs to ratios. A ratio is taken within a round; the median over the rounds of all processes counts.

/** @import { CaseResult, Goal, GoalResult } from './types.mjs' */

/**
 * What the processes of a group measured, as one.
 *
 * @param {CaseResult[][]} processes for each process the same cases
 * @returns {CaseResult[]}
 */
export function pool(processes) {
  const [first = []] = processes;
  return first.map(({ name, unit }, i) => {
    const rounds = processes.flatMap((cases) => cases[i].rounds);
    return { name, unit, rounds, median: quantile(rounds, 0.5) };
  });
}

/**
 * The ratio of a goal, from the costs of its two cases.
 *
 * @param {Goal} goal
 * @param {CaseResult[]} cases
 * @param {boolean} judged
 * @returns {GoalResult | undefined} `undefined` when one of the cases was not measured
 */
export function judge({ name, ours, peer, atLeast, atMost }, cases, judged) {
  const mine = cases.find((each) => each.name === ours)?.rounds;
  const theirs = cases.find((each) => each.name === peer)?.rounds;
  if (mine === undefined || theirs === undefined) return undefined;
  const of = atMost === undefined ? 'speed' : 'cost';
  const ratios = mine.map((cost, i) => (of === 'speed' ? theirs[i] / cost : cost / theirs[i]));
  const ratio = quantile(ratios, 0.5);
  const low = quantile(ratios, 0.25);
  const high = quantile(ratios, 0.75);
  const goal = atLeast !== undefined ? `≥ ${atLeast}` : atMost !== undefined ? `≤ ${atMost}` : '';
  const holds = atLeast !== undefined ? ratio >= atLeast : atMost !== undefined && ratio <= atMost;
  return { name, ours, peer, of, ratio, low, high, goal, met: judged && goal !== '' ? holds : undefined };
}

/** The number below which this part of the list lies, by linear interpolation. */
function quantile(/** @type {number[]} */ list, /** @type {number} */ part) {
  const sorted = list.toSorted((a, b) => a - b);
  const at = part * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
}
