// What the tests of the shared engine have in common: memories to look into, workers to start and to end.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { audit, type Audit } from '../../../src/engines/shared/audit.ts';
import type { SharedHandle } from '../../../src/engines/shared/index.ts';
import { layoutIn, type Memory, memoryOver } from '../../../src/engines/shared/memory.ts';
import { systemWaiting } from '../../../src/engines/shared/liveness.ts';

/** The memory of a store, to look at. */
export function memoryOf({ buffer }: SharedHandle): Memory {
  const layout = layoutIn(buffer);
  return memoryOver(buffer, layout, systemWaiting(new Int32Array(buffer), layout));
}

/** Walks through a store at rest. */
export function auditOf(handle: SharedHandle): Audit {
  return audit(memoryOf(handle));
}

/** What a worker is told to do. */
export interface Task {
  readonly job: string;
  readonly handle: SharedHandle;
  readonly seed: number;
  readonly operations: number;
  readonly [name: string]: unknown;
}

/** Starts a worker on a job of `worker.ts`. */
export function startWorker(task: Task): Worker {
  return new Worker(new URL('./worker.js', import.meta.url), { workerData: task });
}

/** What a worker says in the end. */
export async function runWorker(task: Task): Promise<unknown> {
  const worker = startWorker(task);
  // Both are waited for from the start: what a thread says last may come in the same turn as its end.
  const [[message]] = (await Promise.all([once(worker, 'message'), once(worker, 'exit')])) as [
    [unknown],
    unknown,
  ];
  return message;
}
