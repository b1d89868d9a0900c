// Histories of several threads, and whether they are linearizable.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { checkHistory } from 'samemap/conformance';
import { sharedEngine } from 'samemap/shared';
import type { HistoryOperation } from '../../../src/conformance/history.ts';
import { auditOf } from './fixture.ts';
import type { Historian } from './historian.ts';

/** About how many operations are in memory at a time: histories are checked in slices, each of a store of its own. */
const SLICE = 150_000;

/**
 * Lets two to four threads in turn work on one store and checks what they were told, until there are so many operations.
 *
 * @returns how many there were
 */
export async function checkHistories(operations: number, seed: number): Promise<number> {
  let done = 0;
  for (let round = 0; done < operations; round++) {
    const threads = 2 + (round % 3);
    const each = Math.ceil(Math.min(SLICE, operations - done) / threads);
    done += await checkSlice(threads, each, seed + round * 10);
  }
  return done;
}

async function checkSlice(threads: number, operations: number, seed: number): Promise<number> {
  const engine = sharedEngine({ capacityBytes: 2 ** 20 });
  const { handle } = engine;
  const places = new SharedArrayBuffer(4);
  const told = await Promise.all(
    Array.from({ length: threads }, (_, i) => historian({ handle, seed: seed + i, operations, places })),
  );
  const all = told.flat();
  const violations = checkHistory(all);
  assert.deepEqual(violations.slice(0, 2), [], `seed ${seed}`);
  assert.deepEqual(auditOf(handle).problems, []);
  await engine.close();
  return all.length;
}

async function historian(task: Historian): Promise<HistoryOperation[]> {
  const worker = new Worker(new URL('./historian.js', import.meta.url), { workerData: task, execArgv: [] });
  const [[operations]] = (await Promise.all([once(worker, 'message'), once(worker, 'exit')])) as [
    [HistoryOperation[]],
    unknown,
  ];
  return operations;
}
