import assert from 'node:assert/strict';
import { collect } from '../assertions.ts';
import type { Words } from '../faces.ts';
import { bothFaces, law } from '../fixture.ts';
import type { Law } from '../fixture.ts';

const MANY = 2_600;

function key(n: number): string {
  return `k${String(n).padStart(6, '0')}`;
}

async function filled(map: Words<number>, count: number): Promise<Words<number>> {
  await map.setMany(Array.from({ length: count }, (_, n) => [key(n), n] as const));
  return map;
}

export const iterationLaws: readonly Law[] = [
  bothFaces('iteration: goes over many pages, each key once, in order', async (t) => {
    const map = await filled(t.words(), MANY);
    const all = Array.from({ length: MANY }, (_, n) => key(n));
    assert.deepEqual(await collect(map.keys()), all);
    assert.deepEqual(await collect(map.keys({ reverse: true })), all.toReversed());
    assert.deepEqual(await collect(map.keys({ limit: 1_001 })), all.slice(0, 1_001));
    assert.deepEqual(await collect(map.keys({ start: key(999), end: key(2_001) })), all.slice(999, 2_001));
    assert.equal(await map.count(), MANY);
  }),

  bothFaces('iteration: exactly one page, one less and one more', async (t) => {
    const map = t.words();
    await filled(map, 999);
    for (const count of [999, 1_000, 1_001]) {
      await map.set(key(count - 1), count - 1);
      assert.equal((await collect(map.keys())).length, count);
      assert.equal((await collect(map.keys({ reverse: true }))).length, count);
    }
  }),

  bothFaces('iteration: writes meanwhile hide no untouched key and show none twice', async (t) => {
    const map = await filled(t.words(), MANY);
    const seen: string[] = [];
    for await (const { key: found } of map.list()) {
      seen.push(found);
      const n = seen.length;
      if (n % 10 === 0) await map.set(`${found}+`, n);
      if (n % 10 === 5) await map.delete(key(MANY - 1 - n));
      if (n % 10 === 7) await map.set(key(0), n);
    }
    assert.equal(new Set(seen).size, seen.length, 'no key twice');
    assert.deepEqual(seen, seen.toSorted(), 'in order');
    const removed = (n: number): boolean => (MANY - 1 - n) % 10 === 5;
    const shown = new Set(seen);
    for (let n = 0; n < MANY; n++) if (!removed(n)) assert.ok(shown.has(key(n)), `${key(n)} was hidden`);
  }),

  bothFaces('iteration: a key removed ahead is not shown from a later page', async (t) => {
    const map = await filled(t.words(), 2_000);
    let first = true;
    const seen: string[] = [];
    for await (const found of map.keys()) {
      if (first) await map.clear({ start: key(1_500) });
      first = false;
      seen.push(found);
    }
    assert.equal(seen.length, 1_500);
  }),

  bothFaces('iteration: can be left early, and begun again', async (t) => {
    const map = await filled(t.words(), 1_500);
    for (let round = 0; round < 3; round++) {
      for await (const found of map.keys()) if (found === key(1_200)) break;
      for await (const found of map.list()) if (found.key === key(0)) break;
    }
    await assert.rejects(
      async () => {
        for await (const found of map.keys()) throw new Error(found);
      },
      new RegExp(key(0)),
    );
    assert.equal((await collect(map.keys())).length, 1_500);
  }),

  bothFaces('iteration: nothing is read before the first step', async (t) => {
    const map = t.words();
    const keys = map.keys();
    await map.set('a', 1);
    assert.deepEqual(await collect(keys), ['a']);
  }),

  law('iteration: return() ends it, later steps are done', async (t) => {
    const map = t.map();
    await filled(map, 10);
    const entries = map.list();
    assert.equal((await entries.next()).done, false);
    assert.equal((await entries.return?.())?.done, true);
    assert.equal((await entries.next()).done, true);
    const never = map.keys();
    assert.equal((await never.return?.())?.done, true);
    assert.equal((await never.next()).done, true);
  }),

  law('iteration: steps asked for at once are answered in order', async (t) => {
    const map = t.map();
    await filled(map, 5);
    const keys = map.keys();
    const steps = await Promise.all(Array.from({ length: 7 }, () => keys.next()));
    assert.deepEqual(
      steps.map((step) => (step.done ? 'done' : step.value)),
      [key(0), key(1), key(2), key(3), key(4), 'done', 'done'],
    );
  }),

  bothFaces('iteration: several at once do not disturb each other', async (t) => {
    const map = await filled(t.words(), 1_200);
    const counts = await Promise.all([
      collect(map.keys()),
      collect(map.keys({ reverse: true })),
      collect(map.keys({ prefix: 'k0000' })),
    ]);
    assert.deepEqual(
      counts.map(({ length }) => length),
      [1_200, 1_200, 100],
    );
  }),
];
