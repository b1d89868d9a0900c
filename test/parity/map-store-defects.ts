// What MapStore of BeeGFS gets wrong: tests that it would fail.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { manualClock } from '../../src/conformance/manual-clock.ts';
import type { Store } from '../../src/contract/store.ts';
import { all, codeOf, nothingLocked, type Subject } from './map-store.ts';

interface Job {
  runs: number;
}

export function mapStoreDefects(subject: Subject): void {
  const defect = (name: string, run: (t: TestContext, store: Store) => Promise<void>): void => {
    test(`${subject.name}: ${name}`, async (t) => run(t, await subject.open(t)));
  };

  defect('CreateAndLockEntry: an entry that cannot be read leaves its key unlocked', async (_, store) => {
    const codec = hostile();
    const map = store.map<unknown>('m', { codec });
    await map.set('a', 'unreadable');
    codec.readable = false;
    for (let round = 0; round < 3; round++) {
      const lock = await map.lock('a', { waitMs: 0 });
      assert.throws(() => lock.value, /CODEC|cannot/);
      await lock.release();
    }
    const lock = await map.lock('a', { waitMs: 0 });
    await lock.commit('mended');
    assert.equal(await map.get('a'), 'mended');
    await nothingLocked(store);
  });

  defect(
    'DeleteEntry: an entry that cannot be read can be deleted, and no key stays locked',
    async (_, store) => {
      const codec = hostile();
      const map = store.map<unknown>('m', { codec });
      await map.set('a', 'unreadable');
      codec.readable = false;
      assert.equal(await (await map.lock('a', { waitMs: 0 })).delete(), true);
      assert.equal(await map.has('a'), false);
      await nothingLocked(store);
    },
  );

  defect(
    'WithValue: a wrong or failing initial value is refused with nothing locked for good',
    async (_, store) => {
      const map = store.map<unknown>('m');
      const lock = await map.lock('a', {
        initial: () => {
          throw new Error('no value today');
        },
      });
      assert.throws(() => lock.value, /no value today/);
      await assert.rejects(lock.commit(), /no value today/);
      await lock.release();
      await nothingLocked(store);
      const kept = await map.lock('a', { initial: () => 1 });
      await assert.rejects(kept.commit(Symbol('none')));
      await kept.commit(2);
      await nothingLocked(store);
    },
  );

  defect(
    'commit: an unchanged draft need not be written, and a half-changed one can be dropped',
    async (_, store) => {
      const map = store.map<Job>('m');
      const { version } = await map.set('a', { runs: 1 });
      const lock = await map.lock('a');
      (lock.value as Job).runs = 99;
      await lock.release();
      const entry = await map.entry('a');
      assert.deepEqual([entry?.value.runs, entry?.version], [1, version], 'nothing was written');
      const second = await map.lock('a');
      (second.value as Job).runs = 99;
      await second.refresh();
      assert.equal(second.value?.runs, 1, 'the draft begins again');
      await second.release();
    },
  );

  defect(
    'GetAndLockEntry: waiting ends in time, and the fault names holder, age and who else waits',
    async (t) => {
      const clock = manualClock();
      const store = await subject.open(t, clock);
      const map = store.map<Job>('m');
      const lock = await map.lock('a', { label: 'nightly import' });
      await clock.tick(5_000);
      const waiting = map.lock('a', { waitMs: 1_000 });
      const other = map.lock('a', { waitMs: 100_000 });
      const failed = assert.rejects(waiting, (error: Error) => {
        assert.equal(Reflect.get(error, 'code'), 'TIMEOUT');
        assert.match(error.message, /nightly import/);
        assert.match(error.message, /6000 ms/);
        assert.match(error.message, /1 more waits/);
        return true;
      });
      await clock.tick(1_000);
      await failed;
      const [info] = (await store.inspect()).locks;
      assert.deepEqual([info?.label, info?.ageMs, info?.waiters], ['nightly import', 6_000, 1]);
      await lock.release();
      await (await other).release();
      await nothingLocked(store);
    },
  );

  defect(
    'locking twice in one task is a TIMEOUT, not a hang; lockMany of many tasks never deadlocks',
    async (_, store) => {
      const map = store.map<Job>('m');
      const lock = await map.lock('a');
      assert.equal(await codeOf(map.lock('a', { waitMs: 0 })), 'TIMEOUT');
      await lock.release();
      let done = 0;
      const task = async (keys: readonly string[]): Promise<void> => {
        for (let round = 0; round < 20; round++) {
          const locks = await map.lockMany(keys);
          await Promise.resolve();
          await locks.release();
          done++;
        }
      };
      await Promise.all([task(['a', 'b', 'c']), task(['c', 'b', 'a']), task(['b', 'a']), task(['c', 'a'])]);
      assert.equal(done, 80);
      await nothingLocked(store);
    },
  );

  defect('a forgotten lock does not outlive the block that took it', async (_, store) => {
    const map = store.map<Job>('m');
    await assert.rejects(
      map.withLock('a', () => {
        throw new Error('left in the middle');
      }),
      /left in the middle/,
    );
    await nothingLocked(store);
  });

  defect(
    'CreateAndLockEntry: a waiter creates after the holder deleted, and sees what others re-created',
    async (_, store) => {
      const map = store.map<Job>('m');
      await map.set('a', { runs: 1 });
      const first = await map.lock('a');
      const second = map.lock('a', { initial: { runs: 100 } });
      const third = map.lock('a', { initial: { runs: 1_000 } });
      await first.delete();
      const created = await second;
      assert.equal(created.value?.runs, 100);
      await created.commit();
      const last = await third;
      assert.equal(last.value?.runs, 100, 'the re-created one, not initial and not gone');
      await last.release();
    },
  );

  defect('commit: a stale holder overwrites nobody, and its lock goes all the same', async (_, store) => {
    const map = store.map<Job>('m');
    await map.set('a', { runs: 1 });
    const lock = await map.lock('a');
    (lock.value as Job).runs = 2;
    await map.set('a', { runs: 50 });
    assert.equal(await codeOf(lock.commit()), 'CONFLICT');
    assert.equal((await map.get('a'))?.runs, 50);
    await nothingLocked(store);
    const again = await map.lock('a');
    await map.delete('a');
    assert.equal(await codeOf(again.commit()), 'CONFLICT');
    assert.equal(await map.has('a'), false, 'a deleted entry does not come back');
  });

  defect('closeFn: closing ends all upkeep and everybody who waits', async (_, store) => {
    const map = store.map<Job>('m');
    const lock = await map.lock('a');
    const waiting = codeOf(map.lock('a'));
    await store.close();
    assert.equal(await waiting, 'CLOSED');
    assert.ok(lock.lost.aborted);
    assert.equal(await codeOf(lock.commit({ runs: 1 })), 'CLOSED');
  });

  defect(
    'GetEntries: a prefix selects its keys and no others, however the store names its own things',
    async (_, store) => {
      const map = store.map<number>('m');
      for (const key of ['map', 'mapstore_', 'mapz', 'maq']) await map.set(key, 1);
      assert.deepEqual(await all(map.keys({ prefix: 'map' })), ['map', 'mapstore_', 'mapz']);
    },
  );

  defect(
    'versions, changes and times to live: an entry has them all, also under a lock',
    async (_, store) => {
      const map = store.map<Job>('m');
      const watch = map.watch();
      await watch.ready;
      const lock = await map.lock('a', { initial: { runs: 1 } });
      const { version, expiresAt } = await lock.commit(undefined, { ttlMs: 60_000 });
      assert.ok(version > lock.fence && expiresAt !== undefined);
      assert.equal((await watch.next()).value?.type, 'live');
      const change = (await watch.next()).value;
      assert.ok(change?.type === 'insert' && change.version === version);
      await watch.close();
    },
  );
}

/** Writes anything, and cannot read everything. */
function hostile(): {
  name: string;
  readable: boolean;
  numbers: boolean;
  encode: (value: unknown) => Uint8Array;
  decode: (cell: Uint8Array | number) => unknown;
} {
  const codec = {
    name: 'hostile',
    readable: true,
    numbers: false,
    encode: (value: unknown) => Buffer.from(String(value)),
    decode: (cell: Uint8Array | number) => {
      const text = typeof cell === 'number' ? String(cell) : Buffer.from(cell).toString();
      if (text === 'unreadable' && !codec.readable) throw new Error('cannot be read');
      return text;
    },
  };
  return codec;
}
