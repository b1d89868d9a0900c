// Writes of the engine in memory: what they answer, and what the reply is worth.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANY, NEWER, PRESENT, VERSION } from '../../../src/contract/condition.ts';
import { KEEP_EXPIRY, type Operation } from '../../../src/contract/core.ts';
import { memoryEngine } from '../../../src/engines/memory/index.ts';
import { begin, drain, format } from './fixture.ts';

test('every accepted write takes the next version, and every reply says the version it was true at', () => {
  const { core, map, put, get } = begin();
  assert.deepEqual(put('a', 1), {
    ok: true,
    at: 1,
    entry: { key: 'a', value: 1, version: 1, expiresAt: 0, shape: 0 },
  });
  assert.deepEqual(put('a', 2, { shape: 3 }).entry, {
    key: 'a',
    value: 2,
    version: 2,
    expiresAt: 0,
    shape: 3,
  });
  assert.deepEqual(put('b', 1, { condition: VERSION, ifVersion: 9 }), { ok: false, at: 2, entry: undefined });
  assert.equal(core.get(map, 'none').at, 2);
  assert.equal(core.reserve(10), 3);
  assert.equal(put('b', 1).at, 13);
  assert.deepEqual(put('b', undefined), {
    ok: true,
    at: 14,
    entry: { key: 'b', value: 1, version: 13, expiresAt: 0, shape: 0 },
  });
  assert.deepEqual(put('b', undefined), { ok: false, at: 14, entry: undefined });
  assert.equal(get('b'), undefined);
  assert.equal(core.getMany(map, ['a', 'b', 'a']).at, 14);
});

test('the same conditions decide single writes and atomic commits', () => {
  const { core, map, put, get } = begin();
  put('a', 1);
  const ask = (key: string, condition: 0 | 1 | 2 | 3, ifVersion = 0): boolean[] => {
    const operation = { map, key, cell: 5, condition, ifVersion, expiresAt: 0, stamp: 3, shape: 0 };
    const one = put(key, 5, { condition, ifVersion, stamp: 3 }).ok;
    put('a', 1);
    put('none', undefined);
    const version = get('a')?.version ?? 0;
    const many = core.commit([], [{ ...operation, ifVersion: ifVersion === 0 ? 0 : version }]).ok;
    put('a', 1);
    put('none', undefined);
    return [one, many];
  };
  const current = (): number => get('a')?.version ?? 0;
  assert.deepEqual(ask('a', ANY), [true, true]);
  assert.deepEqual(ask('none', ANY), [true, true]);
  assert.deepEqual(ask('a', VERSION), [false, false]);
  assert.deepEqual(ask('none', VERSION), [true, true]);
  assert.deepEqual(ask('a', VERSION, current()), [true, true]);
  assert.deepEqual(ask('a', PRESENT), [true, true]);
  assert.deepEqual(ask('none', PRESENT), [false, false]);
  assert.deepEqual(ask('a', NEWER), [true, true]);
});

test('a plain write clears the expiry, KEEP_EXPIRY keeps it, and an absent key has none to keep', async () => {
  const { clock, put } = begin();
  const soon = clock.now() + 100;
  assert.equal(put('a', 1, { expiresAt: soon }).entry?.expiresAt, soon);
  assert.equal(put('a', 2, { expiresAt: KEEP_EXPIRY }).entry?.expiresAt, soon);
  assert.equal(put('b', 2, { expiresAt: KEEP_EXPIRY }).entry?.expiresAt, 0);
  assert.equal(put('b', 3, { expiresAt: KEEP_EXPIRY }).entry?.expiresAt, 0);
  assert.equal(put('a', 3).entry?.expiresAt, 0);
  await clock.tick(1000);
  assert.equal(put('a', 4, { condition: PRESENT }).ok, true);
});

test('add is exact: it refuses what is no safe integer and what would be none, and keeps the expiry', () => {
  const { clock, core, map, put, get } = begin();
  const soon = clock.now() + 100;
  const add = (key: string, delta: number) => {
    const { ok, entry } = core.add(map, key, delta, soon, 4);
    return [ok, entry?.value, entry?.expiresAt ?? 0];
  };
  assert.deepEqual(add('new', 5), [true, 5, soon]);
  put('n', 1);
  assert.deepEqual(add('n', -3), [true, -2, 0]);
  put('n', Number.MAX_SAFE_INTEGER);
  assert.deepEqual(add('n', 1), [false, Number.MAX_SAFE_INTEGER, 0]);
  assert.deepEqual(add('n', -1), [true, Number.MAX_SAFE_INTEGER - 1, 0]);
  put('n', Number.MIN_SAFE_INTEGER);
  assert.deepEqual(add('n', -1), [false, Number.MIN_SAFE_INTEGER, 0]);
  for (const cell of [1.5, new Uint8Array(1), NaN, Infinity]) {
    put('odd', cell);
    const before = get('odd');
    assert.deepEqual(add('odd', 1), [false, cell, 0]);
    assert.deepEqual(get('odd'), before);
  }
});

