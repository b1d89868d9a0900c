import assert from 'node:assert/strict';
import { there } from '../assertions.ts';
import { law } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import type { VersionedMap } from '../../contract/versioned-map.ts';
import { fold, next, take, until, untilKnown, untilLive } from '../reading.ts';

async function stateOf(map: VersionedMap<number>): Promise<Map<string, number>> {
  const state = new Map<string, number>();
  for await (const [key, value] of map) state.set(key, value);
  return state;
}

export const watchCatchUpLaws: readonly Law[] = [
  law('slow reader: gets a reset and the state, never a silent gap', async (t) => {
    const map = t.map();
    const watch = await t.watch(map, { queueLimit: 10 });
    assert.equal((await next(watch)).type, 'live');
    for (let n = 0; n < 300; n++) await map.set(`k${n % 30}`, n);
    await map.delete('k0');
    await map.set('end', 1);
    const seen = await untilKnown(watch, 'end');
    const reset = seen.findIndex(({ type }) => type === 'reset');
    assert.ok(reset >= 0, 'a reset says that something was skipped');
    assert.deepEqual(fold(new Map<string, number>(), seen), await stateOf(map));
    assert.equal(seen.at(-1)?.type, 'live', 'live after the reset');
  }),

  law('slow reader: between reset and live there is state only, marked as replay', async (t) => {
    const map = t.map();
    const watch = await t.watch(map, { queueLimit: 5 });
    assert.equal((await next(watch)).type, 'live');
    for (let n = 0; n < 100; n++) await map.set(`k${n % 7}`, n);
    const seen = [...(await until(watch, ({ type }) => type === 'reset')), ...(await untilLive(watch))];
    const reset = seen.findIndex(({ type }) => type === 'reset');
    for (const change of seen.slice(reset + 1, -1)) {
      assert.ok('key' in change && change.replay === true, `${change.type} between reset and live`);
    }
    await map.set('after', 1);
    const [after] = await take(watch, 1);
    assert.equal(there(after).key, 'after');
    assert.equal('replay' in there(after), false);
  }),

  law('slow reader: what waits is bounded and told by lag', async (t) => {
    const map = t.map();
    const watch = await t.watch(map);
    assert.equal((await next(watch)).type, 'live');
    assert.equal(watch.lag, 0);
    const other = await t.watch(map);
    for (let n = 0; n < 20; n++) await map.set('a', n);
    await take(other, 20); // by then they have been told to all
    assert.ok(watch.lag >= 1 && watch.lag <= 20, `lag ${watch.lag}`);
    await take(watch, 20);
    assert.equal(watch.lag, 0);
  }),

  law('slow reader: a catch-up ends though writers never stop', async (t) => {
    const map = t.map();
    // Each change that is read costs five writes, one after the other: over a network fewer will do.
    const length = t.supports.reach === 'cluster' ? 60 : 400;
    await map.setMany(Array.from({ length }, (_, n) => [`k${n}`, 0] as const));
    const watch = await t.watch(map, { start: 'current', queueLimit: 10 });
    const known = new Map<string, number>();
    let reads = 0;
    for (let live = false; !live; reads++) {
      assert.ok(reads < 5_000, 'the catch-up does not end');
      for (let n = 0; n < 5; n++) await map.set(`k${(reads + n * 80) % 20}`, reads);
      const change = await next(watch);
      fold(known, [change]);
      live = change.type === 'live';
    }
    await map.set('end', 1);
    fold(known, await untilKnown(watch, 'end'));
    assert.deepEqual(known, await stateOf(map));
  }),

  law('slow reader: keys deleted while it was away are gone from what it knows', async (t) => {
    const map = t.map();
    await map.setMany(Array.from({ length: 50 }, (_, n) => [`k${n}`, n] as const));
    const watch = await t.watch(map, { start: 'current', queueLimit: 5 });
    const known = fold(new Map<string, number>(), await untilLive(watch));
    assert.equal(known.size, 50);
    for (let n = 0; n < 49; n++) await map.delete(`k${n}`);
    await map.set('end', 1);
    fold(known, await untilKnown(watch, 'end'));
    assert.deepEqual(known, await stateOf(map));
  }),

  law('slow reader: falls behind again and again and ends with the truth', async (t) => {
    const map = t.map();
    const watch = await t.watch(map, { queueLimit: 3 });
    const known = new Map<string, number>();
    let live = false;
    for (let round = 0; round < 20; round++) {
      for (let n = 0; n < 15; n++) await map.set(`k${(round + n) % 9}`, round * 100 + n);
      if (round % 3 === 0) await map.delete(`k${round % 9}`);
      for (let n = 0; n < 4; n++) {
        const change = await next(watch);
        fold(known, [change]);
        if (change.type === 'live' || change.type === 'reset') live = change.type === 'live';
      }
    }
    await map.set('end', 1);
    fold(known, await untilKnown(watch, 'end', live));
    assert.deepEqual(known, await stateOf(map));
  }),

  law('slow reader: holds up neither writers nor other readers', async (t) => {
    const map = t.map();
    const slow = await t.watch(map, { queueLimit: 1 });
    const quick = await t.watch(map);
    for (let n = 0; n < 100; n++) {
      await map.set('a', n);
      const [change] = await take(quick, 1);
      assert.equal('value' in there(change) && change !== undefined && 'value' in change && change.value, n);
    }
    assert.equal(quick.lag, 0);
    assert.ok((await until(slow, ({ type }) => type === 'reset')).length <= 3, 'its own lot alone');
  }),

  law('slow reader: a reset in the middle keeps the bookmark good to resume from', async (t) => {
    const map = t.map();
    const watch = await t.watch(map, { queueLimit: 4 });
    for (let n = 0; n < 40; n++) await map.set(`k${n % 8}`, n);
    const known = fold(new Map<string, number>(), [
      ...(await until(watch, ({ type }) => type === 'reset')),
      ...(await untilLive(watch)),
    ]);
    const { bookmark } = watch;
    await watch.close();
    await map.set('k0', 999);
    await map.delete('k1');
    const resumed = await t.watch(map, { start: bookmark });
    fold(known, await untilLive(resumed));
    assert.deepEqual(known, await stateOf(map));
  }),
];
