// What MapStore of BeeGFS does, and what it gets wrong, on the locked entries of this library: each test bears
// the public name that it answers to. Rows about tuning of the store underneath are held by their effect.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { z } from 'zod';
import { StoreError } from '../../src/base/errors.ts';
import type { ManualClock } from '../../src/conformance/manual-clock.ts';
import type { Store } from '../../src/contract/store.ts';
import type { Lock } from '../../src/contract/lock.ts';

/** An engine under the tests. */
export interface Subject {
  readonly name: string;
  /** Opens a fresh store, closed with the test. */
  open(t: TestContext, clock?: ManualClock): Promise<Store>;
  /** Closes the store and opens its data again; missing where data does not outlive it. */
  reopen?(t: TestContext, store: Store): Promise<Store>;
}

interface Job {
  state: string;
  runs: number;
}

const JOB: Job = { state: 'new', runs: 0 };

export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return error instanceof StoreError ? error.code : String(error);
  }
  return 'no fault';
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Nothing is held and nobody waits. */
export async function nothingLocked(store: Store): Promise<void> {
  assert.deepEqual((await store.inspect()).locks, []);
}

export function mapStoreParity(subject: Subject): void {
  const row = (name: string, run: (t: TestContext, store: Store) => Promise<void>): void => {
    test(`${subject.name}: ${name}`, async (t) => run(t, await subject.open(t)));
  };

  row(
    'NewMapStore: a typed map is opened by its name, closed for good, and what was written is there again',
    async (t, store) => {
      const jobs = store.map<Job>('jobs');
      await jobs.set('a', JOB);
      if (subject.reopen === undefined) {
        await store.close();
      } else {
        const again = await subject.reopen(t, store);
        assert.deepEqual(await again.map<Job>('jobs').get('a'), JOB);
        await again.close();
      }
      assert.equal(await codeOf(jobs.get('a')), 'CLOSED');
    },
  );

  row(
    'GenerateNextPK: keys are unique, grow in the order of their bytes, and go on after a reopening',
    async (t, store) => {
      const jobs = store.map<Job>('jobs');
      const keys = await Promise.all(Array.from({ length: 1_500 }, () => jobs.nextKey()));
      assert.deepEqual(keys.toSorted(), keys);
      assert.equal(new Set(keys).size, keys.length);
      if (subject.reopen === undefined) return;
      const again = await subject.reopen(t, store);
      assert.ok((await again.map<Job>('jobs').nextKey()) > (keys.at(-1) ?? ''));
    },
  );

  row(
    'WithPKWidth, WithPKBase, WithPKBandwidth: a key has 13 digits in base 36, whatever is reserved at once',
    async (_, store) => {
      const key = await store.map('jobs').nextKey();
      assert.match(key, /^[0-9a-z]{13}$/);
      assert.ok(Number.isSafeInteger(Number.parseInt(key, 36)));
    },
  );

  row(
    'CreateAndLockEntry: of an absent key the draft is the initial value, and nothing is there before the commit',
    async (_, store) => {
      const jobs = store.map<Job>('jobs');
      const lock = await jobs.lock('a', { initial: JOB });
      assert.equal(lock.entry, undefined);
      assert.deepEqual(lock.value, JOB);
      assert.equal(await jobs.has('a'), false);
      await lock.commit();
      assert.deepEqual(await jobs.get('a'), JOB);
      await nothingLocked(store);
    },
  );

  row(
    'CreateAndLockEntry without a key: nextKey gives one, and the new entry is locked from the start',
    async (_, store) => {
      const jobs = store.map<Job>('jobs');
      const [one, two] = [await jobs.nextKey(), await jobs.nextKey()];
      for (const key of [two, one])
        await (await jobs.lock(key, { initial: { ...JOB, state: key } })).commit();
      assert.deepEqual(
        (await all(jobs.list())).map(({ key, value }) => [key, value.state]),
        [
          [one, one],
          [two, two],
        ],
      );
    },
  );

  row(
    'CreateAndLockEntry of an existing key, ErrEntryAlreadyExistsInDB: the lock shows the entry, which says so',
    async (_, store) => {
      const jobs = store.map<Job>('jobs');
      const { version } = await jobs.set('a', { state: 'old', runs: 7 });
      const lock = await jobs.lock('a', { initial: JOB });
      assert.equal(lock.entry?.version, version);
      assert.equal(lock.value?.state, 'old', 'initial is not used');
      await lock.release();
      assert.equal((await jobs.set('a', JOB, { ifAbsent: true })).ok, false, 'or as a condition');
      await nothingLocked(store);
    },
  );

  row('WithAllowExisting: an existing entry is locked and changed in the same way', async (_, store) => {
    const jobs = store.map<Job>('jobs');
    await jobs.set('a', { state: 'old', runs: 7 });
    const lock = await jobs.lock('a', { initial: JOB });
    (lock.value as Job).runs++;
    assert.equal((await lock.commit()).value.runs, 8);
  });

  row('WithValue: initial may be a value or make one, and its type is the map’s', async (_, store) => {
    const jobs = store.map<Job>('jobs');
    // @ts-expect-error: no value of this map
    const wrong = await jobs.lock('a', { initial: 'text' });
    await wrong.release();
    const lock = await jobs.lock('a', { initial: () => ({ state: 'made', runs: 1 }) });
    assert.equal((await lock.commit()).value.state, 'made');
  });

  row('GetAndLockEntry: a waiter sees what the holder before it committed', async (_, store) => {
    const jobs = store.map<Job>('jobs');
    await jobs.set('a', JOB);
    const first = await jobs.lock('a');
    const waiting = Array.from({ length: 5 }, async () => {
      const lock = await jobs.lock('a');
      (lock.value as Job).runs++;
      await lock.commit();
    });
    (first.value as Job).runs = 100;
    await first.commit();
    await Promise.all(waiting);
    assert.equal((await jobs.get('a'))?.runs, 105);
    await nothingLocked(store);
  });

  row(
    'GetAndLockEntry, ErrEntryNotInDB: an absent entry shows as undefined, and nothing is left locked',
    async (_, store) => {
      const jobs = store.map<Job>('jobs');
      const lock = await jobs.lock('absent');
      assert.equal(lock.entry, undefined);
      assert.equal(lock.value, undefined);
      await lock.release();
      assert.equal(await jobs.has('absent'), false);
      await nothingLocked(store);
    },
  );

  row(
    'GetAndLockEntry, ErrEntryAlreadyDeleted: a waiter finds the entry gone, and may create it',
    async (_, store) => {
      const jobs = store.map<Job>('jobs');
      await jobs.set('a', JOB);
      const first = await jobs.lock('a');
      const second = jobs.lock('a', { initial: { state: 'again', runs: 0 } });
      assert.equal(await first.delete(), true);
      const lock = await second;
      assert.equal(lock.entry, undefined);
      assert.equal((await lock.commit()).value.state, 'again');
    },
  );

  row(
    'GetEntry: reads without a lock, beside one that is held, and gives a copy of one’s own',
    async (_, store) => {
      const jobs = store.map<Job>('jobs');
      await jobs.set('a', JOB);
      const lock = await jobs.lock('a');
      (lock.value as Job).runs = 9;
      const entry = await jobs.entry('a');
      assert.deepEqual(entry?.value, JOB);
      assert.ok(entry);
      entry.value.runs = 5;
      assert.deepEqual(await jobs.get('a'), JOB);
      assert.equal((await lock.commit()).value.runs, 9);
    },
  );

  row('DeleteEntry: through the lock, idempotent; deleted already is no fault', async (_, store) => {
    const jobs = store.map<Job>('jobs');
    await jobs.set('a', JOB);
    assert.equal(await (await jobs.lock('a')).delete(), true);
    assert.equal(await (await jobs.lock('a')).delete(), false);
    assert.equal(await jobs.delete('a'), false);
    await nothingLocked(store);
  });

  row(
    'commit, ErrEntryLockAlreadyReleased: writes and lets go; the second one is CLOSED',
    async (_, store) => {
      const jobs = store.map<Job>('jobs');
      const lock = await jobs.lock('a', { initial: JOB });
      await lock.commit();
      assert.equal(await codeOf(lock.commit()), 'CLOSED');
      assert.equal(await codeOf(lock.save()), 'CLOSED');
      assert.equal(await codeOf(lock.delete()), 'CLOSED');
      await lock.release();
      await nothingLocked(store);
    },
  );

  row('WithDeleteEntry: delete removes and lets go', async (_, store) => {
    const jobs = store.map<Job>('jobs');
    await jobs.set('a', JOB);
    const lock = await jobs.lock('a');
    await lock.delete();
    assert.equal(await jobs.has('a'), false);
    await nothingLocked(store);
  });

  row('WithUpdateOnly: save writes and goes on holding, as often as one likes', async (_, store) => {
    const jobs = store.map<Job>('jobs');
    const lock = await jobs.lock('a', { initial: JOB });
    for (let runs = 1; runs <= 3; runs++) {
      (lock.value as Job).runs = runs;
      const { version } = await lock.save();
      assert.deepEqual([(await jobs.entry('a'))?.version, (await jobs.get('a'))?.runs], [version, runs]);
      assert.equal(await jobs.tryLock('a'), undefined);
    }
    await lock.release();
    await nothingLocked(store);
  });

  row(
    'WithHoldLockOnFailure: save keeps the lock when it fails, refresh reads again, then it goes on',
    async (_, store) => {
      const jobs = store.map<Job>('jobs');
      await jobs.set('a', JOB);
      const lock = await jobs.lock('a');
      (lock.value as Job).runs = 1;
      await jobs.set('a', { state: 'other', runs: 50 });
      assert.equal(await codeOf(lock.save()), 'CONFLICT');
      assert.equal(await jobs.tryLock('a'), undefined, 'still held');
      assert.equal((await lock.refresh())?.value.runs, 50);
      (lock.value as Job).runs++;
      assert.equal((await lock.commit()).value.runs, 51);
      await nothingLocked(store);
    },
  );

  row('WithDeleteEntry beside WithUpdateOnly: there is no such call to make', async (_, store) => {
    const lock = await store.map<Job>('jobs').lock('a', { initial: JOB });
    const words: (keyof Lock<Job>)[] = ['commit', 'save', 'delete', 'release', 'refresh'];
    for (const word of words) assert.equal(typeof lock[word], 'function');
    // @ts-expect-error: unknown options are refused, and the lock is kept
    await assert.rejects(lock.save(JOB, { deleteEntry: true }), TypeError);
    await lock.commit();
  });

  row(
    'GetEntries: one lazy walk in the order of keys, beside locks; ends for good, can be left at any time',
    async (_, store) => {
      const jobs = store.map<Job>('jobs');
      await jobs.setMany(['b', 'a', 'c'].map((key) => [key, { state: key, runs: 0 }] as const));
      const lock = await jobs.lock('b');
      const walk = jobs.list()[Symbol.asyncIterator]();
      assert.deepEqual([(await walk.next()).value?.key, (await walk.next()).value?.key], ['a', 'b']);
      assert.equal((await walk.next()).value?.key, 'c');
      assert.equal((await walk.next()).done, true);
      assert.equal((await walk.next()).done, true, 'again and again');
      const left = jobs.list()[Symbol.asyncIterator]();
      await left.next();
      await left.return?.();
      await lock.release();
    },
  );

  row(
    'WithKeyPrefix, WithStartingKey, WithStopKey, WithPrefetchSize: prefix, start, end and limit',
    async (_, store) => {
      const jobs = store.map<number>('jobs');
      const keys = ['a/1', 'a/2', 'a/4', 'b/1', 'b/2'];
      await jobs.setMany(keys.map((key, i) => [key, i] as const));
      const listed = async (range: Parameters<typeof jobs.keys>[0]): Promise<string[]> =>
        all(jobs.keys(range));
      assert.deepEqual(await listed({ prefix: 'a/' }), ['a/1', 'a/2', 'a/4']);
      assert.deepEqual(await listed({ start: 'a/3' }), ['a/4', 'b/1', 'b/2'], 'the next larger where absent');
      assert.deepEqual(await listed({ end: 'a/4' }), ['a/1', 'a/2'], 'the end is exclusive');
      assert.deepEqual(await listed({ start: 'a/2', end: 'b/2' }), ['a/2', 'a/4', 'b/1']);
      assert.deepEqual(await listed({ prefix: 'b/', start: 'b/2' }), ['b/2']);
      assert.deepEqual(await listed({ start: 'z' }), []);
      assert.deepEqual(await listed({ prefix: 'nothing' }), []);
      assert.deepEqual(await listed({ limit: 2 }), ['a/1', 'a/2']);
    },
  );

  row(
    'GetEntries: an entry that cannot be read is named, and does not hide the others where one asks for them',
    async (_, store) => {
      let readable = true;
      const codec = {
        name: 'picky',
        numbers: false,
        encode: (text: string) => Buffer.from(text),
        decode: (bytes: Uint8Array | number): string => {
          const text = typeof bytes === 'number' ? String(bytes) : Buffer.from(bytes).toString();
          if (text === 'bad' && !readable) throw new Error('cannot be read');
          return text;
        },
      };
      const strict = store.map<string>('texts', { codec });
      await strict.setMany([['a', 'one'] as const, ['b', 'bad'] as const, ['c', 'two'] as const]);
      readable = false;
      assert.equal(await codeOf(all(strict.list())), 'CODEC');
      const bad: unknown[] = [];
      const lenient = store.map<string>('texts', { codec, onInvalid: ({ key }) => void bad.push(key) });
      assert.deepEqual(
        (await all(lenient.list())).map(({ key }) => key),
        ['a', 'c'],
      );
      assert.deepEqual(bad, ['b']);
    },
  );

  row(
    'ErrEntryIllegalKey: no key is reserved, and what is no key is refused before anything is locked',
    async (_, store) => {
      const jobs = store.map<Job>('jobs');
      await (await jobs.lock('mapstore_pk', { initial: JOB })).commit();
      assert.deepEqual(await all(jobs.keys({ prefix: 'map' })), ['mapstore_pk']);
      for (const key of ['', 'k'.repeat(1_025), '\ud800']) {
        await assert.rejects(jobs.lock(key), /key/);
        await assert.rejects(jobs.get(key), /key/);
        await assert.rejects(jobs.delete(key), /key/);
      }
      await nothingLocked(store);
    },
  );

  row('ErrEntryLockAlreadyExists: tryLock answers undefined', async (_, store) => {
    const jobs = store.map<Job>('jobs');
    const lock = await jobs.lock('a', { initial: JOB });
    assert.equal(await jobs.tryLock('a'), undefined);
    assert.equal(jobs.sync?.tryLock('a'), undefined);
    await lock.release();
    await (await jobs.tryLock('a'))?.release();
  });

  row(
    'NewBadgerGarbageCollection, StartRunner: dead data is collected without a runner of one’s own',
    async (_, store) => {
      const jobs = store.map<Job>('jobs');
      for (let i = 0; i < 200; i++) await jobs.set(`k${i % 10}`, { state: 'x'.repeat(1_000), runs: i });
      await jobs.compact();
      assert.equal(await jobs.count(), 10);
      assert.equal((await jobs.get('k9'))?.runs, 199);
      assert.ok(Object.keys(await jobs.stats()).length > 0);
    },
  );

  row(
    'entry locks: the table of locks is empty after the last one went, whoever waited',
    async (_, store) => {
      const jobs = store.map<Job>('jobs');
      const first = await jobs.lock('a', { initial: JOB, label: 'first' });
      const abort = new AbortController();
      const aborted = jobs.lock('a', { signal: abort.signal });
      const late = codeOf(jobs.lock('a', { waitMs: 0 }));
      const next = jobs.lock('a', { label: 'next' });
      await new Promise((resolve) => setImmediate(resolve));
      const [held] = (await store.inspect()).locks;
      assert.deepEqual([held?.key, held?.label, held?.waiters], ['a', 'first', 2]);
      abort.abort(new Error('enough'));
      await assert.rejects(aborted, /enough/);
      assert.equal(await late, 'TIMEOUT');
      await first.commit();
      assert.equal((await store.inspect()).locks[0]?.label, 'next', 'who waits keeps the lock alive');
      await (await next).release();
      await nothingLocked(store);
    },
  );

  row(
    'a draft is validated before anything is written; refused, it keeps the lock and can be mended',
    async (_, store) => {
      const schema = z.object({ state: z.string(), runs: z.number().max(10) });
      const jobs = store.map('jobs', { schema });
      const lock = await jobs.lock('a', { initial: { state: 'new', runs: 11 } });
      assert.equal(await codeOf(lock.commit()), 'INVALID_VALUE');
      assert.equal(await jobs.has('a'), false);
      assert.equal(await jobs.tryLock('a'), undefined, 'still held');
      lock.value = { state: 'new', runs: 10 };
      assert.equal((await lock.commit()).value.runs, 10);
      await nothingLocked(store);
    },
  );
}
