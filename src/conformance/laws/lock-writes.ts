import assert from 'node:assert/strict';
import { there } from '../assertions.ts';
import { bothFaces, law } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { brief, take } from '../reading.ts';
import { queued } from './queued.ts';

export const lockWriteLaws: readonly Law[] = [
  bothFaces('lock: commit writes the draft and lets go', async (t) => {
    const map = t.words<{ n: number }>();
    const first = await map.set('a', { n: 1 });
    const lock = there(await map.tryLock('a'));
    assert.deepEqual(lock.entry, first);
    there(lock.value).n++;
    const entry = await lock.commit();
    assert.deepEqual(entry.value, { n: 2 });
    assert.ok(entry.version > first.version);
    assert.deepEqual(await map.entry('a'), entry);
    await there(await map.tryLock('a')).release();
  }),

  bothFaces('lock: commit takes a value instead of the draft, and the draft may be assigned', async (t) => {
    const map = t.words();
    await there(await map.tryLock('a')).commit(5);
    assert.equal(await map.get('a'), 5);
    const lock = there(await map.tryLock('a'));
    lock.value = 6;
    assert.equal(lock.value, 6);
    await lock.commit();
    assert.equal(await map.get('a'), 6);
  }),

  bothFaces('lock: save writes and goes on holding', async (t) => {
    const map = t.words();
    const lock = there(await map.tryLock('a', { initial: 0 }));
    for (let n = 1; n <= 3; n++) {
      const entry = await lock.save(n);
      assert.deepEqual(await map.entry('a'), entry);
      assert.deepEqual(lock.entry, entry);
      assert.equal(await map.tryLock('a'), undefined);
    }
    lock.value = 9;
    await lock.save();
    assert.equal(await map.get('a'), 9);
    await lock.release();
    assert.equal(await map.get('a'), 9);
  }),

  bothFaces('lock: release lets go without writing', async (t) => {
    const map = t.words<{ n: number }>();
    const entry = await map.set('a', { n: 1 });
    const lock = there(await map.tryLock('a'));
    there(lock.value).n = 99;
    await lock.release();
    assert.deepEqual(await map.entry('a'), entry);
    await there(await map.tryLock('a')).release();
  }),

  bothFaces('lock: delete removes the entry and lets go', async (t) => {
    const map = t.words();
    await map.set('a', 1);
    assert.equal(await there(await map.tryLock('a')).delete(), true);
    assert.equal(await map.has('a'), false);
    assert.equal(await there(await map.tryLock('a')).delete(), false);
    await there(await map.tryLock('a')).release();
  }),

  bothFaces('lock: writing through it keeps the time to live unless said', async (t) => {
    const map = t.words();
    const { expiresAt } = await map.set('a', 1, { ttlMs: t.ttlMs * 100 });
    await t.advance(1);
    const lock = there(await map.tryLock('a'));
    assert.equal((await lock.save(2)).expiresAt, expiresAt);
    assert.ok(there((await lock.save(3, { ttlMs: t.ttlMs * 900 })).expiresAt) > there(expiresAt));
    assert.equal((await lock.commit(4, { ttlMs: 'never' })).expiresAt, undefined);
  }),

  bothFaces('lock: commits are ordinary changes, in order', async (t) => {
    const map = t.words();
    const watch = await t.watch(t.map());
    const lock = there(await map.tryLock('a'));
    await lock.save(1);
    await lock.save(2);
    await lock.commit(3);
    await there(await map.tryLock('a')).delete();
    assert.deepEqual((await take(watch, 4)).map(brief), [
      'insert a 1',
      'update a 2',
      'update a 3',
      'delete a',
    ]);
  }),

  law('lock: commit answers the version that stands, though somebody waits for the lock', async (t) => {
    const map = t.map();
    const watch = await t.watch(map);
    const first = await map.lock('a');
    const { lock: waiting } = await queued(t);
    const entry = await first.commit(1);
    const second = await waiting;
    assert.deepEqual(await map.entry('a'), entry);
    assert.deepEqual(second.entry, entry);
    assert.ok(second.fence > entry.version);
    assert.deepEqual(await second.save(2), await map.entry('a'));
    await second.release();
    assert.equal(there((await take(watch, 1))[0]).version, entry.version);
  }),

  law('lock: who waited reads what the holder committed, and may create what it deleted', async (t) => {
    const map = t.map();
    const first = await map.lock('a');
    const [second, third] = [map.lock('a'), map.lock('a')];
    await first.commit(1);
    const two = await second;
    assert.equal(two.value, 1);
    await two.delete();
    const three = await third;
    assert.equal(three.entry, undefined);
    assert.equal(three.value, undefined);
    await three.commit(3);
    assert.equal(await map.get('a'), 3);
  }),

  law('lock: a counter kept by lock and commit loses nothing', async (t) => {
    const map = t.map();
    const task = async (): Promise<void> => {
      const lock = await map.lock('a', { initial: 0 });
      await lock.commit(there(lock.value) + 1);
    };
    await Promise.all(Array.from({ length: 40 }, task));
    assert.equal(await map.get('a'), 40);
  }),
];
