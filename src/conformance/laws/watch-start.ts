import assert from 'node:assert/strict';
import { there } from '../assertions.ts';
import { law } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { brief, fold, next, take, untilKnown, untilLive } from '../reading.ts';

export const watchStartLaws: readonly Law[] = [
  law("watch: 'now' is live at once, on an empty map too, and tells nothing of before", async (t) => {
    const map = t.map();
    for (let round = 0; round < 2; round++) {
      const watch = await t.watch(map);
      assert.equal((await next(watch)).type, 'live');
      await map.set(`a${round}`, 1);
      assert.deepEqual((await take(watch, 1)).map(brief), [`insert a${round} 1`]);
    }
  }),

  law('watch: ready means that what is written from here on is delivered', async (t) => {
    const map = t.map();
    for (let n = 0; n < 20; n++) {
      const watch = map.watch();
      await watch.ready;
      await map.set('a', n);
      assert.equal(there((await take(watch, 1))[0]).type, n === 0 ? 'insert' : 'update');
      await watch.close();
    }
  }),

  law('watch: a watch that nobody reads yet misses nothing after ready', async (t) => {
    const map = t.map();
    const watch = await t.watch(map);
    for (let n = 0; n < 50; n++) await map.set('a', n);
    const values = (await take(watch, 50)).map((change) => 'value' in change && change.value);
    assert.deepEqual(
      values,
      Array.from({ length: 50 }, (_, n) => n),
    );
  }),

  law("watch: 'current' tells the state as replays in key order, then live", async (t) => {
    const map = t.map();
    const entries = [];
    for (const key of ['b', 'a', '\uffff', '😀'])
      entries.push(await map.set(key, 1, { ttlMs: t.ttlMs * 100 }));
    await map.set('gone', 1);
    await map.delete('gone');
    const watch = await t.watch(map, { start: 'current' });
    const state = await untilLive(watch);
    if (t.supports.partitions === 1) {
      assert.deepEqual(state.map(brief), [
        'replay insert a 1',
        'replay insert b 1',
        'replay insert \uffff 1',
        'replay insert 😀 1',
        'live',
      ]);
    }
    for (const { key, value, version, expiresAt } of entries) {
      const replay = there(state.find((change) => 'key' in change && change.key === key));
      assert.deepEqual(
        { ...replay, bookmark: '' },
        { type: 'insert', key, value, version, expiresAt, replay: true, bookmark: '' },
      );
    }
    await map.set('a', 2);
    assert.deepEqual((await take(watch, 1)).map(brief), ['update a 2']);
  }),

  law("watch: 'current' on an empty map is live at once", async (t) => {
    const watch = await t.watch(t.map(), { start: 'current' });
    assert.deepEqual((await untilLive(watch)).map(brief), ['live']);
  }),

  law("watch: 'current' with many entries under writers ends live with the state of the map", async (t) => {
    const map = t.map();
    await map.setMany(Array.from({ length: 2_500 }, (_, n) => [`k${n}`, 0] as const));
    const watch = await t.watch(map, { start: 'current' });
    const known = new Map<string, number>();
    let written = 0;
    let live = false;
    while (!live || written < 300) {
      if (written < 300) {
        await map.set(`k${(written * 37) % 2_600}`, written + 1);
        await map.delete(`k${(written * 53) % 2_600}`);
        written++;
      }
      if (live) continue;
      const change = await next(watch);
      fold(known, [change]);
      live = change.type === 'live';
    }
    await map.set('end', 1);
    fold(known, await untilKnown(watch, 'end'));
    const state = new Map<string, number>();
    for await (const [key, value] of map) state.set(key, value);
    assert.deepEqual(known, state);
  }),

  law('watch: live comes once in a catch-up', async (t) => {
    const map = t.map();
    await map.set('a', 1);
    const watch = await t.watch(map, { start: 'current' });
    await map.set('b', 1);
    await map.set('end', 1);
    const seen = await untilKnown(watch, 'end', false);
    await map.set('after', 1);
    seen.push(...(await untilKnown(watch, 'after')));
    assert.equal(seen.filter(({ type }) => type === 'live').length, 1);
  }),
];
