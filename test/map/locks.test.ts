// Handles of locks: what the shared law does not reach.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { asynchronous } from '../../src/conformance/asynchronous.ts';
import { faulty } from '../../src/conformance/faulty.ts';
import { manualClock } from '../../src/conformance/manual-clock.ts';
import type { SyncGrant } from '../../src/contract/core.ts';
import type { Engine, SyncEngine } from '../../src/contract/engine.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { memoryMap, open, StoreError } from '../../src/index.ts';

/** An engine whose locks can be lost: `lose` takes them from all who hold one. */
function losing(engine: SyncEngine): { engine: SyncEngine; lose: () => void } {
  const held = new Set<{ lost: Error | undefined; tell: ((reason: Error) => void)[] }>();
  const watched = (grant: SyncGrant): SyncGrant => {
    const state = { lost: undefined as Error | undefined, tell: [] as ((reason: Error) => void)[] };
    held.add(state);
    return {
      fence: grant.fence,
      lost: () => state.lost,
      onLost: (listener) =>
        void (state.lost === undefined ? state.tell.push(listener) : listener(state.lost)),
      release: () => grant.release(),
    };
  };
  const { core } = engine;
  const losable: SyncEngine = {
    ...engine,
    lineage: engine.lineage,
    core: {
      ...core,
      tryLock: (...given) => {
        const grant = core.tryLock(...given);
        return grant && watched(grant);
      },
    },
  };
  const lose = (): void => {
    for (const state of held) {
      state.lost = new StoreError('LOCK_LOST', 'the lease ran out');
      for (const listener of state.tell.splice(0)) listener(state.lost);
    }
  };
  return { engine: losable, lose };
}

test('a lost lock: lost aborts, every write is LOCK_LOST and changes nothing', async () => {
  const { engine, lose } = losing(memoryEngine());
  const store = await open(engine);
  const map = store.map<number>('m');
  await map.set('a', 1);
  const lock = await map.lock('a');
  const early = lock.lost;
  assert.equal(early.aborted, false);
  assert.equal(lock.lost, early);
  lose();
  assert.equal((early.reason as StoreError).code, 'LOCK_LOST');
  await assert.rejects(lock.refresh(), { code: 'LOCK_LOST' });
  await assert.rejects(lock.save(2), { code: 'LOCK_LOST' });
  await assert.rejects(lock.save(2), { code: 'LOCK_LOST' }, 'save never lets go');
  await assert.rejects(lock.commit(2), { code: 'LOCK_LOST' });
  await assert.rejects(lock.commit(2), { code: 'CLOSED' });
  await lock.release();
  const late = await map.lock('a');
  lose();
  assert.equal(late.lost.aborted, true, 'made after the loss');
  await assert.rejects(late.delete(), { code: 'LOCK_LOST' });
  assert.equal(await map.get('a'), 1);
  await store.close();
});

test('a fault of the commit lets go, a fault of the save does not', async () => {
  for (const wrap of [(engine: SyncEngine): Engine => engine, asynchronous]) {
    const { engine, inject } = faulty(wrap(memoryEngine()));
    const store = await open(engine);
    const map = store.map<number>('m');
    const lock = await map.lock('a');
    inject({ word: 'commit', code: 'IO' });
    await assert.rejects(lock.save(1), { code: 'IO' });
    assert.equal(await map.tryLock('a'), undefined);
    inject({ word: 'commit', code: 'IO' });
    await assert.rejects(lock.commit(1), { code: 'IO' });
    const next = await map.tryLock('a');
    assert.ok(next, 'the lock is free');
    await next.release();
    assert.equal(await map.has('a'), false);
    await store.close();
  }
});

test('a fault of the first read leaves no lock behind', async () => {
  for (const wrap of [(engine: SyncEngine): Engine => engine, asynchronous]) {
    const { engine, inject } = faulty(wrap(memoryEngine()));
    const store = await open(engine);
    const map = store.map<number>('m');
    await map.set('a', 1);
    inject({ word: 'get', code: 'IO' });
    await assert.rejects(map.lock('a'), { code: 'IO' });
    if (map.sync !== undefined) {
      inject({ word: 'get', code: 'IO' });
      assert.throws(() => map.sync?.tryLock('a'), { code: 'IO' });
    }
    inject({ word: 'get', nth: 2, code: 'IO' });
    await assert.rejects(map.lockMany(['a', 'b']), { code: 'IO' });
    assert.deepEqual((await store.inspect()).locks, []);
    await store.close();
  }
});

test('two commits at once: one is carried out, the other is CLOSED', async () => {
  const store = await open(asynchronous(memoryEngine()));
  const map = store.map<number>('m');
  const lock = await map.lock('a');
  const results = await Promise.allSettled([lock.commit(1), lock.commit(2), lock.delete(), lock.release()]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
  );
  assert.equal(await map.get('a'), 1);
  assert.ok(await map.tryLock('a'));
  await store.close();
});