test('an atomic commit that is refused changes nothing and says what failed and what stands there', () => {
  const { engine, core, map, put, get, all } = begin();
  const other = engine.maps.open('other', format).id;
  put('a', 1);
  const before = all();
  const plain = { map, expiresAt: 0, stamp: undefined, shape: 0 };
  const operation = (key: string, cell: number | undefined, condition: 0 | 1, ifVersion = 0): Operation => ({
    ...plain,
    key,
    cell,
    condition,
    ifVersion,
  });
  const guard = (key: string, version: number) => ({ kind: 'version', map, key, version }) as const;
  const refused = core.commit([guard('x', 0)], [operation('b', 1, ANY), operation('a', 2, VERSION, 7)]);
  assert.deepEqual([refused.ok, refused.failed, refused.current?.version], [false, 2, 1]);
  const guarded = core.commit([guard('x', 0), guard('a', 2)], [operation('b', 1, ANY)]);
  assert.deepEqual([guarded.ok, guarded.failed, guarded.current?.version], [false, 1, 1]);
  assert.deepEqual(all(), before);
  const done = core.commit(
    [guard('a', 1), guard('x', 0)],
    [
      operation('b', 1, ANY),
      operation('a', undefined, ANY),
      { ...operation('z', 3, ANY), map: other },
      operation('none', undefined, ANY),
    ],
  );
  assert.deepEqual([done.ok, done.failed], [true, -1]);
  assert.deepEqual([get('b')?.version, get('a'), get('z', other)?.version], [done.at, undefined, done.at]);
  const checked = core.commit([guard('b', done.at)], []);
  assert.deepEqual([checked.ok, checked.at], [true, done.at]);
});

test('a fence guards a commit, and lets the lock go only when the commit is accepted and it was told to', async () => {
  const { engine, core, map, put } = begin();
  const operation: Operation = {
    map,
    key: 'a',
    cell: 1,
    condition: ANY,
    ifVersion: 0,
    expiresAt: 0,
    stamp: undefined,
    shape: 0,
  };
  const request = { label: undefined, leaseMs: 1000 };
  const grant = core.tryLock(map, 'a', request);
  assert.ok(grant);
  const fence = { kind: 'fence', map, key: 'a', fence: grant.fence, release: false } as const;
  assert.equal(core.commit([fence], [operation]).ok, true);
  assert.equal(core.commit([{ ...fence, release: true }], [{ ...operation, condition: VERSION }]).ok, false);
  assert.equal(core.tryLock(map, 'a', request), undefined);
  const next = engine.lock(map, 'a', { ...request, waitMs: 1000, signal: undefined });
  assert.equal(core.commit([{ ...fence, release: true }], [operation]).ok, true);
  const { fence: nextFence } = await next;
  assert.ok(nextFence > grant.fence);
  const late = core.commit([fence], [operation]);
  assert.deepEqual([late.ok, late.failed, late.current?.value], [false, 0, 1]);
  assert.ok(put('b', 1).at > nextFence, 'a fence is a version');
});

test('clear removes a range in one commit, and answers how many there were', () => {
  const { core, map, put, all, feed } = begin();
  const changes = feed({ prefix: '', previous: false });
  for (const key of ['a', 'b1', 'b2', 'c']) put(key, 1);
  drain(changes);
  assert.deepEqual(core.clear(map, 'b', 'c'), { at: 5, count: 2 });
  assert.deepEqual(drain(changes), [['delete b1 > @5', 'delete b2 > @5']]);
  assert.deepEqual(core.clear(map, 'x', undefined), { at: 5, count: 0 });
  assert.deepEqual(core.clear(map, '', undefined), { at: 6, count: 2 });
  assert.deepEqual(all(), []);
  assert.deepEqual(core.clear(map, '', undefined), { at: 6, count: 0 });
});

test('engines know nothing of each other', () => {
  const [one, two] = [memoryEngine(), memoryEngine()];
  for (const engine of [one, two]) engine.maps.open('map', format);
  assert.notEqual(one.lineage, two.lineage);
  assert.match(one.lineage, /^[A-Za-z0-9]{1,64}$/);
  one.core.write(1, 'a', 1, ANY, 0, 0, undefined, 0);
  assert.equal(two.core.get(1, 'a').ok, false);
  const wrapped = { ...one.core };
  assert.equal(wrapped.get(1, 'a').ok, true);
});

test('options are checked, by name and value', () => {
  assert.throws(() => memoryEngine({ historyLimit: 0 }), /historyLimit must be a whole number from 1/);
  assert.throws(() => memoryEngine({ tombstoneMs: -1 }), /tombstoneMs must be from 0/);
  assert.throws(() => memoryEngine({ tombstoneCount: NaN }), RangeError);
  // @ts-expect-error - an option that is none
  assert.throws(() => memoryEngine({ tombstones: 1 }), /unknown option "tombstones"; known are historyLimit/);
});
