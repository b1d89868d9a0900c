// Results as tables that read well in a terminal and in a page.

/** @import { GroupResult } from './types.mjs' */

/** The results of one group on one set, as text. */
export function renderGroup(/** @type {GroupResult} */ { group, about, set, cases, goals, error }) {
  const title = `### ${group}, ${set}\n\n${about}\n`;
  if (error !== undefined) return `${title}\nFAILED: ${error}\n`;
  const costs = cases.map(({ name, unit, median, rounds }) => [
    name,
    `${number(median)} ${unit}`,
    `${number(Math.min(...rounds))} – ${number(Math.max(...rounds))}`,
  ]);
  const costTable = table(['case', 'per operation', 'least – most'], costs);
  return `${title}\n${costTable}\n${goals.length > 0 ? `\n${renderGoals(goals)}\n` : ''}`;
}

/** The goals of all groups in one table. */
export function renderSummary(/** @type {GroupResult[]} */ results) {
  const rows = results.flatMap(({ group, set, goals, error }) =>
    error === undefined
      ? goals.map((goal) => [group, set, ...goalCells(goal)])
      : [[group, set, 'FAILED', '', '', '', '']],
  );
  return `### All ratios\n\n${table(['group', 'set', 'ratio of', 'ratio', 'quartiles', 'goal', 'met'], rows)}\n`;
}

function renderGoals(/** @type {GroupResult['goals']} */ goals) {
  return table(['ratio of', 'ratio', 'quartiles', 'goal', 'met'], goals.map(goalCells));
}

function goalCells(/** @type {GroupResult['goals'][number]} */ { name, of, ratio, low, high, goal, met }) {
  const verdict = met === undefined ? '–' : met ? 'yes' : 'NO';
  const what = `${of} of ${name}`;
  return [what, ratio.toFixed(2), `${low.toFixed(2)} – ${high.toFixed(2)}`, goal || '–', verdict];
}

function number(/** @type {number} */ value) {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

/**
 * @param {string[]} head
 * @param {string[][]} rows
 */
function table(head, rows) {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i].length)));
  const line = (/** @type {string[]} */ row) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join(
    '\n',
  );
}