test('lockMany: waitMs is for all of them together', async () => {
  const clock = manualClock();
  const store = await open('memory:', { clock });
  const map = store.map<number>('m');
  const first = await map.lock('a');
  const second = await map.lock('b');
  const late = assert.rejects(map.lockMany(['b', 'a'], { waitMs: 100 }), { code: 'TIMEOUT' });
  await clock.tick(60);
  await first.release();
  await clock.tick(40);
  await late;
  assert.deepEqual(
    (await store.inspect()).locks.map(({ key }) => key),
    ['b'],
    'what was taken is let go',
  );
  await second.release();
  await store.close();
});

test('lockMany: one lock for a key named twice, by the key asked for, let go in reverse', async () => {
  const released: string[] = [];
  const engine = memoryEngine();
  const { core } = engine;
  const store = await open({
    ...engine,
    lineage: engine.lineage,
    core: {
      ...core,
      tryLock: (id, key, request) => {
        const grant = core.tryLock(id, key, request);
        return (
          grant && {
            fence: grant.fence,
            lost: () => grant.lost(),
            onLost: (listener) => grant.onLost(listener),
            release: () => {
              released.push(key);
              grant.release();
            },
          }
        );
      },
    },
  });
  const map = store.map<number>('m');
  const locks = await map.lockMany(['b', '\u{1f600}', '\uffff', 'a', 'b']);
  assert.deepEqual(
    locks.all.map(({ key }) => key),
    ['a', 'b', '\uffff', '\u{1f600}'],
  );
  assert.equal(locks.get('b'), locks.all[1]);
  assert.throws(() => locks.get('c'), RangeError);
  await locks.get('a').save(1);
  await locks[Symbol.asyncDispose]();
  assert.deepEqual(released, ['\u{1f600}', '\uffff', 'b', 'a']);
  await locks.release();
  assert.equal(released.length, 4);
  await store.close();
});

test('withLock: gives the result, lets go whatever happens, tells the failure of the work', async () => {
  const store = await open('memory:');
  const map = store.map<number>('m');
  const twice = await map.withLock('a', (lock) => {
    lock.value = 21;
    return lock.commit().then(({ value }) => value * 2);
  });
  assert.equal(twice, 42);
  await assert.rejects(
    map.withLock('a', async (lock) => {
      lock.value = 5;
      await turn();
      throw new Error('no');
    }),
    /no/,
  );
  assert.equal(await map.get('a'), 21);
  assert.deepEqual((await store.inspect()).locks, []);
  await assert.rejects(map.withLock('a', 5 as never), /function/);
  await store.close();
});

test('drafts: of references are copies; what cannot be copied can be assigned', () => {
  const map = memoryMap<{ n: number; f?: () => number }>();
  map.set('a', { n: 1 });
  const lock = map.tryLock('a');
  assert.ok(lock?.value);
  lock.value.n = 2;
  assert.equal(map.get('a')?.n, 1);
  assert.equal(lock.save().value.n, 2);
  assert.equal(map.get('a')?.n, 2);
  lock.release();
  map.set('b', { n: 1, f: () => 1 });
  const other = map.tryLock('b');
  assert.throws(() => other?.value, { code: 'CODEC' });
  assert.equal(other?.commit({ n: 3 }).value.n, 3);
});

test('drafts: an initial object is copied for each lock, a function is asked once', () => {
  const map = memoryMap<{ n: number }>();
  const initial = { n: 0 };
  for (let i = 0; i < 2; i++) {
    const lock = map.tryLock('a', { initial });
    assert.ok(lock?.value);
    lock.value.n++;
    assert.equal(lock.value.n, 1);
    lock.release();
  }
  assert.equal(initial.n, 0);
  let asked = 0;
  const lock = map.tryLock('a', { initial: () => ({ n: ++asked }) });
  assert.equal(lock?.value?.n, 1);
  assert.equal(lock?.value?.n, 1);
  assert.equal(lock?.entry, undefined);
  assert.equal(lock?.commit().value.n, 1);
});

test('after save with a value the draft is a copy of that value', () => {
  const map = memoryMap<{ n: number }>();
  const lock = map.tryLock('a', { initial: { n: 0 } });
  assert.ok(lock?.value);
  lock.value.n = 5;
  const saved = lock.save({ n: 7 });
  assert.deepEqual(lock.entry, saved);
  assert.equal(lock.value.n, 7);
  lock[Symbol.dispose]();
  lock.release();
  assert.throws(() => lock.save(), { code: 'CLOSED' });
});
