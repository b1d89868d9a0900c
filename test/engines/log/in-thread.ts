// Work on a thread of its own: the runner watches each promise of the thread that its tests run on.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Runs a module on a thread, and what it sent first. */
export async function inThread<Result>(module: URL, workerData: unknown): Promise<Result> {
  const worker = new Worker(module, { workerData });
  // SAFETY: each module here sends what its caller asks for; an error of the thread rejects.
  const [result] = (await once(worker, 'message')) as [Result];
  return result;
}
