import assert from 'node:assert/strict';
import { failsWith, fault, mistake, there, turns } from '../assertions.ts';
import { bothFaces, law } from '../fixture.ts';
import type { Law } from '../fixture.ts';

export const lockDraftLaws: readonly Law[] = [
  bothFaces('lock: the draft is private until it is written', async (t) => {
    const map = t.words<{ list: number[] }>();
    await map.set('a', { list: [1] });
    const lock = there(await map.tryLock('a'));
    there(lock.value).list.push(2);
    assert.equal(lock.value, lock.value, 'one draft');
    assert.deepEqual(there(lock.entry).value, { list: [1] }, 'the entry is not the draft');
    assert.deepEqual(await map.get('a'), { list: [1] });
    await lock.save();
    assert.deepEqual(await map.get('a'), { list: [1, 2] });
    there(lock.value).list.push(3);
    assert.deepEqual(await map.get('a'), { list: [1, 2] });
    await lock.release();
    assert.deepEqual(await map.get('a'), { list: [1, 2] });
  }),

  bothFaces('lock: of an absent key the draft is initial, a value or what a function makes', async (t) => {
    const map = t.words<{ n: number }>();
    const given = { n: 1 };
    const plain = there(await map.tryLock('a', { initial: given }));
    assert.equal(plain.entry, undefined);
    assert.deepEqual(plain.value, { n: 1 });
    there(plain.value).n = 99;
    assert.deepEqual(given, { n: 1 }, 'the draft is private');
    await plain.release();
    assert.equal(await map.has('a'), false, 'initial alone writes nothing');
    let made = 0;
    const initial = (): { n: number } => ({ n: ++made });
    const lazy = there(await map.tryLock('a', { initial }));
    assert.deepEqual(lazy.value, { n: 1 });
    assert.deepEqual(lazy.value, { n: 1 });
    assert.deepEqual((await lazy.commit()).value, { n: 1 });
    const present = there(await map.tryLock('a', { initial }));
    assert.deepEqual(present.value, { n: 1 });
    assert.equal(made, 1, 'not asked where there is an entry');
    await present.release();
  }),

  bothFaces('lock: without a draft there is nothing to write, and the lock is kept', async (t) => {
    const map = t.words();
    const lock = there(await map.tryLock('a'));
    assert.equal(lock.value, undefined);
    await mistake('undefined', () => lock.commit());
    await mistake('undefined', () => lock.save());
    assert.equal(await map.tryLock('a'), undefined, 'still held');
    await lock.commit(1);
    assert.equal(await map.get('a'), 1);
  }),

  bothFaces('lock: a draft that is refused keeps the lock, to be mended', async (t) => {
    const map = t.words<unknown>();
    const lock = there(await map.tryLock('a'));
    await fault('CODEC', () => lock.commit(() => 1));
    await fault('CODEC', () => lock.save(Symbol('no')));
    assert.equal(await map.tryLock('a'), undefined, 'still held');
    await lock.commit('mended');
    assert.equal(await map.get('a'), 'mended');
    await fault('CLOSED', () => lock.commit('again'));
  }),

  law('lock: leaving its scope lets go without writing', async (t) => {
    const map = t.map();
    const lock = await map.lock('a', { initial: 1 });
    await lock[Symbol.asyncDispose]();
    assert.equal(await map.has('a'), false);
    const sync = map.sync?.tryLock('a');
    sync?.[Symbol.dispose]();
    await there(await map.tryLock('a')).release();
  }),

  law('withLock: runs the work with the lock and lets go, whatever happens', async (t) => {
    const map = t.map();
    const answer = await map.withLock('a', async (lock) => {
      assert.equal(await map.tryLock('a'), undefined);
      await lock.save(1);
      return 'done';
    });
    assert.equal(answer, 'done');
    const reason = new Error('no');
    await failsWith(reason, () =>
      map.withLock('a', () => {
        throw reason;
      }),
    );
    await failsWith(reason, () => map.withLock('a', () => Promise.reject(reason)));
    assert.equal(await map.withLock('a', (lock) => lock.commit(2).then(({ value }) => value)), 2);
    assert.deepEqual((await t.store.inspect()).locks, []);
  }),

  law('lock: lost does not abort while it is held, nor when it is let go', async (t) => {
    const map = t.map();
    const lock = await map.lock('a');
    const { lost } = lock;
    assert.ok(lost instanceof AbortSignal);
    assert.equal(lock.lost, lost);
    await t.advance(10);
    assert.equal(lost.aborted, false);
    await lock.release();
    await turns(3);
    assert.equal(lost.aborted, false);
  }),
];
