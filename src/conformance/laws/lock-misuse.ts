import assert from 'node:assert/strict';
import { fault, mistake, there, wrong } from '../assertions.ts';
import { bothFaces, law, manualTime } from '../fixture.ts';
import type { Law } from '../fixture.ts';

export const lockMisuseLaws: readonly Law[] = [
  bothFaces('lock: after it was let go every word is CLOSED, and release does nothing', async (t) => {
    const map = t.words();
    await map.set('a', 1);
    const ways = [
      (lock: { release(): Promise<void> }) => lock.release(),
      (lock: { commit(value: number): Promise<unknown> }) => lock.commit(2),
      (lock: { delete(): Promise<boolean> }) => lock.delete(),
    ];
    for (const letGo of ways) {
      const lock = there(await map.tryLock('a'));
      const { fence } = lock;
      await letGo(lock);
      await fault('CLOSED', () => lock.commit(3));
      await fault('CLOSED', () => lock.save(3));
      await fault('CLOSED', () => lock.delete());
      await fault('CLOSED', () => lock.refresh());
      await fault('CLOSED', () => lock.value);
      await fault('CLOSED', () => lock.entry);
      await fault('CLOSED', () => {
        lock.value = 3;
      });
      assert.equal(lock.key, 'a');
      assert.equal(lock.fence, fence, 'who held it can still be told');
      assert.equal(lock.lost.aborted, false, 'letting go is no loss');
      await lock.release();
    }
    assert.equal(await map.has('a'), false);
  }),

  bothFaces('lock: a late use of a lock that was let go does not touch the next holder', async (t) => {
    const map = t.words();
    const old = there(await map.tryLock('a'));
    await old.release();
    const next = there(await map.tryLock('a'));
    await old.release();
    await fault('CLOSED', () => old.commit(1));
    assert.equal(await map.tryLock('a'), undefined, 'the next holder still holds it');
    await next.commit(2);
    assert.equal(await map.get('a'), 2);
  }),

  law(
    'lock: leaseMs is no cap on holding',
    async (t) => {
      const map = t.map();
      const lock = await map.lock('a', { leaseMs: 1_000 });
      await t.advance(3_600_000);
      assert.equal(lock.lost.aborted, false);
      assert.equal(await map.tryLock('a'), undefined);
      await lock.commit(1);
    },
    manualTime,
  ),

  bothFaces('lock: initial is made at once: a promise is refused, and the lock is kept', async (t) => {
    const map = t.words<unknown>();
    await mistake(/initial.*promise/, () => map.tryLock('a', { initial: Promise.resolve(1) }));
    const lock = there(await map.tryLock('a', { initial: () => Promise.reject(new Error('late')) }));
    await mistake(/initial.*promise/, () => lock.value);
    await mistake(/initial.*promise/, () => lock.commit());
    assert.equal(await map.tryLock('a'), undefined, 'still held');
    await lock.commit(1);
    assert.equal(await map.get('a'), 1);
  }),

  bothFaces('lock: bad options and keys are refused and nothing is held', async (t) => {
    const map = t.words();
    await mistake('bogus', () => map.tryLock('a', wrong({ bogus: 1 })));
    await mistake('label', () => map.tryLock('a', wrong({ label: 5 })));
    for (const leaseMs of [-1, 0, Number.NaN, '5']) {
      await mistake('leaseMs', () => map.tryLock('a', wrong({ leaseMs })));
    }
    await mistake('key', () => map.tryLock(''));
    if (t.face === 'async') {
      const waiting = t.map();
      for (const waitMs of [-1, Number.NaN, '5']) {
        await mistake('waitMs', () => waiting.lock('a', wrong({ waitMs })));
        await mistake('waitMs', () => waiting.tryLock('a', wrong({ waitMs })));
      }
      await mistake('signal', () => waiting.lock('a', wrong({ signal: 'stop' })));
    }
    assert.deepEqual((await t.store.inspect()).locks, []);
  }),
];
