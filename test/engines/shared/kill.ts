// Workers that are ended in the middle of their work, and what is left of the store afterwards.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setImmediate as immediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { bytes, open } from 'samemap';
import { sharedEngine } from 'samemap/shared';
import { T_STATE, UNUSED } from '../../../src/engines/shared/layout.ts';
import { type Memory, threadAt } from '../../../src/engines/shared/memory.ts';
import { reap } from '../../../src/engines/shared/threads.ts';
import type { Churn } from './churner.ts';
import { dice } from '../../../src/conformance/assertions.ts';
import { auditOf } from './fixture.ts';
import { localOf } from './local.ts';

/**
 * Ends so many workers at random moments, in a store that is watched or in one that is not; after each the store is
 * whole, and nothing in it is torn.
 */
export async function killWorkers(count: number, seed: number, watched: boolean): Promise<void> {
  const roll = dice(seed);
  const engine = sharedEngine({ capacityBytes: 2 ** 22 });
  const { handle } = engine;
  const store = await open(engine);
  const map = store.map('m', { codec: bytes() });
  const watch = watched ? map.watch() : undefined;
  await watch?.ready;
  const local = localOf(handle);
  const own = records(local.m);
  // The next one loads while the one before it works.
  let next = started({ handle, seed });
  for (let n = 0; n < count; n++) {
    const worker = await next;
    if (n + 1 < count) next = started({ handle, seed: seed + n + 1 });
    const begun = once(worker, 'message');
    worker.postMessage('begin');
    await begun;
    // A busy loop, so that the moment is not that of a timer of this thread.
    for (const until = performance.now() + roll(4_000) / 1_000; performance.now() < until;);
    await worker.terminate();
    // The system goes on listing a thread for some milliseconds after its end.
    for (const until = performance.now() + 5_000; records(local.m) > own && performance.now() < until;) {
      await immediate();
      reap(local);
    }
    const { problems, arenaWords, freeWords, usedWords } = auditOf(handle);
    assert.deepEqual(problems, [], `after ${n + 1} deaths of seed ${seed}`);
    assert.equal(usedWords + freeWords, arenaWords);
    for (const value of map.sync.values()) {
      assert.ok(
        value.every((byte) => byte === value[0]),
        `torn after ${n + 1} deaths of seed ${seed}`,
      );
    }
    assert.deepEqual((await store.inspect()).locks, []);
  }
  await watch?.close();
  local.m.me = 0;
  await store.close();
}

/** Starts a worker that has loaded, and has not begun. */
async function started(churn: Churn): Promise<Worker> {
  // Without what this process was told to do with the code it loads: source maps cost more than the code.
  const worker = new Worker(new URL('./churner.js', import.meta.url), { workerData: churn, execArgv: [] });
  await once(worker, 'message');
  return worker;
}

/** How many records of threads are in use. */
function records(m: Memory): number {
  let used = 0;
  for (let owner = 1; owner <= m.layout.threads; owner++) {
    if (Atomics.load(m.words, threadAt(m, owner) + T_STATE) !== UNUSED) used++;
  }
  return used;
}
