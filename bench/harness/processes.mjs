// The processes of a group.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { SETS } from './keys.mjs';
import { judge, pool } from './ratios.mjs';

/** @import { Assignment, CaseResult, Group, GroupResult } from './types.mjs' */

const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url));

/**
 * Measures a group on a set in several processes, one after the other.
 *
 * @param {Group} group
 * @param {Omit<Assignment, 'group'>} assignment
 * @param {{ processes: number, nodeOptions: string[], env: NodeJS.ProcessEnv }} options
 * @returns {Promise<GroupResult>}
 */
export async function runGroup({ name, about, goals }, assignment, { processes, nodeOptions, env }) {
  const told = { group: name, about, set: assignment.set };
  const measured = [];
  for (let n = 0; n < processes; n++) {
    const child = fork(CHILD, [JSON.stringify({ ...assignment, group: name })], {
      execArgv: ['--expose-gc', ...nodeOptions],
      env,
    });
    /** @type {CaseResult[] | undefined} */
    let cases;
    child.on('message', (message) => {
      cases = /** @type {CaseResult[]} */ (message);
    });
    const code = await new Promise((resolve) => {
      child.on('exit', (status, signal) => resolve(signal ?? status));
    });
    if (cases === undefined || code !== 0)
      return { ...told, cases: [], goals: [], error: `ended with ${code}` };
    measured.push(cases);
  }
  const cases = pool(measured);
  const { judged } = SETS[assignment.set];
  return { ...told, cases, goals: goals.flatMap((goal) => judge(goal, cases, judged) ?? []) };
}
