import assert from 'node:assert/strict';
import { collect, fault, mistake, there, wrong } from '../assertions.ts';
import { bothFaces } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { take } from '../reading.ts';

export const manyLaws: readonly Law[] = [
  bothFaces('setMany: outcomes come in the order of the items, conditions on some of them', async (t) => {
    const map = t.words();
    const old = await map.set('b', 0);
    const outcomes = await map.setMany([
      ['a', 1],
      ['b', 2, { ifAbsent: true }],
      ['c', 3, { ttlMs: t.ttlMs * 100 }],
      ['d', 4, { ifVersion: 0 }],
    ]);
    assert.deepEqual(
      outcomes.map(({ ok }) => ok),
      [true, false, true, true],
    );
    assert.deepEqual(outcomes[1], { ok: false, current: old });
    const entries = await collect(map.list());
    assert.deepEqual(
      entries.map(({ key, value }) => [key, value]),
      [
        ['a', 1],
        ['b', 0],
        ['c', 3],
        ['d', 4],
      ],
    );
    assert.ok(there(entries[2]).expiresAt !== undefined);
    for (const outcome of outcomes)
      if (outcome.ok) assert.deepEqual(await map.entry(outcome.entry.key), outcome.entry);
  }),

  bothFaces('setMany: one refusal stops none of the others', async (t) => {
    const map = t.words();
    const outcomes = await map.setMany([
      ['a', 1, { ifPresent: true }],
      ['b', 2],
    ]);
    assert.deepEqual(outcomes[0], { ok: false, current: undefined });
    assert.equal(await map.get('b'), 2);
  }),

  bothFaces('setMany: a key that comes twice is written twice, in order', async (t) => {
    const map = t.words();
    const outcomes = await map.setMany([
      ['a', 1],
      ['a', 2],
    ]);
    assert.ok(outcomes.every(({ ok }) => ok));
    assert.equal(await map.get('a'), 2);
  }),

  bothFaces('setMany: watchers see each write', async (t) => {
    const map = t.words();
    const watch = await t.watch(t.map());
    await map.setMany(Array.from({ length: 20 }, (_, n) => [`k${n}`, n] as const));
    assert.equal((await take(watch, 20)).length, 20);
  }),

  bothFaces('setMany: one bad item is found before anything is written', async (t) => {
    const map = t.words<unknown>();
    const bad: [number | RegExp, readonly unknown[]][] = [
      [/key/, ['', 1]],
      [/key/, [5, 1]],
      [/undefined/, ['b', undefined]],
      [/ttlMs/, ['b', 1, { ttlMs: -1 }]],
      [/ifVersion/, ['b', 1, { ifVersion: undefined }]],
      [/bogus/, ['b', 1, { bogus: 1 }]],
    ];
    for (const [about, item] of bad) {
      await mistake(wrong(about), () => map.setMany([['a', 1], wrong(item), ['c', 1]]));
      assert.equal(await map.count(), 0);
    }
    await fault('CODEC', () =>
      map.setMany([
        ['a', 1],
        ['b', () => 1],
        ['c', 1],
      ]),
    );
    assert.equal(await map.count(), 0);
  }),

  bothFaces('setMany: takes any iterable; none is fine, something else is refused', async (t) => {
    const map = t.words();
    assert.deepEqual(await map.setMany([]), []);
    assert.equal((await map.setMany(new Map([['a', 1]]))).length, 1);
    await mistake(/iterable|items/, () => map.setMany(wrong(5)));
    await mistake(/item|key/, () => map.setMany(wrong([5])));
    assert.equal(await map.count(), 1);
  }),

  bothFaces('setMany: more than a thousand items at once', async (t) => {
    const map = t.words();
    const items = Array.from({ length: 1_500 }, (_, n) => [`k${n}`, n] as const);
    const outcomes = await map.setMany(items);
    assert.equal(outcomes.filter(({ ok }) => ok).length, 1_500);
    assert.equal(await map.count(), 1_500);
    assert.equal((await map.deleteMany(items.map(([key]) => key))).filter(({ ok }) => ok).length, 1_500);
    assert.equal(await map.count(), 0);
  }),

  bothFaces('deleteMany: outcomes in order, with what was removed', async (t) => {
    const map = t.words();
    const a = await map.set('a', 1);
    const b = await map.set('b', 2);
    const outcomes = await map.deleteMany(['b', 'x', 'a', 'b']);
    assert.deepEqual(
      outcomes.map(({ ok }) => ok),
      [true, false, true, false],
    );
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.ok ? outcome.entry : outcome.current)),
      [b, undefined, a, undefined],
    );
    for (const outcome of outcomes) if (outcome.ok) assert.ok(outcome.version > b.version);
    assert.equal(await map.count(), 0);
  }),

  bothFaces('deleteMany: one bad key is found before anything is removed', async (t) => {
    const map = t.words();
    await map.set('a', 1);
    await mistake('key', () => map.deleteMany(['a', '']));
    await mistake('key', () => map.deleteMany(['a', wrong(7)]));
    assert.equal(await map.get('a'), 1);
    assert.deepEqual(await map.deleteMany([]), []);
  }),
];
