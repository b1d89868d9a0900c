import assert from 'node:assert/strict';
import { dice, there } from '../assertions.ts';
import { bothFaces, law } from '../fixture.ts';
import type { Law } from '../fixture.ts';

export const atomicRaceLaws: readonly Law[] = [
  bothFaces('atomic: of many over the same versions exactly one happens', async (t) => {
    const map = t.words();
    const [a, b] = [await map.set('{t}a', 0), await map.set('{t}b', 0)];
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        t
          .atomic()
          .check(map, '{t}a', a)
          .check(map, '{t}b', b)
          .set(map, '{t}a', n + 1)
          .set(map, '{t}b', n + 1)
          .commit(),
      ),
    );
    assert.equal(outcomes.filter(({ ok }) => ok).length, 1);
    const values = await map.getMany(['{t}a', '{t}b']);
    assert.equal(values[0], values[1]);
  }),

  law('atomic: transfers between many accounts never lose or make money', async (t) => {
    const map = t.map();
    const keys = Array.from({ length: 8 }, (_, n) => `{t}${n}`);
    for (const key of keys) await map.set(key, 100);
    const transfer = async (seed: number): Promise<void> => {
      const roll = dice(seed);
      for (let done = 0; done < 20;) {
        const [from, to] = [there(keys[roll(8)]), there(keys[roll(8)])];
        if (from === to) continue;
        const [a, b] = [there(await map.entry(from)), there(await map.entry(to))];
        const outcome = await t.store
          .atomic()
          .check(map, from, a)
          .check(map, to, b)
          .set(map, from, a.value - 1)
          .set(map, to, b.value + 1)
          .commit();
        if (outcome.ok) done++;
      }
    };
    await Promise.all([1, 2, 3, 4].map(transfer));
    const values = await map.getMany(keys);
    assert.equal(
      values.reduce<number>((sum, value) => sum + there(value), 0),
      800,
    );
  }),
];
