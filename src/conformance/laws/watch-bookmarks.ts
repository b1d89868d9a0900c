import assert from 'node:assert/strict';
import { formatBookmark } from '../../contract/position.ts';
import { fault, mistake, there, wrong } from '../assertions.ts';
import { law } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { brief, fold, next, take, untilLive } from '../reading.ts';

export const watchBookmarkLaws: readonly Law[] = [
  law('watch: a bookmark that is none is refused', async (t) => {
    const map = t.map();
    for (const start of [
      '',
      'yesterday',
      'x:',
      ':1',
      'a:1:2',
      'abc:-1',
      'abc:1.x',
      'abc:99999999999999999',
    ]) {
      const watch = (): Promise<unknown> => begun(map.watch({ start }));
      assert.match((await fault('FORMAT', watch)).message, /start must be 'now', 'current' or a bookmark/);
    }
    for (const start of [5, null, {}])
      await mistake(/start.*bookmark/, () => begun(map.watch({ start: wrong(start) })));
  }),

  law('watch: a bookmark of another store is answered with a reset and the state', async (t) => {
    const foreign = (await t.another()).map<number>('m');
    const elsewhere = foreign.watch();
    await foreign.set('x', 1);
    const { bookmark } = there((await take(elsewhere, 1))[0]);
    await elsewhere.close();
    const map = t.map();
    await map.set('a', 1);
    const watch = await t.watch(map, { start: bookmark });
    assert.deepEqual((await untilLive(watch)).map(brief), ['reset', 'replay insert a 1', 'live']);
    await map.set('a', 2);
    assert.deepEqual((await take(watch, 1)).map(brief), ['update a 2']);
  }),

  law('watch: a bookmark ahead of the history is answered with a reset, not with silence', async (t) => {
    const map = t.map();
    await map.set('a', 1);
    const ahead = Array.from({ length: t.supports.partitions }, () => 2 ** 52);
    const watch = await t.watch(map, { start: formatBookmark(t.engine.lineage, ahead) });
    assert.deepEqual((await untilLive(watch)).map(brief), ['reset', 'replay insert a 1', 'live']);
  }),

  law('watch: a bookmark from before live starts the catch-up again', async (t) => {
    const map = t.map();
    await map.setMany([
      ['a', 1],
      ['b', 2],
    ]);
    const watch = await t.watch(map, { start: 'current' });
    const { bookmark } = await next(watch);
    await watch.close();
    const again = await t.watch(map, { start: bookmark });
    const known = fold(new Map<string, number>(), await untilLive(again));
    assert.deepEqual(known, new Map(Object.entries({ a: 1, b: 2 })));
  }),

  law(
    'watch: a bookmark from long ago is resumed from or answered with a reset, and nothing is missed',
    async (t) => {
      const map = t.map();
      await map.setMany(Array.from({ length: 50 }, (_, n) => [`k${n}`, n] as const));
      const first = await t.watch(map, { start: 'current' });
      const known = fold(new Map<string, number>(), await untilLive(first));
      const { bookmark } = first;
      await first.close();
      for (let round = 0; round < 20; round++) {
        await map.deleteMany([`k${round}`, `k${round + 60}`]);
        await map.setMany(Array.from({ length: 100 }, (_, n) => [`k${20 + n}`, round * 100 + n] as const));
      }
      const again = await t.watch(map, { start: bookmark });
      fold(known, await untilLive(again));
      const state = new Map<string, number>();
      for await (const [key, value] of map) state.set(key, value);
      assert.deepEqual(known, state);
    },
  ),
];

async function begun(watch: {
  readonly ready: Promise<void>;
  next(): Promise<unknown>;
  close(): Promise<void>;
}): Promise<void> {
  try {
    await watch.ready;
    await watch.next();
  } finally {
    await watch.close();
  }
}
