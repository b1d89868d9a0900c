import assert from 'node:assert/strict';
import { fault, pending, there } from '../assertions.ts';
import { bothFaces, law } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { queued } from './queued.ts';

export const lockQueueLaws: readonly Law[] = [
  law('lock: excludes others until it is let go', async (t) => {
    const map = t.map();
    const held = await map.lock('a');
    const { lock } = await queued(t);
    assert.ok(await pending(lock));
    assert.equal(await map.tryLock('a'), undefined);
    await held.release();
    const next = await lock;
    assert.equal(await map.tryLock('a'), undefined);
    await next.release();
    await there(await map.tryLock('a')).release();
  }),

  law('lock: of one key says nothing about another key or map', async (t) => {
    const map = t.map();
    const held = [await map.lock('a'), await map.lock('b'), await t.map('other').lock('a')];
    for (const lock of held) await lock.release();
  }),

  law('lock: waiters get it in the order in which they came', async (t) => {
    const map = t.map();
    const held = await map.lock('a');
    const order: number[] = [];
    const done: Promise<void>[] = [];
    for (let n = 0; n < 10; n++) {
      const { lock } = await queued(t);
      done.push(
        lock.then(async (mine) => {
          order.push(n);
          await mine.release();
        }),
      );
    }
    await held.release();
    await Promise.all(done);
    assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  }),

  law('lock: many tasks in and out of one lock are never inside together', async (t) => {
    const map = t.map();
    let inside = 0;
    let entered = 0;
    const task = async (): Promise<void> => {
      for (let n = 0; n < 5; n++) {
        const lock = await map.lock('a');
        assert.equal(++inside, 1);
        entered++;
        await map.get('a');
        inside--;
        await lock.release();
      }
    };
    await Promise.all(Array.from({ length: 20 }, task));
    assert.equal(entered, 100);
  }),

  law(
    'lock: is of the key, not of the entry: drop, clear and delete leave holder and line alone',
    async (t) => {
      const map = t.map();
      for (const end of [() => map.drop(), () => map.clear(), () => map.delete('a')]) {
        await map.set('a', 1);
        const [held, absent] = [await map.lock('a'), await map.lock('b')];
        const { lock } = await queued(t);
        await end();
        assert.ok(await pending(lock), 'whoever waits goes on waiting');
        assert.equal(await map.tryLock('a'), undefined, 'it is still held');
        assert.equal(held.lost.aborted, false);
        await fault('CONFLICT', () => held.commit(2));
        const next = await lock;
        assert.equal(next.entry, undefined);
        assert.ok(next.fence > held.fence);
        await next.commit(3);
        assert.equal((await absent.commit(4)).value, 4, 'nothing stood, and nothing stands');
        assert.deepEqual(await map.getMany(['a', 'b']), [3, 4]);
        await map.clear();
      }
      assert.deepEqual((await t.store.inspect()).locks, []);
    },
  ),

  law('lock: the fence is a version that grows with every holder', async (t) => {
    const map = t.map();
    let last = (await map.set('a', 1)).version;
    for (let n = 0; n < 5; n++) {
      const lock = await map.lock('a');
      assert.ok(Number.isSafeInteger(lock.fence) && lock.fence > last, `${lock.fence} after ${last}`);
      last = lock.fence;
      if (n % 2) await lock.commit(n);
      else await lock.release();
    }
  }),

  bothFaces('tryLock: gives the lock when it is free, undefined when it is not', async (t) => {
    const map = t.words();
    const lock = there(await map.tryLock('a'));
    assert.equal(lock.key, 'a');
    assert.equal(await map.tryLock('a'), undefined);
    await lock.release();
    await lock.release();
    await there(await map.tryLock('a')).release();
  }),

  law(
    'lock: both faces take the same lock',
    async (t) => {
      const map = t.map();
      if (map.sync === undefined) return;
      const held = await map.lock('a');
      assert.equal(map.sync.tryLock('a'), undefined);
      await held.release();
      const lock = there(map.sync.tryLock('a'));
      const { lock: waiting } = await queued(t);
      assert.ok(await pending(waiting));
      lock.release();
      await (await waiting).release();
    },
    (t) => (t.supports.sync ? undefined : 'supports.sync is false'),
  ),
];
