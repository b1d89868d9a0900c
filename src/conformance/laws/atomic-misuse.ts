import assert from 'node:assert/strict';
import { collect, fault, mistake, wrong } from '../assertions.ts';
import type { Words } from '../faces.ts';
import { bothFaces, law } from '../fixture.ts';
import type { Law, Need } from '../fixture.ts';

const boundedCommits: Need = (t) =>
  t.supports.atomic.operations > 100_000
    ? `supports.atomic.operations is ${t.supports.atomic.operations}`
    : undefined;
const partitioned: Need = (t) => (t.supports.partitions > 1 ? undefined : 'supports.partitions is 1');

export const atomicMisuseLaws: readonly Law[] = [
  bothFaces('atomic misuse: a key is a target once', async (t) => {
    const map = t.words();
    await mistake('{t}a', () => t.atomic().set(map, '{t}a', 1).set(map, '{t}a', 2).commit());
    await mistake('{t}a', () => t.atomic().set(map, '{t}a', 1).delete(map, '{t}a').commit());
    await mistake('{t}a', () => t.atomic().delete(map, '{t}a').delete(t.words(), '{t}a').commit());
    assert.equal(await map.count(), 0);
    const other = t.words('other');
    assert.ok((await t.atomic().set(map, '{t}a', 1).set(other, '{t}a', 2).commit()).ok, 'two maps, two keys');
  }),

  law('atomic misuse: a map of another store is refused', async (t) => {
    const map = t.map();
    const foreign = (await t.another()).map<number>('m');
    await mistake(/store/, () => t.store.atomic().set(map, '{t}a', 1).set(foreign, '{t}b', 2).commit());
    await mistake(/store/, () => t.store.atomic().check(foreign, '{t}b', 0).set(map, '{t}a', 1).commit());
    assert.equal(await map.count(), 0);
    assert.equal(await foreign.count(), 0);
  }),

  bothFaces('atomic misuse: an empty commit means nothing', async (t) => {
    await mistake(/empty/, () => t.atomic().commit());
  }),

  bothFaces('atomic misuse: what is no map is refused', async (t) => {
    for (const nothing of [{}, null, 'm', new Map()]) {
      const none = wrong<Words<number>>(nothing);
      await mistake(/map/, () => t.atomic().set(none, 'a', 1).commit());
      await mistake(/map/, () => t.atomic().check(none, 'a', 0).commit());
      await mistake(/map/, () => t.atomic().delete(none, 'a').commit());
    }
  }),

  bothFaces('atomic misuse: bad keys, versions, values and options change nothing', async (t) => {
    const map = t.words<unknown>();
    const begun = (): ReturnType<typeof t.atomic> => t.atomic().set(map, '{t}ok', 1);
    await mistake('key', () => begun().set(map, '', 1).commit());
    await mistake('key', () => begun().delete(map, '\ud800').commit());
    await mistake('undefined', () => begun().set(map, '{t}a', undefined).commit());
    await mistake('ttlMs', () => begun().set(map, '{t}a', 1, { ttlMs: -1 }).commit());
    await mistake('bogus', () =>
      begun()
        .set(map, '{t}a', 1, wrong({ bogus: 1 }))
        .commit(),
    );
    for (const version of [-1, 1.5, Number.NaN, 2 ** 53, '1', undefined, null, {}]) {
      await mistake('version', () => begun().check(map, '{t}a', wrong(version)).commit());
    }
    await fault('CODEC', () =>
      begun()
        .set(map, '{t}a', () => 1)
        .commit(),
    );
    assert.deepEqual(await collect(map.list()), []);
  }),

  bothFaces('atomic misuse: an entry checks the key that it is of', async (t) => {
    const map = t.words();
    const [a, b] = [await map.set('{t}a', 1), await map.set('{t}b', 1)];
    await mistake(/"\{t\}b".*"\{t\}a"/, () => t.atomic().check(map, '{t}a', b).set(map, '{t}c', 1).commit());
    assert.equal(await map.has('{t}c'), false);
    assert.ok((await t.atomic().check(map, '{t}a', a).set(map, '{t}c', 1).commit()).ok);
    assert.ok((await t.atomic().check(map, '{t}b', b.version).delete(map, '{t}c').commit()).ok);
  }),

  bothFaces('atomic misuse: a commit is committed once', async (t) => {
    const map = t.words();
    const atomic = t.atomic().set(map, '{t}a', 1);
    assert.ok((await atomic.commit()).ok);
    await map.set('{t}a', 5);
    const again = await Promise.allSettled([(async () => atomic.commit())()]);
    assert.equal(again[0]?.status, 'rejected');
    assert.equal(await map.get('{t}a'), 5);
  }),

  bothFaces(
    'atomic misuse: more operations than supports.atomic says are refused as LIMIT',
    async (t) => {
      const most = t.supports.atomic.operations;
      const map = t.words();
      const atomic = t.atomic();
      for (let n = 0; n <= most; n++) atomic.set(map, `{t}${n}`, n);
      const error = await fault('LIMIT', () => atomic.commit());
      assert.match(error.message, new RegExp(String(most).replaceAll(/\B(?=(\d{3})+$)/g, '[,_]?')));
      assert.equal(await map.count(), 0);
    },
    boundedCommits,
  ),

  bothFaces(
    'atomic misuse: keys of two partitions are UNSUPPORTED, naming them',
    async (t) => {
      const map = t.words();
      const keys = Array.from({ length: 32 }, (_, n) => `key-${n}`);
      const atomic = t.atomic();
      for (const key of keys) atomic.set(map, key, 1);
      const error = await fault('UNSUPPORTED', () => atomic.commit());
      assert.ok(keys.filter((key) => error.message.includes(key)).length >= 2, error.message);
      assert.equal(await map.count(), 0);
    },
    partitioned,
  ),
];
