import assert from 'node:assert/strict';
import { collect, mistake, there, wrong } from '../assertions.ts';
import { bothFaces, law } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { take } from '../reading.ts';

export const writeLaws: readonly Law[] = [
  bothFaces('set: writing over an entry replaces it under a higher version', async (t) => {
    const map = t.words();
    const first = await map.set('a', 1);
    const second = await map.set('a', 2);
    assert.equal(second.value, 2);
    assert.ok(second.version > first.version);
    assert.deepEqual(await collect(map.list()), [second]);
  }),

  bothFaces('set: writing an equal value is a change, with a version and for watchers', async (t) => {
    const map = t.words();
    const watch = await t.watch(t.map());
    const first = await map.set('a', 1);
    const second = await map.set('a', 1);
    assert.ok(second.version > first.version);
    const seen = await take(watch, 2);
    assert.deepEqual(
      seen.map(({ type, version }) => [type, version]),
      [
        ['insert', first.version],
        ['update', second.version],
      ],
    );
  }),

  bothFaces('set: writing an equal value renews the time to live', async (t) => {
    const map = t.words();
    const first = await map.set('a', 1, { ttlMs: t.ttlMs });
    await t.advance(10);
    const second = await map.set('a', 1, { ttlMs: t.ttlMs });
    assert.ok(there(second.expiresAt) > there(first.expiresAt));
  }),

  bothFaces('set: undefined is refused and changes nothing', async (t) => {
    const map = t.words();
    const entry = await map.set('a', 1);
    await mistake('undefined', () => map.set('a', wrong(undefined)));
    await mistake('undefined', () => map.swap('a', wrong(undefined)));
    await mistake('undefined', () => map.getOrInsert('b', wrong(undefined)));
    await mistake('undefined', () => map.set('a', wrong(undefined), { ifVersion: entry.version }));
    await mistake('undefined', () => map.setMany([['a', wrong(undefined)]]));
    assert.deepEqual(await collect(map.list()), [entry]);
  }),

  bothFaces('delete: removes an entry once and says whether it did', async (t) => {
    const map = t.words();
    await map.set('a', 1);
    assert.equal(await map.delete('a'), true);
    assert.equal(await map.has('a'), false);
    assert.equal(await map.delete('a'), false);
    assert.equal(await map.delete('never'), false);
  }),

  law('delete: removing what is absent tells watchers nothing', async (t) => {
    const map = t.map();
    const watch = await t.watch(map);
    await map.delete('a');
    await map.take('a');
    await map.delete('a', { ifPresent: true });
    await map.clear();
    await map.set('z', 1);
    assert.deepEqual(
      (await take(watch, 1)).map(({ type, key }) => [type, key]),
      [['insert', 'z']],
    );
  }),

  bothFaces('delete: has a version of its own, above that of what it removed', async (t) => {
    const map = t.words();
    const entry = await map.set('a', 1);
    const outcome = await map.delete('a', { ifPresent: true });
    assert.ok(outcome.ok);
    assert.deepEqual(outcome.entry, entry);
    assert.ok(outcome.version > entry.version);
    const again = await map.set('a', 1);
    assert.ok(again.version > outcome.version);
  }),

  bothFaces('take: removes the entry and returns it', async (t) => {
    const map = t.words();
    const entry = await map.set('a', 1, { ttlMs: t.ttlMs * 100 });
    assert.deepEqual(await map.take('a'), entry);
    assert.equal(await map.take('a'), undefined);
    assert.equal(await map.count(), 0);
  }),

  bothFaces('take: of many takers of one entry exactly one gets it', async (t) => {
    const map = t.words();
    await map.set('a', 1);
    const taken = await Promise.all(Array.from({ length: 20 }, () => map.take('a')));
    assert.equal(taken.filter((entry) => entry !== undefined).length, 1);
  }),

  bothFaces('swap: writes and returns what was there before', async (t) => {
    const map = t.words();
    assert.equal(await map.swap('a', 1), undefined);
    const first = there(await map.entry('a'));
    assert.deepEqual(await map.swap('a', 2), first);
    assert.equal(await map.get('a'), 2);
  }),

  bothFaces('swap: clears the time to live as a plain write does', async (t) => {
    const map = t.words();
    await map.set('a', 1, { ttlMs: t.ttlMs * 100 });
    await map.swap('a', 2);
    assert.equal(there(await map.entry('a')).expiresAt, undefined);
  }),

  bothFaces('swap: a chain of swaps hands on each value exactly once', async (t) => {
    const map = t.words();
    const swapped = await Promise.all(Array.from({ length: 50 }, (_, n) => map.swap('a', n)));
    const seen = swapped.map((entry) => entry?.value);
    assert.equal(new Set([...seen, await map.get('a')]).size, 51);
  }),
];
