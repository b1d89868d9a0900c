import assert from 'node:assert/strict';
import { eventually, failsWith, fault, mistake, pending, there, wrong } from '../assertions.ts';
import { law, manualTime } from '../fixture.ts';
import type { Law } from '../fixture.ts';

export const lockManyLaws: readonly Law[] = [
  law('lockMany: holds all of the keys, and lets go of all', async (t) => {
    const map = t.map();
    const locks = await map.lockMany(['b', 'a', 'c']);
    assert.equal(locks.all.length, 3);
    for (const key of ['a', 'b', 'c']) {
      assert.equal(locks.get(key).key, key);
      assert.equal(await map.tryLock(key), undefined);
    }
    await locks.get('a').save(1);
    await locks.get('b').commit(2);
    await there(await map.tryLock('b')).release();
    await locks.release();
    await locks.release();
    assert.deepEqual(await map.getMany(['a', 'b', 'c']), [1, 2, undefined]);
    assert.deepEqual((await t.store.inspect()).locks, []);
    await (await map.lockMany(['a']))[Symbol.asyncDispose]();
    assert.deepEqual((await t.store.inspect()).locks, []);
  }),

  law('lockMany: two who take the same keys in opposite orders do not wait for each other', async (t) => {
    const map = t.map();
    const task = async (keys: readonly string[]): Promise<void> => {
      for (let n = 0; n < 15; n++) {
        const locks = await map.lockMany(keys);
        for (const key of keys) await locks.get(key).save(n);
        await locks.release();
      }
    };
    await Promise.all([
      task(['a', 'b', 'c']),
      task(['c', 'b', 'a']),
      task(['b', 'c', 'a']),
      task(['c', 'a']),
    ]);
    assert.deepEqual((await t.store.inspect()).locks, []);
  }),

  law('lockMany: a key that comes twice is locked once; none is fine', async (t) => {
    const map = t.map();
    const locks = await map.lockMany(['a', 'b', 'a'], { waitMs: 0 });
    assert.equal(locks.all.length, 2);
    await locks.release();
    const none = await map.lockMany([]);
    assert.deepEqual(none.all, []);
    await none.release();
  }),

  law('lockMany: another key is a RangeError', async (t) => {
    const locks = await t.map().lockMany(['a']);
    assert.throws(() => locks.get('b'), RangeError);
    await locks.release();
  }),

  law('lockMany: a wait that runs out lets go of what it had', async (t) => {
    const map = t.map();
    const held = await map.lock('c', { label: 'the-holder' });
    assert.match(
      (await fault('TIMEOUT', () => map.lockMany(['a', 'b', 'c'], { waitMs: 0 }))).message,
      /the-holder/,
    );
    for (const key of ['a', 'b']) await there(await map.tryLock(key)).release();
    await held.release();
  }),

  law(
    'lockMany: waitMs is for all of them together',
    async (t) => {
      const map = t.map();
      const [a, b] = [await map.lock('a'), await map.lock('b')];
      const waiting = map.lockMany(['a', 'b'], { waitMs: 1_000 });
      const failed = fault('TIMEOUT', () => waiting);
      await t.advance(600);
      await a.release();
      assert.ok(await pending(waiting));
      await t.advance(400);
      await failed;
      await there(await map.tryLock('a')).release();
      await b.release();
    },
    manualTime,
  ),

  law('lockMany: an abort lets go of what it had', async (t) => {
    const map = t.map();
    const held = await map.lock('b');
    const controller = new AbortController();
    const waiting = map.lockMany(['a', 'b', 'c'], { signal: controller.signal });
    waiting.catch(() => undefined);
    await eventually('it waits', async () =>
      (await t.store.inspect()).locks.some(({ waiters }) => waiters > 0),
    );
    const reason = new Error('enough');
    controller.abort(reason);
    await failsWith(reason, () => waiting);
    for (const key of ['a', 'c']) await there(await map.tryLock(key)).release();
    await held.release();
  }),

  law('lockMany: bad keys are found before anything is held', async (t) => {
    const map = t.map();
    await mistake('key', () => map.lockMany(['a', '']));
    await mistake('key', () => map.lockMany(['a', wrong(5)]));
    await mistake(/iterable|keys/, () => map.lockMany(wrong(5)));
    await mistake('bogus', () => map.lockMany(['a'], wrong({ bogus: 1 })));
    assert.deepEqual((await t.store.inspect()).locks, []);
  }),
];
