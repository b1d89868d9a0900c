// Workers that are ended in the middle of their work, and what is left of the store afterwards.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setImmediate as immediate } from 'node:timers/promises';
import { open } from 'samemap';
import { type SharedHandle, sharedEngine } from 'samemap/shared';
import type { Audit } from '../../../src/engines/shared/audit.ts';
import type { Local } from '../../../src/engines/shared/local.ts';
import { auditOf, dice, startWorker } from './fixture.ts';
import { reap } from '../../../src/engines/shared/threads.ts';
import { localOf } from './local.ts';

/** Ends so many workers at random moments; after each the store is whole, and nothing in it is torn. */
export async function killWorkers(count: number, seed: number): Promise<void> {
  const roll = dice(seed);
  const engine = sharedEngine({ capacityBytes: 2 ** 22 });
  const { handle } = engine;
  const store = await open(engine);
  const map = store.map<unknown>('m');
  const local = localOf(handle);
  for (let n = 0; n < count; n++) {
    const worker = startWorker({ job: 'churn', handle, seed: seed + n, operations: -1, watch: n % 4 === 0 });
    await once(worker, 'message');
    // A busy loop, so that the moment is not that of a timer of this thread.
    for (const until = performance.now() + roll(4_000) / 1_000; performance.now() < until;);
    await worker.terminate();
    const { problems, arenaWords, freeWords, usedWords } = await afterReaping(local, handle);
    assert.deepEqual(problems, [], `after ${n + 1} deaths of seed ${seed}`);
    assert.equal(usedWords + freeWords, arenaWords);
    for (const value of map.sync.values()) checkWhole(value);
    assert.deepEqual((await store.inspect()).locks, []);
  }
  local.m.me = 0;
  await store.close();
}

/** Recovers what the dead held. The system goes on listing a thread for some milliseconds after its end. */
async function afterReaping(local: Local, handle: SharedHandle): Promise<Audit> {
  for (const until = performance.now() + 5_000; ;) {
    reap(local);
    const found = auditOf(handle);
    if (found.problems.length === 0 || performance.now() > until) return found;
    await immediate();
  }
}

/** A value that no writer wrote is torn. */
function checkWhole(value: unknown): void {
  if (typeof value === 'number') return;
  const { from, text, n } = value as { from: number; text: string; n: number };
  assert.equal(typeof from, 'number');
  assert.equal(typeof n, 'number');
  assert.equal(text, 'x'.repeat(text.length));
}
