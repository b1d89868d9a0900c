import assert from 'node:assert/strict';
import { mistake, there } from '../assertions.ts';
import { bothFaces, law, manualTime, syncFace } from '../fixture.ts';
import type { Law } from '../fixture.ts';

export const updateRaceLaws: readonly Law[] = [
  bothFaces('update: many at once on one key lose nothing', async (t) => {
    const map = t.words();
    const entries = await Promise.all(
      Array.from({ length: 100 }, () => map.update('a', (value) => (value ?? 0) + 1)),
    );
    assert.equal(await map.get('a'), 100);
    assert.equal(new Set(entries.map((entry) => entry?.value)).size, 100, 'each saw its own result');
  }),

  bothFaces('update: many at once beside other writers lose nothing', async (t) => {
    const map = t.words();
    const writers: Promise<unknown>[] = [];
    for (let n = 0; n < 40; n++) {
      writers.push(
        map.update('a', (value) => (value ?? 0) + 1),
        map.add('a', 1),
        map.update('b', (value) => (value ?? 0) + 1),
      );
    }
    await Promise.all(writers);
    assert.deepEqual(await map.getMany(['a', 'b']), [80, 40]);
  }),

  law(
    'update: a write to the same key from within is seen by the next run',
    async (t) => {
      const map = t.map();
      const sync = there(map.sync);
      for (const words of [map, sync]) {
        await map.set('a', 1);
        let runs = 0;
        const written = await words.update('a', (value) => {
          if (runs++ === 0) sync.set('a', 100);
          return there(value) + 1;
        });
        assert.equal(runs, 2);
        assert.equal(there(written).value, 101);
      }
    },
    syncFace,
  ),

  law(
    'update: a function that writes its own key each time is told so',
    async (t) => {
      const map = t.map();
      const sync = there(map.sync);
      for (const words of [map, sync]) {
        let runs = 0;
        const update = (): unknown =>
          words.update('a', (value) => {
            sync.set('a', ++runs);
            return (value ?? 0) + 1;
          });
        await mistake(/"a".*writes it itself/, async () => update());
        assert.equal(await map.get('a'), runs, 'what it wrote stands');
      }
      assert.equal(there(await map.update('a', () => 5)).value, 5);
    },
    syncFace,
  ),

  bothFaces(
    'update: an entry whose time is up is given as absent',
    async (t) => {
      const map = t.words();
      await map.set('a', 1, { ttlMs: t.ttlMs });
      t.bench.late(t.ttlMs);
      const written = await map.update('a', (value) => (value === undefined ? 50 : value));
      assert.equal(there(written).value, 50);
      assert.equal(there(written).expiresAt, undefined);
    },
    manualTime,
  ),

  law(
    'update: one within another of the same key loses neither',
    async (t) => {
      const sync = there(t.map().sync);
      sync.set('a', 1);
      let inner = 0;
      const written = sync.update('a', (value) => {
        if (inner++ === 0) sync.update('a', (within) => there(within) + 10);
        return there(value) + 100;
      });
      assert.equal(there(written).value, 111);
      assert.equal(sync.get('a'), 111);
    },
    syncFace,
  ),
];
