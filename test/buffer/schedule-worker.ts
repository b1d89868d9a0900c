// Runs schedules beside the test runner, whose hooks on every promise would cost as much as half of the work.
import { parentPort, workerData } from 'node:worker_threads';
import fc from 'fast-check';
import { plans, runBuffer, runQueue, totals, type Sums } from './schedules.ts';

/** What to run, and how often. */
export interface Task {
  readonly subject: 'buffer' | 'queue';
  readonly runs: number;
}

/** What a worker answers. */
export interface Ran {
  readonly sums: Sums;
  /** What fast-check found, with its seed. */
  readonly problem: string | undefined;
}

// Faults are the rule here, and nobody reads where they came from: fast-check tells seed and path.
Error.stackTraceLimit = 0;

const { subject, runs } = workerData as Task;
const once = subject === 'buffer' ? runBuffer : runQueue;
const sums = totals();
const property = fc.asyncProperty(plans, fc.scheduler(), async (plan, scheduler) => {
  sums.add(await once(plan, scheduler));
});
const details = await fc.check(property, { numRuns: runs, includeErrorInReport: true });
const problem = details.failed ? fc.defaultReportMessage(details) : undefined;
const ran: Ran = { sums: sums.of(), problem };
parentPort?.postMessage(ran);
