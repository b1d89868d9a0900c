// Locks by key: order, cancellation at every moment, and nothing left behind.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StoreError } from '../../src/base/errors.ts';
import { manualClock } from '../../src/conformance/manual-clock.ts';
import type { SyncGrant } from '../../src/contract/core.ts';
import type { LockWait } from '../../src/contract/services.ts';
import { KeyedLocks } from '../../src/parts/keyed-lock.ts';

function begin() {
  const clock = manualClock();
  let fence = 0;
  const locks = new KeyedLocks(clock, () => ++fence);
  return { clock, locks };
}

const request = { label: undefined, leaseMs: 15_000 };
const wait: LockWait = { ...request, waitMs: 60_000, signal: undefined };

/** What a promise came to, as far as it did. */
function watched(promise: Promise<SyncGrant>) {
  const state: { grant?: SyncGrant; error?: unknown } = {};
  promise.then(
    (grant) => (state.grant = grant),
    (error: unknown) => (state.error = error),
  );
  return state;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function assertEmpty(locks: KeyedLocks): void {
  assert.equal(locks.size, 0);
  assert.equal(locks.waiters, 0);
  assert.deepEqual(
    locks.list(() => 'map'),
    [],
  );
}

test('a free lock is taken at once, a busy one is not, and other keys and maps are not concerned', () => {
  const { locks } = begin();
  const grant = locks.tryLock(1, 'a', request);
  assert.ok(grant);
  assert.equal(locks.tryLock(1, 'a', request), undefined);
  assert.ok(locks.tryLock(1, 'b', request));
  assert.ok(locks.tryLock(2, 'a', request));
  assert.ok(locks.holds(1, 'a', grant.fence));
  assert.ok(!locks.holds(2, 'a', grant.fence));
  grant.release();
  assert.ok(!locks.holds(1, 'a', grant.fence));
  const next = locks.tryLock(1, 'a', request);
  assert.ok(next && next.fence > grant.fence);
  grant.release();
  assert.ok(locks.holds(1, 'a', next.fence), 'an old grant let go of a new lock');
});

test('those who wait are served in order', async () => {
  const { locks } = begin();
  const first = await locks.lock(1, 'a', wait);
  const line = [1, 2, 3].map(() => watched(locks.lock(1, 'a', wait)));
  assert.equal(locks.tryLock(1, 'a', request), undefined);
  first.release();
  for (const [i, { grant: before }] of line.entries()) {
    await turn();
    assert.equal(before, undefined);
    assert.deepEqual(
      line.map(({ grant }) => grant !== undefined),
      [0, 1, 2].map((n) => n <= i),
    );
    line[i]?.grant?.release();
  }
  assertEmpty(locks);
});

test('waiting ends with TIMEOUT, which names the key, the holder, its age and how many wait', async () => {
  const { clock, locks } = begin();
  const holder = await locks.lock(1, 'the key', { ...wait, label: 'the holder' });
  await clock.tick(500);
  const patient = watched(locks.lock(1, 'the key', wait));
  const late = watched(locks.lock(1, 'the key', { ...wait, waitMs: 1000 }));
  await clock.tick(999);
  assert.ok(!('error' in late));
  await clock.tick(1);
  assert.ok(late.error instanceof StoreError);
  assert.equal(late.error.code, 'TIMEOUT');
  for (const part of ['"the key"', '"the holder"', '1500 ms', '1000 ms', '1 more waits']) {
    assert.ok(late.error.message.includes(part), `${part} in: ${late.error.message}`);
  }
  await assert.rejects(locks.lock(1, 'the key', { ...wait, waitMs: 0 }), { code: 'TIMEOUT' });
  holder.release();
  await turn();
  patient.grant?.release();
  assertEmpty(locks);
  assert.equal(clock.pending, 0);
});

test('a wait without end has no timer and an abort ends it with its reason', async () => {
  const { clock, locks } = begin();
  const holder = await locks.lock(1, 'a', wait);
  const abort = new AbortController();
  const waiting = watched(locks.lock(1, 'a', { ...wait, waitMs: Infinity, signal: abort.signal }));
  assert.equal(clock.pending, 0);
  abort.abort('enough');
  await turn();
  assert.equal(waiting.error, 'enough');
  assert.equal(locks.waiters, 0);
  const late = watched(locks.lock(1, 'free', { ...wait, signal: abort.signal }));
  await turn();
  assert.equal(late.error, 'enough');
  holder.release();
  assertEmpty(locks);
});

test('a lock is passed on although the next in line cannot have it', async () => {
  let failures = 1;
  let fence = 0;
  const locks = new KeyedLocks(manualClock(), () => {
    if (fence > 0 && failures-- > 0) throw new StoreError('IO', 'no number');
    return ++fence;
  });
  const holder = await locks.lock(1, 'a', wait);
  assert.throws(() => locks.tryLock(1, 'b', request), { code: 'IO' });
  failures = 1;
  const [unlucky, lucky] = [watched(locks.lock(1, 'a', wait)), watched(locks.lock(1, 'a', wait))];
  holder.release();
  await turn();
  assert.equal((unlucky.error as StoreError).code, 'IO');
  assert.ok(lucky.grant);
  lucky.grant.release();
  assertEmpty(locks);
});

test('close refuses all who wait, and every holder hears of its loss once', async () => {
  const { clock, locks } = begin();
  const holder = await locks.lock(1, 'a', wait);
  const free = locks.tryLock(1, 'b', request);
  const waiting = watched(locks.lock(1, 'a', wait));
  const losses: unknown[] = [];
  holder.onLost((reason) => losses.push(reason));
  free?.onLost((reason) => losses.push(reason));
  free?.release();
  assert.equal(holder.lost(), undefined);
  locks.close();
  locks.close();
  assert.equal((holder.lost() as StoreError).code, 'CLOSED');
  await turn();
  assert.equal((waiting.error as StoreError).code, 'CLOSED');
  assert.deepEqual(losses, [holder.lost()]);
  holder.onLost((reason) => losses.push(reason));
  assert.equal(losses.length, 2);
  holder.release();
  assertEmpty(locks);
  assert.equal(clock.pending, 0);
  assert.throws(() => locks.tryLock(1, 'a', request), { code: 'CLOSED' });
  await assert.rejects(locks.lock(1, 'a', wait), { code: 'CLOSED' });
});

test('inspection lists who holds what since when and how many wait', async () => {
  const { clock, locks } = begin();
  const grant = await locks.lock(7, 'a', { ...wait, label: 'who' });
  const [next, last] = [watched(locks.lock(7, 'a', wait)), watched(locks.lock(7, 'a', wait))];
  await clock.tick(250);
  const name = (map: number): string => `map ${map}`;
  const info = { map: 'map 7', key: 'a', fence: grant.fence, label: 'who', ageMs: 250, waiters: 2 };
  assert.deepEqual(locks.list(name), [info]);
  grant.release();
  await turn();
  const { grant: heir } = next;
  assert.deepEqual(locks.list(name), [
    { ...info, fence: heir?.fence, label: undefined, ageMs: 0, waiters: 1 },
  ]);
  assert.equal(locks.waiters, 1);
  heir?.release();
  await turn();
  last.grant?.release();
  assertEmpty(locks);
});

const visitor = fc.record({
  key: fc.constantFrom('a', 'b'),
  waitMs: fc.constantFrom(5, 20, Infinity),
  abort: fc.boolean(),
  /** Lets go by the grant, or by the fence, as an atomic commit does. */
  byFence: fc.boolean(),
});

test('however locks, aborts, timeouts and releases interleave: one holder, in order, and nothing is lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(visitor, { maxLength: 10 }), async (scheduler, visitors) => {
      const { clock, locks } = begin();
      const holding = new Map<string, number>();
      const arrived: Record<string, number[]> = { a: [], b: [] };
      const served: Record<string, number[]> = { a: [], b: [] };
      const visit = async (
        i: number,
        { key, waitMs, abort, byFence }: (typeof visitors)[number],
      ): Promise<void> => {
        await scheduler.schedule(Promise.resolve(), `arrive ${i}`);
        const controller = new AbortController();
        if (abort)
          void scheduler.schedule(Promise.resolve(), `abort ${i}`).then(() => controller.abort(`abort ${i}`));
        arrived[key]?.push(i);
        const grant = await locks
          .lock(1, key, { ...wait, waitMs, signal: controller.signal })
          .catch((error: unknown) => error);
        if (!(grant instanceof Object && 'fence' in grant)) {
          assert.ok(grant === `abort ${i}` || (grant as StoreError).code === 'TIMEOUT', String(grant));
          return;
        }
        const { fence } = grant as SyncGrant;
        assert.equal(holding.get(key), undefined, 'two holders');
        holding.set(key, i);
        served[key]?.push(i);
        await scheduler.schedule(Promise.resolve(), `release ${i}`);
        assert.ok(locks.holds(1, key, fence));
        holding.delete(key);
        if (byFence) locks.release(1, key, fence);
        else (grant as SyncGrant).release();
      };
      const time = async (): Promise<void> => {
        for (let i = 0; i < 4; i++) {
          await scheduler.schedule(Promise.resolve(), 'time');
          await clock.tick(7);
        }
      };
      const done = Promise.all([time(), ...visitors.map((one, i) => visit(i, one))]);
      await scheduler.waitFor(done);
      for (const key of ['a', 'b']) {
        const order = arrived[key]?.filter((i) => served[key]?.includes(i));
        assert.deepEqual(served[key], order);
      }
      assertEmpty(locks);
      assert.equal(clock.pending, 0);
    }),
  );
});
