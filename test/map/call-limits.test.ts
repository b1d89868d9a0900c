// Signals and deadlines of calls on an engine that answers later.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { deferred } from '../../src/base/deferred.ts';
import type { Deferred } from '../../src/base/deferred.ts';
import { asynchronous } from '../../src/conformance/asynchronous.ts';
import { manualClock } from '../../src/conformance/manual-clock.ts';
import type { ManualClock } from '../../src/conformance/manual-clock.ts';
import type { AsyncEngine } from '../../src/contract/engine.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { open } from '../../src/index.ts';
import type { Store, VersionedMap } from '../../src/index.ts';

type Word = 'get' | 'write' | 'commit';

/** A far engine that holds back the answers to one word, which it carries out all the same. */
interface Far {
  readonly clock: ManualClock;
  readonly store: Store;
  readonly map: VersionedMap<number>;
  readonly hold: (word: Word) => Deferred<void>;
}

async function far(): Promise<Far> {
  const clock = manualClock();
  const inner = asynchronous(memoryEngine({}, { clock }), async () => undefined);
  const held = new Map<Word, Promise<void>>();
  const after = async <T>(word: Word, answer: Promise<T>): Promise<T> => {
    const result = await answer;
    await held.get(word);
    return result;
  };
  const engine: AsyncEngine = {
    ...inner,
    lineage: inner.lineage,
    core: {
      ...inner.core,
      get: (...given) => after('get', inner.core.get(...given)),
      write: (...given) => after('write', inner.core.write(...given)),
      commit: (...given) => after('commit', inner.core.commit(...given)),
    },
  };
  const store = await open(engine);
  const map = store.map<number>('m');
  await map.set('a', 1);
  const hold = (word: Word): Deferred<void> => {
    const gate = deferred<void>();
    held.set(word, gate.promise);
    return gate;
  };
  return { clock, store, map, hold };
}

async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await turn();
}

test('a deadline that runs out over a read is TIMEOUT: nothing was written', async () => {
  const { clock, store, map, hold } = await far();
  const gate = hold('get');
  for (const call of [
    () => map.get('a', { deadlineMs: 50 }),
    () => map.update('a', () => 2, { deadlineMs: 50 }),
  ]) {
    const late = assert.rejects(call(), { code: 'TIMEOUT' });
    await turns();
    await clock.tick(50);
    await late;
  }
  gate.resolve();
  await turns();
  assert.equal(await map.get('a'), 1, 'the update was given up');
  await store.close();
});

test('a deadline that runs out over a write that was sent is UNKNOWN_OUTCOME', async () => {
  const { clock, store, map, hold } = await far();
  const gates = [hold('write'), hold('commit')];
  const calls = [
    () => map.set('a', 2, { deadlineMs: 50 }),
    () => map.delete('b', { deadlineMs: 50 }),
    () =>
      map.setMany(
        [
          ['c', 1],
          ['d', 1],
        ],
        { deadlineMs: 50 },
      ),
  ];
  for (const call of calls) {
    const late = assert.rejects(call(), { code: 'UNKNOWN_OUTCOME' });
    await turns();
    await clock.tick(50);
    await late;
  }
  for (const gate of gates) gate.resolve();
  await turns();
  assert.deepEqual(await map.getMany(['a', 'c', 'd']), [2, 1, 1]);
  await store.close();
});

test('a deadline after a write that was refused is TIMEOUT', async () => {
  const { clock, store, map, hold } = await far();
  const first = hold('get');
  const late = assert.rejects(map.swap('a', 9, { deadlineMs: 50 }), { code: 'TIMEOUT' });
  await turns();
  await map.set('a', 5);
  const second = hold('get');
  first.resolve();
  await turns();
  await clock.tick(50);
  await late;
  second.resolve();
  await turns();
  assert.equal(await map.get('a'), 5);
  await store.close();
});

test('an abort rejects with its reason at once; what was not begun is not begun', async () => {
  const { store, map, hold } = await far();
  const gate = hold('get');
  const controller = new AbortController();
  const reason = new Error('enough');
  const { signal } = controller;
  const update = assert.rejects(
    map.update('a', () => 2, { signal }),
    reason,
  );
  const queued = assert.rejects(
    map.update('a', () => 3, { signal }),
    reason,
  );
  const taken = assert.rejects(map.take('a', { signal }), reason);
  await turns();
  controller.abort(reason);
  await Promise.all([update, queued, taken]);
  gate.resolve();
  await turns();
  assert.equal(await map.get('a'), 1);
  await store.close();
});

test('an aborted lock commit lets go all the same', async () => {
  const { store, map, hold } = await far();
  const lock = await map.lock('a');
  const reason = new Error('enough');
  await assert.rejects(lock.commit(2, { signal: AbortSignal.abort(reason) }), reason);
  await turns();
  assert.equal(await map.get('a'), 1);
  const next = await map.tryLock('a');
  assert.ok(next, 'the lock is free');
  const gate = hold('commit');
  const controller = new AbortController();
  const aborted = assert.rejects(next.commit(3, { signal: controller.signal }), reason);
  await turns();
  controller.abort(reason);
  await aborted;
  gate.resolve();
  await turns();
  assert.equal(await map.get('a'), 3, 'what was accepted goes on');
  assert.ok(await map.tryLock('a'));
  await store.close();
});

test('a saved draft with a deadline that ran out keeps the lock', async () => {
  const { clock, store, map, hold } = await far();
  const lock = await map.lock('a');
  const gate = hold('commit');
  const late = assert.rejects(lock.save(2, { deadlineMs: 10 }), { code: 'UNKNOWN_OUTCOME' });
  await turns();
  await clock.tick(10);
  await late;
  gate.resolve();
  await turns();
  assert.equal(await map.tryLock('a'), undefined);
  assert.equal((await lock.refresh())?.value, 2);
  await lock.commit(3);
  assert.equal(await map.get('a'), 3);
  await store.close();
});

test('getOrInsertComputed: a caller that left while it read loads nothing', async () => {
  const { store, map, hold } = await far();
  const gate = hold('get');
  const controller = new AbortController();
  const reason = new Error('enough');
  let loads = 0;
  const load = (): number => ++loads;
  const left = assert.rejects(map.getOrInsertComputed('x', load, { signal: controller.signal }), reason);
  await turns();
  controller.abort(reason);
  await left;
  gate.resolve();
  await turns();
  assert.equal(loads, 0);
  assert.equal(await map.getOrInsertComputed('x', load), 1);
  await store.close();
});
