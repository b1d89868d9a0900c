// Schedules in a thread of their own.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Ran, Task } from './schedule-worker.ts';
import type { Sums } from './schedules.ts';

/** Runs this many schedules; what happened in them. @throws AssertionError with the seed of what was found */
export async function runSchedules(subject: Task['subject'], runs: number): Promise<Sums> {
  const workerData: Task = { subject, runs };
  const worker = new Worker(new URL('./schedule-worker.js', import.meta.url), {
    workerData,
    // Runs are short: what one leaves behind is dead before it is looked at.
    resourceLimits: { maxYoungGenerationSizeMb: 64 },
  });
  const [ran] = (await once(worker, 'message')) as [Ran];
  await worker.terminate();
  assert.equal(ran.problem, undefined, ran.problem);
  return ran.sums;
}
