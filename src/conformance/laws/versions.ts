import assert from 'node:assert/strict';
import { collect, dice, there } from '../assertions.ts';
import { bothFaces, law } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { take } from '../reading.ts';

export const versionLaws: readonly Law[] = [
  bothFaces('versions: are safe integers from 1 up that grow with every write of a key', async (t) => {
    const map = t.words();
    let last = 0;
    for (let n = 0; n < 20; n++) {
      const { version } = await map.set('a', n);
      assert.ok(Number.isSafeInteger(version) && version > last, `${version} after ${last}`);
      last = version;
    }
  }),

  bothFaces('versions: grow over every kind of write, delete and re-creation', async (t) => {
    const map = t.words();
    const roll = dice(1);
    let last = 0;
    const grown = (version: number | undefined): void => {
      assert.ok(there(version) > last, `${version} is not above ${last}`);
      last = there(version);
    };
    for (let n = 0; n < 100; n++) {
      switch (roll(8)) {
        case 0:
          grown((await map.set('a', n)).version);
          break;
        case 1: {
          const outcome = await map.delete('a', { ifPresent: true });
          if (outcome.ok) grown(outcome.version);
          break;
        }
        case 2:
          await map.add('a', 1);
          grown((await map.entry('a'))?.version);
          break;
        case 3:
          grown((await map.update('a', (value) => (value ?? 0) + 1))?.version);
          break;
        case 4:
          await map.swap('a', n);
          grown((await map.entry('a'))?.version);
          break;
        case 5: {
          const touched = await map.touch('a', 'never');
          if (touched !== undefined) grown(touched.version);
          break;
        }
        case 6:
          await map.clear();
          break;
        default: {
          const outcome = await map.set('a', n, { ifNewer: n });
          if (outcome.ok) grown(outcome.version);
        }
      }
    }
  }),

  bothFaces('versions: of a key are not used again after delete, clear or drop', async (t) => {
    const map = t.words();
    const used = new Set<number>();
    const fresh = async (): Promise<void> => {
      const { version } = await map.set('a', 1);
      assert.ok(!used.has(version) && version > Math.max(0, ...used), `${version} again`);
      used.add(version);
    };
    await fresh();
    await map.delete('a');
    await fresh();
    await map.clear();
    await fresh();
    await t.map().drop();
    await fresh();
  }),

  bothFaces('versions: a stale version does not fit a key that was deleted and made again', async (t) => {
    const map = t.words();
    const first = await map.set('a', 1);
    await map.delete('a');
    const second = await map.set('a', 1);
    const outcome = await map.set('a', 2, { ifVersion: first.version });
    assert.deepEqual(outcome, { ok: false, current: second });
  }),

  bothFaces('versions: all changes of one atomic commit carry its number', async (t) => {
    const map = t.words();
    const watch = await t.watch(t.map());
    await map.set('{x}a', 1);
    const outcome = await t.atomic().set(map, '{x}b', 2).delete(map, '{x}a').set(map, '{x}c', 3).commit();
    assert.ok(outcome.ok);
    assert.equal(there(await map.entry('{x}b')).version, outcome.version);
    assert.equal(there(await map.entry('{x}c')).version, outcome.version);
    const [, ...changes] = await take(watch, 4);
    assert.deepEqual(
      changes.map(({ version }) => version),
      [outcome.version, outcome.version, outcome.version],
    );
  }),

  bothFaces('versions: all removals of one clear carry one number, above those of the entries', async (t) => {
    const map = t.words();
    const entries = await collectSets(map);
    const watch = await t.watch(t.map());
    assert.equal(await map.clear(), 10);
    const removed = await take(watch, 10);
    if (t.supports.partitions === 1) assert.equal(new Set(removed.map(({ version }) => version)).size, 1);
    for (const { version } of removed) assert.ok(version > Math.max(...entries));
    assert.deepEqual(await collect(map.list()), []);
  }),

  law('versions: a refused condition takes nothing and leaves the version', async (t) => {
    const map = t.map();
    const entry = await map.set('a', 1);
    for (let n = 0; n < 10; n++) {
      const outcome = await map.set('a', 2, { ifAbsent: true });
      assert.deepEqual(outcome, { ok: false, current: entry });
    }
    assert.deepEqual(await map.entry('a'), entry);
  }),
];

async function collectSets(map: {
  set(key: string, value: number): Promise<{ version: number }>;
}): Promise<number[]> {
  const versions: number[] = [];
  for (let n = 0; n < 10; n++) versions.push((await map.set(`{x}${n}`, n)).version);
  return versions;
}
