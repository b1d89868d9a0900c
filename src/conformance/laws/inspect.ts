import assert from 'node:assert/strict';
import { eventually, there, turns } from '../assertions.ts';
import { bothFaces, law, manualTime } from '../fixture.ts';
import type { Law } from '../fixture.ts';

export const inspectLaws: readonly Law[] = [
  law('inspect: a store at rest has no locks and no watchers', async (t) => {
    await t.map().set('a', 1);
    const { locks, watchers, gauges } = await t.store.inspect();
    assert.deepEqual([locks, watchers], [[], []]);
    for (const gauge of Object.values(gauges)) assert.equal(typeof gauge, 'number');
  }),

  law(
    'inspect: tells who holds a lock, since when, and how many wait',
    async (t) => {
      const map = t.map();
      const lock = await map.lock('a', { label: 'importer' });
      const other = await t.map('other').lock('b');
      await t.advance(1_500);
      const waiting = [map.lock('a'), map.lock('a')];
      await eventually('two wait', async () =>
        (await t.store.inspect()).locks.some(({ waiters }) => waiters === 2),
      );
      const { locks } = await t.store.inspect();
      const sorted = locks.toSorted((x, y) => x.key.localeCompare(y.key));
      assert.deepEqual(sorted, [
        { map: 'm', key: 'a', fence: lock.fence, label: 'importer', ageMs: 1_500, waiters: 2 },
        { map: 'other', key: 'b', fence: other.fence, label: undefined, ageMs: 1_500, waiters: 0 },
      ]);
      await other.release();
      await lock.release();
      for (const next of waiting) await (await next).release();
      assert.deepEqual((await t.store.inspect()).locks, []);
    },
    manualTime,
  ),

  law('inspect: nothing remains of locks and waiters that came and went in any way', async (t) => {
    const map = t.map();
    for (let n = 0; n < 30; n++) {
      const lock = await map.lock(`k${n % 3}`);
      const controller = new AbortController();
      const left = map.lock(`k${n % 3}`, { signal: controller.signal }).catch(() => undefined);
      const late = map.tryLock(`k${n % 3}`, { waitMs: 0 });
      await turns(1);
      controller.abort(new Error('enough'));
      assert.equal(await left, undefined);
      assert.equal(await late, undefined);
      if (n % 3 === 0) await lock.commit(n);
      else if (n % 3 === 1) await lock.delete();
      else await lock.release();
    }
    assert.deepEqual((await t.store.inspect()).locks, []);
  }),

  law('inspect: tells the watchers, their scope and how far they lag', async (t) => {
    const map = t.map();
    const whole = await t.watch(map);
    await t.watch(map, { prefix: 'a/' });
    await t.watch(t.map('other'), { key: 'x' });
    for (let n = 0; n < 5; n++) await map.set(`b${n}`, n);
    await eventually('the changes have come', () => whole.lag > 0);
    const { watchers } = await t.store.inspect();
    const short = watchers.map(({ map: name, key, prefix }) => `${name} ${key ?? '-'} ${prefix ?? '-'}`);
    assert.deepEqual(short.toSorted(), ['m - -', 'm - a/', 'other x -']);
    const lagging = there(watchers.find((watcher) => watcher.map === 'm' && !watcher.prefix));
    assert.ok(lagging.lag > 0 && lagging.lag <= whole.lag && whole.lag <= 5);
  }),

  bothFaces('maps: are those that hold or held something, by name', async (t) => {
    assert.deepEqual(await t.store.maps(), []);
    const never = t.words('never');
    assert.equal(await never.get('a'), undefined);
    await t.words('b').set('x', 1);
    await t.words('a').set('x', 1);
    await t.words('a').clear();
    const maps = await t.store.maps();
    assert.deepEqual(
      maps.map(({ name }) => name),
      ['a', 'b'],
    );
    for (const { codec, shape, references } of maps) {
      assert.equal(typeof codec, 'string');
      assert.equal(shape, 0);
      assert.equal(references, false);
    }
    assert.equal(new Set(maps.map(({ id }) => id)).size, 2);
  }),

  law('stats and compact: answer numbers and finish, on a map that is used', async (t) => {
    const map = t.map();
    await map.setMany(Array.from({ length: 200 }, (_, n) => [`k${n}`, n] as const));
    await map.deleteMany(Array.from({ length: 150 }, (_, n) => `k${n}`));
    for (const number of Object.values(await map.stats())) assert.equal(typeof number, 'number');
    const told: number[] = [];
    await map.compact(({ done, total }) => told.push(done / Math.max(total, 1)));
    assert.ok(told.every((part) => part >= 0 && part <= 1));
    await map.compact();
    assert.equal(await map.count(), 50);
    assert.equal(await map.get('k199'), 199);
  }),

  law('nextKey: is 13 letters and digits, never the same, and sorts in creation order', async (t) => {
    const map = t.map();
    const keys: string[] = [];
    for (let n = 0; n < 50; n++) keys.push(await map.nextKey());
    for (const key of keys) assert.match(key, /^[0-9a-z]{13}$/);
    assert.deepEqual(keys, [...new Set(keys)].toSorted());
    const atOnce = await Promise.all(Array.from({ length: 50 }, () => map.nextKey()));
    const other = await t.map('other').nextKey();
    assert.equal(new Set([...keys, ...atOnce, other]).size, 101);
    assert.ok(atOnce.every((key) => key > there(keys.at(-1))) && atOnce.every((key) => key < other));
    await map.set(other, 1);
    assert.equal(await map.get(other), 1);
  }),

  law('durable: resolves when what was written stands, by either face', async (t) => {
    const map = t.map();
    await map.durable();
    map.sync?.set('a', 1);
    await map.set('b', 1);
    await map.durable();
    assert.equal(await map.get('b'), 1);
  }),

  law('compact: loses nothing that is written meanwhile, and brings nothing back', async (t) => {
    const map = t.map();
    await map.setMany(Array.from({ length: 300 }, (_, n) => [`k${n}`, 0] as const));
    const expected = new Map<string, number>();
    const writing = (async () => {
      for (let n = 0; n < 300; n++) {
        if (n % 3 === 0) await map.delete(`k${n}`);
        else await map.set(`k${n}`, n);
      }
    })();
    for (let round = 0; round < 4; round++) await Promise.all([map.compact(), map.compact()]);
    await writing;
    await map.compact();
    for (let n = 0; n < 300; n++) if (n % 3) expected.set(`k${n}`, n);
    const found = new Map<string, number>();
    for await (const [key, value] of map) found.set(key, value);
    assert.deepEqual(found, expected);
  }),
];
