import assert from 'node:assert/strict';
import { failsWith, fault, pending, there } from '../assertions.ts';
import { law, manualTime } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { queued, waiters } from './queued.ts';

export const lockWaitingLaws: readonly Law[] = [
  law(
    'lock: waitMs running out is TIMEOUT, naming the holder and how long it has held',
    async (t) => {
      const map = t.map();
      const held = await map.lock('a', { label: 'the-holder' });
      const { lock } = await queued(t, { waitMs: 5_000 });
      await t.advance(4_999);
      assert.ok(await pending(lock));
      await t.advance(1);
      const error = await fault('TIMEOUT', () => lock);
      assert.match(error.message, /the-holder/);
      assert.match(error.message, /5[,_]?000|5 s/);
      await held.release();
      await (await map.lock('a')).release();
    },
    manualTime,
  ),

  law('lock: waitMs 0 does not wait', async (t) => {
    const map = t.map();
    const held = await map.lock('a', { label: 'the-holder' });
    assert.match((await fault('TIMEOUT', () => map.lock('a', { waitMs: 0 }))).message, /the-holder/);
    assert.equal(await map.tryLock('a', { waitMs: 0 }), undefined);
    await held.release();
    await (await map.lock('a', { waitMs: 0 })).release();
  }),

  law(
    'lock: a minute is waited unless said, and for ever when said',
    async (t) => {
      const map = t.map();
      const held = await map.lock('a');
      const { lock } = await queued(t);
      const patient = await queued(t, { waitMs: Infinity });
      await t.advance(59_999);
      assert.ok(await pending(lock));
      await t.advance(1);
      await fault('TIMEOUT', () => lock);
      await t.advance(86_400_000);
      assert.ok(await pending(patient.lock));
      await held.release();
      await (await patient.lock).release();
    },
    manualTime,
  ),

  law('tryLock: waits for as long as it was told', async (t) => {
    const map = t.map();
    const held = await map.lock('a');
    const inTime = map.tryLock('a', { waitMs: 60_000 });
    assert.ok(await pending(inTime));
    await held.release();
    const lock = there(await inTime);
    const late = map.tryLock('a', { waitMs: 30 });
    await t.advance(31);
    assert.equal(await late, undefined);
    await lock.release();
  }),

  law('lock: an abort while waiting rejects with its reason and passes the turn on', async (t) => {
    const map = t.map();
    const held = await map.lock('a');
    const controller = new AbortController();
    const leaving = await queued(t, { signal: controller.signal });
    const staying = await queued(t);
    const reason = new Error('enough');
    controller.abort(reason);
    await failsWith(reason, () => leaving.lock);
    assert.equal(await waiters(t), 1);
    await held.release();
    await (await staying.lock).release();
    await failsWith(reason, () => map.lock('a', { signal: controller.signal }));
    await failsWith(reason, () => map.tryLock('a', { signal: controller.signal }));
  }),

  law(
    'lock: an abort after the lock was taken, and a wait that would have run out, mean nothing',
    async (t) => {
      const map = t.map();
      const controller = new AbortController();
      const held = await map.lock('a');
      const waiting = await queued(t, { signal: controller.signal, waitMs: 500 });
      await held.release();
      const lock = await waiting.lock;
      const behind = await queued(t);
      controller.abort(new Error('late'));
      await t.advance(600);
      assert.equal(await waiters(t), 1);
      assert.equal(lock.lost.aborted, false);
      assert.ok(await pending(behind.lock));
      await lock.commit(1);
      await (await behind.lock).release();
    },
  ),

  law(
    'lock: waiters that gave up in any way never swallow the turn of those behind them',
    async (t) => {
      const map = t.map();
      for (let round = 0; round < 8; round++) {
        const held = await map.lock('a');
        const controller = new AbortController();
        const [one, two] = [
          await queued(t, { signal: controller.signal }),
          await queued(t, { waitMs: 1_000 }),
        ];
        const three = await queued(t);
        // The turn is passed on in the very moment in which the first two leave.
        const steps = [
          () => held.release(),
          async () => controller.abort(new Error('left')),
          () => t.advance(1_000),
        ];
        const order = [0, 1, 2].map((n) => there(steps[(n + round) % 3]));
        await Promise.all((round < 3 ? order : order.toReversed()).map((step) => step()));
        for (const { lock } of [one, two]) await lock.then((mine) => mine.release()).catch(() => undefined);
        await (await three.lock).release();
        assert.deepEqual((await t.store.inspect()).locks, []);
      }
    },
    manualTime,
  ),
];
