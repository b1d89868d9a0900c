// What the distributed map of Atomix does, on the maps of this library: each test bears the public name that it
// answers to. "Another client" is another store on the same data, where an engine can have one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect } from '../../src/conformance/assertions.ts';
import { next, until, untilLive } from '../../src/conformance/reading.ts';
import { StoreError } from '../../src/base/errors.ts';
import type { Store } from '../../src/contract/store.ts';

/** An engine under the tests. */
export interface AtomixSubject {
  readonly name: string;
  /** `true`: two stores are two clients of one cluster. */
  readonly cluster: boolean;
  /** Two clients on the same fresh data. */
  open(): Promise<readonly [Store, Store]>;
}

export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return error instanceof StoreError ? error.code : String(error);
  }
  return 'no fault';
}

/** Registers tests that get two clients. */
export function rowsOf(subject: AtomixSubject) {
  return (row: string, run: (store: Store, other: Store) => Promise<void>): void => {
    test(`${subject.name}: ${row}`, async (t) => {
      const [store, other] = await subject.open();
      t.after(async () => {
        await store.close();
        await other.close();
      });
      await run(store, other);
    });
  };
}

export function atomixParity(subject: AtomixSubject): void {
  const row = rowsOf(subject);

  row(
    'GetMap, New, NewClient: one map under one name for all clients, asked for without a call',
    async (store, other) => {
      const map = store.map<string>('users');
      await map.set('a', 'Ada');
      assert.equal(await other.map<string>('users').get('a'), 'Ada');
      assert.throws(() => store.map('no such name!'), RangeError);
    },
  );

  row('WithClientID, WithSessionID: locks name their holder by a label', async (store, other) => {
    const lock = await store.map('m').lock('a', { label: 'client 1' });
    await assert.rejects(other.map('m').lock('a', { waitMs: 50 }), { code: 'TIMEOUT', message: /client 1/ });
    await lock.release();
  });

  row(
    'Primitive: Name, Type, Close ends this handle, Delete removes for all, twice and again is fine',
    async (store, other) => {
      const map = store.map<number>('m');
      assert.deepEqual([map.name, typeof store.supports.engine], ['m', 'string']);
      await map.set('a', 1);
      await map.drop();
      await map.drop();
      assert.equal(await other.map<number>('m').count(), 0);
      await map.set('b', 2);
      await map.close();
      assert.equal(await codeOf(map.get('b')), 'CLOSED');
      assert.equal(await store.map<number>('m').get('b'), 2);
    },
  );

  row('Put: the entry with a version of its own, an equal value too', async (store, other) => {
    const map = store.map<string>('m');
    const watch = other.map<string>('m').watch();
    await watch.ready;
    const first = await map.set('a', 'x');
    const second = await map.set('a', 'x');
    assert.ok(second.version > first.version);
    await until(watch, (change) => 'version' in change && change.version === second.version);
    await watch.close();
  });

  row('Get: the value of what is there, undefined for what is not', async (store) => {
    const map = store.map<string>('m');
    await map.set('a', 'x');
    assert.deepEqual([await map.get('a'), await map.get('b'), await map.has('b')], ['x', undefined, false]);
  });

  row('Remove: what was removed, and a version of the removal', async (store) => {
    const map = store.map<string>('m');
    const { version } = await map.set('a', 'x');
    const outcome = await map.delete('a', { ifPresent: true });
    assert.ok(outcome.ok && outcome.version > version && outcome.entry?.value === 'x');
    assert.deepEqual([await map.take('a'), await map.delete('a')], [undefined, false]);
  });

  row(
    'Len, Clear, Entries: counted, listed in order, cleared with one change for each entry',
    async (store, other) => {
      const map = store.map<number>('m');
      assert.deepEqual(await collect(map.list()), []);
      for (const key of ['c', 'a', 'b']) await map.set(key, 1);
      assert.equal(await other.map('m').count(), 3);
      assert.deepEqual(await collect(map.keys()), ['a', 'b', 'c']);
      const watch = map.watch();
      await watch.ready;
      assert.equal(await map.clear(), 3);
      const removed: string[] = [];
      await until(watch, (change) => 'key' in change && removed.push(change.key) === 3);
      assert.deepEqual(new Set(removed), new Set(['a', 'b', 'c']));
      await watch.close();
    },
  );

  row('Watch: ready when it stands, ends with its signal', async (store, other) => {
    const ending = new AbortController();
    const watch = store.map<number>('m').watch({ signal: ending.signal });
    await watch.ready;
    await other.map<number>('m').set('a', 1);
    const changes = await until(watch, ({ type }) => type === 'insert');
    assert.ok(changes.some(({ type }) => type === 'live'));
    ending.abort();
    await assert.rejects(next(watch), { name: 'AbortError' });
  });

  row(
    'IfMatch: over the version that was read, on Put and Remove; over another it is refused',
    async (store, other) => {
      const map = store.map<string>('m');
      const { version } = await map.set('a', 'x');
      const written = await map.set('a', 'y', { ifVersion: version });
      assert.ok(written.ok);
      assert.deepEqual(await other.map<string>('m').set('a', 'z', { ifVersion: version }), {
        ok: false,
        current: { key: 'a', value: 'y', version: written.version },
      });
      assert.equal((await map.delete('a', { ifVersion: version })).ok, false);
      assert.equal((await map.set('none', 'z', { ifVersion: version })).ok, false);
      assert.equal((await map.delete('a', { ifVersion: written.version })).ok, true);
    },
  );

  row('IfNotSet: of two clients one inserts', async (store, other) => {
    const outcomes = await Promise.all(
      [store, other].map((client, n) => client.map<number>('m').set('a', n, { ifAbsent: true })),
    );
    assert.equal(outcomes.filter(({ ok }) => ok).length, 1);
  });

  row('WithReplay: the state first, marked as such, then what comes', async (store) => {
    const map = store.map<number>('m');
    await map.set('a', 1);
    await map.set('b', 2);
    const watch = map.watch({ start: 'current' });
    const state = await untilLive(watch);
    assert.deepEqual(
      state.flatMap((change) => ('value' in change ? [[change.key, change.value, change.replay]] : [])),
      [
        ['a', 1, true],
        ['b', 2, true],
      ],
    );
    await watch.close();
  });

  row('WithFilter: one key, or a prefix', async (store) => {
    const map = store.map<number>('m');
    const one = map.watch({ key: 'a/1' });
    const some = map.watch({ prefix: 'a/' });
    await Promise.all([one.ready, some.ready]);
    for (const key of ['a/2', 'b', 'a/1']) await map.set(key, 1);
    const keysUpTo = async (watch: typeof one): Promise<string[]> =>
      (await until(watch, (change) => 'key' in change && change.key === 'a/1')).flatMap((change) =>
        'key' in change ? [change.key] : [],
      );
    assert.deepEqual(await keysUpTo(one), ['a/1']);
    assert.deepEqual(await keysUpTo(some), ['a/2', 'a/1']);
    await Promise.all([one.close(), some.close()]);
  });

  row(
    'Entry, ObjectMeta, Version: versions compare as numbers, over all keys of a partition',
    async (store) => {
      const map = store.map<number>('m');
      const a = await map.set('a', 1);
      const b = await map.set('b', 1);
      assert.ok(Number.isSafeInteger(a.version) && b.version > a.version);
      assert.deepEqual(await map.entry('a'), { key: 'a', value: 1, version: a.version });
    },
  );

  row('Event: insert, update, and a delete that says what was removed', async (store) => {
    const map = store.map<number>('m');
    const watch = map.watch({ previous: true });
    await watch.ready;
    await map.set('a', 1);
    await map.set('a', 2);
    await map.delete('a');
    const changes = await until(watch, ({ type }) => type === 'delete');
    const told = changes.flatMap((change) => ('key' in change ? [[change.type, change.previous]] : []));
    assert.deepEqual(told, [
      ['insert', undefined],
      ['update', 1],
      ['delete', 2],
    ]);
    await watch.close();
  });

  row(
    'errors: what is expected is a value, mistakes are TypeError and RangeError, faults have a code',
    async (store) => {
      const map = store.map<number>('m');
      await assert.rejects(map.get(''), RangeError);
      await assert.rejects(map.set('a', 1, { signal: AbortSignal.abort() }), { name: 'AbortError' });
      assert.equal(await codeOf(map.add('a', 1).then(() => map.add('a', Number.MAX_SAFE_INTEGER))), 'LIMIT');
      await store.close();
      assert.equal(await codeOf(map.get('a')), 'CLOSED');
    },
  );

  row('Counter: additions of two clients add up', async (store, other) => {
    const [mine, theirs] = [store.map<number>('m'), other.map<number>('m')];
    await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 ? mine : theirs).add('n', 1)));
    assert.equal(await store.map<number>('m').get('n'), 20);
  });

  row('Election, Lock: one leader at a time, by a fence; the next one follows', async (store, other) => {
    const first = await store.map<string>('leader').lock('job', { initial: '' });
    const waiting = other.map<string>('leader').lock('job', { initial: '' });
    await first.commit('first');
    const second = await waiting;
    assert.ok(second.fence > first.fence);
    assert.equal(second.value, 'first');
    await second.release();
  });

  row('IndexedMap, List: keys in the order of creation, read from both ends', async (store) => {
    const map = store.map<string>('m');
    for (const value of ['x', 'y', 'z']) await map.set(await map.nextKey(), value);
    assert.deepEqual(await collect(map.values()), ['x', 'y', 'z']);
    assert.deepEqual(await collect(map.values({ reverse: true, limit: 1 })), ['z']);
  });

  row('Set, Value: a map of keys; a key that is followed', async (store, other) => {
    const tags = store.map<true>('tags');
    const added = await Promise.all([1, 2, 3].map(() => tags.set('new', true, { ifAbsent: true })));
    assert.equal(added.filter(({ ok }) => ok).length, 1);
    const follow = other.map<number>('values').follow('v');
    await store.map<number>('values').set('v', 7);
    for await (const value of follow) if (value === 7) break;
  });

  row('TTL: the option that clients lacked', async (store) => {
    const map = store.map<number>('m');
    const entry = await map.set('a', 1, { ttlMs: 60_000 });
    assert.ok((entry.expiresAt ?? 0) > 0);
    assert.equal((await map.touch('a', 'never'))?.expiresAt, undefined);
    await map.set('b', 1, { ttlMs: 200 });
    while (await map.has('b')) await map.count();
  });
}
