import assert from 'node:assert/strict';
import { collect, fault, there } from '../assertions.ts';
import { law } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { fold, isEntryChange, untilKnown, untilLive } from '../reading.ts';

export const snapshotEdgeLaws: readonly Law[] = [
  law('snapshot: what was deleted, cleared or overwritten does not come back', async (t) => {
    const map = t.map();
    await map.setMany(Array.from({ length: 100 }, (_, n) => [`k${n}`, n] as const));
    await map.clear({ prefix: 'k1' });
    await map.delete('k2');
    await map.set('k3', 300);
    const other = (await t.another()).map<number>('m');
    assert.equal(await other.restore(map.snapshot()), 88);
    assert.deepEqual(await collect(other), await collect(map));
    assert.equal(await other.get('k3'), 300);
  }),

  law('snapshot: empty values, empty bytes and the longest key come back', async (t) => {
    const map = t.map<unknown>();
    const longest = '\u{10ffff}'.repeat(256);
    const values: readonly (readonly [string, unknown])[] = [
      ['\0', ''],
      ['a', new Uint8Array(0)],
      ['b', {}],
      [longest, null],
    ];
    await map.setMany(values);
    const other = (await t.another()).map<unknown>('m');
    await other.restore(map.snapshot());
    assert.deepEqual(await collect(other), values);
  }),

  law('snapshot: a restored map is one to work with', async (t) => {
    const map = t.map();
    await map.setMany(Array.from({ length: 10 }, (_, n) => [`k${n}`, n] as const));
    const store = await t.another();
    const other = store.map<number>('m');
    await other.restore(map.snapshot());
    const entry = there(await other.entry('k1'));
    assert.equal((await other.set('k1', 5, { ifVersion: entry.version })).ok, true);
    assert.equal(await other.add('k2', 1), 3);
    assert.equal(await other.delete('k3'), true);
    const lock = await other.lock('k4');
    assert.ok(lock.fence > entry.version);
    await lock.commit(44);
    await other.set('new', 1);
    assert.equal(await other.count(), 10);
    assert.equal(await other.clear(), 10);
  }),

  law('restore: watchers of the other maps end with the truth, too', async (t) => {
    const source = (await t.another()).map<number>('m');
    await source.set('x', 1);
    const bytes = Buffer.concat(await collect(source.snapshot()));
    const other = t.map('other');
    await other.setMany([
      ['a', 1],
      ['b', 2],
    ]);
    const watch = await t.watch(other, { start: 'current' });
    const known = fold(new Map<string, number>(), await untilLive(watch));
    await t.map().restore(bytes);
    await other.delete('a');
    await other.set('end', 3);
    const seen = await untilKnown(watch, 'end');
    fold(known, seen);
    assert.deepEqual(known, new Map(Object.entries({ b: 2, end: 3 })));
    assert.ok(seen.filter(isEntryChange).every(({ version }) => version > 0));
  }),

  law('restore: a store’s own snapshot into itself, replacing, brings back that state', async (t) => {
    const map = t.map();
    const other = t.map('other');
    await map.set('a', 1);
    await other.set('b', 1);
    const bytes = Buffer.concat(await collect(t.store.snapshot()));
    await map.set('a', 2);
    await map.set('c', 3);
    await other.delete('b');
    assert.equal(await t.store.restore(bytes, { mode: 'replace' }), 2);
    assert.deepEqual(await collect(map), [['a', 1]]);
    assert.deepEqual(await collect(other), [['b', 1]]);
    await fault('CONFLICT', () => t.store.restore(bytes));
  }),
];
