import assert from 'node:assert/strict';
import { collect, there } from '../assertions.ts';
import { bothFaces, manualTime } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { take } from '../reading.ts';

// Keys carry one tag, so that an engine with several partitions keeps them together.

export const atomicLaws: readonly Law[] = [
  bothFaces('atomic: writes in two maps happen together, under one version', async (t) => {
    const users = t.words<string>('users');
    const counts = t.words('counts');
    await counts.set('{t}old', 1);
    const outcome = await t
      .atomic()
      .set(users, '{t}ada', 'Ada')
      .set(counts, '{t}users', 1)
      .delete(counts, '{t}old')
      .commit();
    assert.ok(outcome.ok);
    assert.deepEqual(await users.entry('{t}ada'), { key: '{t}ada', value: 'Ada', version: outcome.version });
    assert.equal(there(await counts.entry('{t}users')).version, outcome.version);
    assert.equal(await counts.has('{t}old'), false);
  }),

  bothFaces('atomic: checks take a version, an entry, or 0 for absent', async (t) => {
    const map = t.words();
    const a = await map.set('{t}a', 1);
    const outcome = await t
      .atomic()
      .check(map, '{t}a', a.version)
      .check(map, '{t}b', 0)
      .set(map, '{t}a', 2)
      .set(map, '{t}b', 3)
      .commit();
    assert.ok(outcome.ok);
    const b = there(await map.entry('{t}b'));
    assert.ok((await t.atomic().check(map, '{t}b', b).delete(map, '{t}b').commit()).ok);
    assert.deepEqual(await map.getMany(['{t}a', '{t}b']), [2, undefined]);
  }),

  bothFaces('atomic: a failing check names map, key and what stands, and nothing happens', async (t) => {
    const users = t.words<string>('users');
    const counts = t.words('counts');
    const ada = await users.set('{t}ada', 'Ada');
    const count = await counts.set('{t}n', 1);
    const stale = await t
      .atomic()
      .check(counts, '{t}n', count)
      .check(users, '{t}ada', ada.version - 1)
      .set(counts, '{t}n', 2)
      .delete(users, '{t}ada')
      .commit();
    assert.deepEqual(stale, { ok: false, map: 'users', key: '{t}ada', current: ada });
    const absent = await t.atomic().check(counts, '{t}x', 5).set(counts, '{t}x', 2).commit();
    assert.deepEqual(absent, { ok: false, map: 'counts', key: '{t}x', current: undefined });
    const there0 = await t.atomic().check(users, '{t}ada', 0).set(users, '{t}ada', 'x').commit();
    assert.deepEqual(there0, { ok: false, map: 'users', key: '{t}ada', current: ada });
    assert.deepEqual(await collect(users.list()), [ada]);
    assert.deepEqual(await collect(counts.list()), [count]);
  }),

  bothFaces('atomic: a check alone guards other keys', async (t) => {
    const map = t.words();
    const guard = await map.set('{t}guard', 1);
    assert.ok((await t.atomic().check(map, '{t}guard', guard).set(map, '{t}a', 1).commit()).ok);
    await map.set('{t}guard', 1);
    const outcome = await t.atomic().check(map, '{t}guard', guard).set(map, '{t}a', 2).commit();
    assert.equal(outcome.ok, false);
    assert.equal(await map.get('{t}a'), 1);
  }),

  bothFaces('atomic: checks alone may be committed and write nothing', async (t) => {
    const map = t.words();
    const entry = await map.set('{t}a', 1);
    assert.ok((await t.atomic().check(map, '{t}a', entry).commit()).ok);
    assert.equal((await t.atomic().check(map, '{t}a', 0).commit()).ok, false);
    assert.deepEqual(await map.entry('{t}a'), entry);
  }),

  bothFaces('atomic: deleting what is absent is fine and tells watchers nothing', async (t) => {
    const map = t.words();
    const watch = await t.watch(t.map());
    assert.ok((await t.atomic().delete(map, '{t}x').set(map, '{t}a', 1).commit()).ok);
    await map.set('{t}z', 1);
    assert.deepEqual(
      (await take(watch, 2)).map(({ type, key }) => `${type} ${key}`),
      ['insert {t}a', 'insert {t}z'],
    );
  }),

  bothFaces('atomic: a write takes a time to live, keeps it, or clears it', async (t) => {
    const map = t.words();
    const ttlMs = t.ttlMs * 100;
    const [a, b] = [await map.set('{t}a', 1, { ttlMs }), await map.set('{t}b', 1, { ttlMs })];
    await t.advance(1);
    const outcome = await t
      .atomic()
      .set(map, '{t}a', 2, { ttlMs: 'keep' })
      .set(map, '{t}b', 2)
      .set(map, '{t}c', 2, { ttlMs })
      .commit();
    assert.ok(outcome.ok);
    assert.equal(there(await map.entry('{t}a')).expiresAt, a.expiresAt);
    assert.equal(there(await map.entry('{t}b')).expiresAt, undefined);
    assert.ok(there(there(await map.entry('{t}c')).expiresAt) > there(b.expiresAt) - 1);
  }),

  bothFaces(
    'atomic: an entry whose time is up counts as absent, and expires before the commit',
    async (t) => {
      const map = t.words();
      const watch = await t.watch(t.map());
      await map.set('{t}a', 1, { ttlMs: t.ttlMs });
      t.bench.late(t.ttlMs);
      const outcome = await t.atomic().check(map, '{t}a', 0).set(map, '{t}a', 2).commit();
      assert.ok(outcome.ok);
      const seen = await take(watch, 3);
      assert.deepEqual(
        seen.map(({ type }) => type),
        ['insert', 'expire', 'insert'],
      );
      assert.ok(there(seen[1]).version < outcome.version);
    },
    manualTime,
  ),
];
