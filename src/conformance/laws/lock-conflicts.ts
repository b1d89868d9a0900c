import assert from 'node:assert/strict';
import { fault, there } from '../assertions.ts';
import { bothFaces, manualTime } from '../fixture.ts';
import type { Law } from '../fixture.ts';

export const lockConflictLaws: readonly Law[] = [
  bothFaces('lock: commit over a newer version is CONFLICT, changes nothing and lets go', async (t) => {
    const map = t.words();
    await map.set('a', 1);
    const lock = there(await map.tryLock('a'));
    const newer = await map.set('a', 2);
    await fault('CONFLICT', () => lock.commit(3));
    assert.deepEqual(await map.entry('a'), newer);
    await there(await map.tryLock('a')).release();
    await fault('CLOSED', () => lock.commit(4));
  }),

  bothFaces('lock: delete over a newer version is CONFLICT, changes nothing and lets go', async (t) => {
    const map = t.words();
    await map.set('a', 1);
    const lock = there(await map.tryLock('a'));
    const newer = await map.set('a', 2);
    await fault('CONFLICT', () => lock.delete());
    assert.deepEqual(await map.entry('a'), newer);
    await there(await map.tryLock('a')).release();
  }),

  bothFaces(
    'lock: save over a newer version is CONFLICT and goes on holding; refresh reads again',
    async (t) => {
      const map = t.words();
      await map.set('a', 1);
      const lock = there(await map.tryLock('a'));
      const newer = await map.set('a', 2);
      await fault('CONFLICT', () => lock.save(3));
      assert.equal(await map.tryLock('a'), undefined, 'still held');
      assert.deepEqual(await lock.refresh(), newer);
      assert.deepEqual(lock.entry, newer);
      assert.equal(lock.value, 2);
      await lock.commit(there(lock.value) + 1);
      assert.equal(await map.get('a'), 3);
    },
  ),

  bothFaces(
    'lock: an insert, a delete and a re-creation behind its back are all newer versions',
    async (t) => {
      const map = t.words();
      const absent = there(await map.tryLock('a'));
      await map.set('a', 1);
      await fault('CONFLICT', () => absent.commit(2));
      const present = there(await map.tryLock('a'));
      await map.delete('a');
      await fault('CONFLICT', () => present.commit(2));
      await map.set('b', 1);
      const again = there(await map.tryLock('b'));
      await map.delete('b');
      await map.set('b', 1);
      await fault('CONFLICT', () => again.commit(2));
      assert.deepEqual(await map.getMany(['a', 'b']), [undefined, 1]);
    },
  ),

  bothFaces('lock: plain writes, sums and updates ignore it', async (t) => {
    const map = t.words();
    const lock = there(await map.tryLock('a'));
    await map.set('a', 1);
    assert.equal(await map.add('a', 1), 2);
    assert.equal(there(await map.update('a', (value) => (value ?? 0) + 1)).value, 3);
    assert.ok((await t.atomic().set(map, 'a', 4).commit()).ok);
    assert.equal(await map.delete('a'), true);
    await lock.release();
  }),

  bothFaces(
    'lock: an entry that expires while it is locked is a newer state',
    async (t) => {
      const map = t.words();
      await map.set('a', 1, { ttlMs: t.ttlMs });
      const lock = there(await map.tryLock('a'));
      await t.advance(t.untilExpiredMs);
      await fault('CONFLICT', () => lock.commit(2));
      assert.equal(await map.has('a'), false);
    },
    manualTime,
  ),
];
