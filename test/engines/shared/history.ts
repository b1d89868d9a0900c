// Histories of several threads, and whether they are linearizable.
import assert from 'node:assert/strict';
import { checkHistory } from 'samemap/conformance';
import { sharedEngine } from 'samemap/shared';
import type { HistoryOperation } from '../../../src/conformance/history.ts';
import { auditOf, runWorker } from './fixture.ts';

/** Lets some threads work on one store and checks what they were told; how many operations there were. */
export async function checkThreads(threads: number, operations: number, seed: number): Promise<number> {
  const engine = sharedEngine({ capacityBytes: 2 ** 20 });
  const { handle } = engine;
  const places = new SharedArrayBuffer(4);
  const told = await Promise.all(
    Array.from({ length: threads }, (_, i) =>
      runWorker({ job: 'history', handle, seed: seed + i, operations, places }),
    ),
  );
  const all = (told as HistoryOperation[][]).flat();
  const violations = checkHistory(all);
  assert.deepEqual(violations.slice(0, 2), [], `seed ${seed}`);
  assert.deepEqual(auditOf(handle).problems, []);
  await engine.close();
  return all.length;
}
