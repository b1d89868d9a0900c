import assert from 'node:assert/strict';
import type { Stamp } from '../../contract/entry.ts';
import { MAX_STAMP, MIN_STAMP } from '../../contract/limits.ts';
import { DELETE } from '../../contract/symbols.ts';
import { there } from '../assertions.ts';
import type { Words } from '../faces.ts';
import { bothFaces, manualTime } from '../fixture.ts';
import type { Law } from '../fixture.ts';

/** Writes newer-wins; whether it was carried out. */
async function newer(map: Words<number>, stamp: Stamp): Promise<boolean> {
  return (await map.set('a', 1, { ifNewer: stamp })).ok;
}

async function removeNewer(map: Words<number>, stamp: Stamp): Promise<boolean> {
  return (await map.delete('a', { ifNewer: stamp })).ok;
}

const MINUTE_MS = 60_000;

export const stampLaws: readonly Law[] = [
  bothFaces('ifNewer: a higher stamp wins, an equal or lower one is refused', async (t) => {
    const map = t.words();
    const first = await map.set('a', 10, { ifNewer: 5 });
    assert.ok(first.ok);
    assert.deepEqual(await map.set('a', 11, { ifNewer: 5 }), { ok: false, current: first.entry });
    assert.deepEqual(await map.set('a', 12, { ifNewer: 4 }), { ok: false, current: first.entry });
    const later = await map.set('a', 13, { ifNewer: 6 });
    assert.ok(later.ok && later.version > first.version);
    assert.equal(await map.get('a'), 13);
  }),

  bothFaces('ifNewer: numbers and bigints are one order', async (t) => {
    const map = t.words();
    assert.ok(await newer(map, 5));
    assert.ok(!(await newer(map, 5n)));
    assert.ok(await newer(map, 6n));
    assert.ok(!(await newer(map, 6)));
    assert.ok(await newer(map, 7));
  }),

  bothFaces('ifNewer: stamps reach from the least to the greatest signed 64 bit integer', async (t) => {
    const map = t.words();
    const ascending = [MIN_STAMP, MIN_STAMP + 1n, -1, 0, 1, 2n ** 53n, 2n ** 53n + 1n, 2n ** 62n];
    for (const stamp of [...ascending, MAX_STAMP - 1n, MAX_STAMP]) {
      assert.ok(await newer(map, stamp), `${stamp} should win`);
      assert.ok(!(await newer(map, stamp)), `${stamp} twice`);
    }
    assert.ok(!(await newer(map, MIN_STAMP)));
  }),

  bothFaces('ifNewer: the clock of the machine in nanoseconds is a stamp', async (t) => {
    const map = t.words();
    const now = BigInt(Date.UTC(2026, 0, 1)) * 1_000_000n;
    assert.ok(await newer(map, now));
    assert.ok(await newer(map, now + 1n));
    assert.ok(!(await newer(map, now)));
  }),

  bothFaces('ifNewer: an entry without a stamp loses to any', async (t) => {
    const map = t.words();
    await map.set('a', 1);
    assert.ok(await newer(map, MIN_STAMP));
  }),

  bothFaces('ifNewer: a plain write clears the stamp', async (t) => {
    const map = t.words();
    for (const plain of [
      () => map.set('a', 2),
      () => map.set('a', 2, { ifPresent: true }),
      () => map.swap('a', 2),
    ]) {
      assert.ok(await newer(map, 100));
      await plain();
      assert.ok(await newer(map, 1), 'the stamp should be gone');
      await map.set('a', 0);
    }
  }),

  bothFaces('ifNewer: a delete with a stamp leaves it behind for late writers', async (t) => {
    const map = t.words();
    assert.ok(await newer(map, 5));
    assert.ok(!(await removeNewer(map, 5)), 'a tie is refused');
    assert.ok(await removeNewer(map, 7));
    assert.ok(!(await newer(map, 6)), 'older than the delete');
    assert.ok(!(await newer(map, 7)), 'as old as the delete');
    assert.equal(await map.has('a'), false);
    assert.ok(await newer(map, 8));
  }),

  bothFaces(
    'ifNewer: a delete of an absent key with a stamp is carried out and leaves it behind',
    async (t) => {
      const map = t.words();
      const outcome = await map.delete('a', { ifNewer: 7 });
      assert.ok(outcome.ok);
      assert.equal(outcome.entry, undefined);
      assert.ok(outcome.version > 0);
      assert.deepEqual(await map.set('a', 1, { ifNewer: 7 }), { ok: false, current: undefined });
      assert.ok(!(await removeNewer(map, 6)), 'an older delete');
      assert.ok(await removeNewer(map, 9));
      assert.ok(!(await newer(map, 8)));
      assert.ok(await newer(map, 10));
    },
  ),

  bothFaces('ifNewer: a removal without a stamp forgets the stamp, as a plain write does', async (t) => {
    const map = t.words();
    for (const remove of [
      () => map.delete('a'),
      () => map.take('a'),
      () => map.clear(),
      () => map.update('a', () => DELETE),
      () => t.atomic().delete(map, 'a').commit(),
    ]) {
      assert.ok(await newer(map, 100));
      await remove();
      assert.equal(await map.has('a'), false);
      assert.ok(await newer(map, 1), 'the stamp should be gone');
      await map.set('a', 0);
    }
  }),

  bothFaces(
    'ifNewer: an entry that expired leaves its stamp behind',
    async (t) => {
      const map = t.words();
      await map.set('a', 1, { ifNewer: 100, ttlMs: t.ttlMs });
      await map.set('b', 1, { ifNewer: 100, ttlMs: t.ttlMs });
      t.bench.late(t.ttlMs);
      assert.deepEqual(await map.set('a', 2, { ifNewer: 100 }), { ok: false, current: undefined });
      await t.advance(t.untilExpiredMs);
      assert.deepEqual(await map.set('b', 2, { ifNewer: 50 }), { ok: false, current: undefined });
      assert.ok((await map.set('b', 2, { ifNewer: 101 })).ok);
    },
    manualTime,
  ),

  bothFaces('ifNewer: a plain write over a removed key forgets the stamp left behind', async (t) => {
    const map = t.words();
    assert.ok(await removeNewer(map, 100));
    await map.set('a', 1);
    assert.ok(await newer(map, 1));
    assert.ok(await removeNewer(map, 100));
    await map.set('a', 1);
    await map.delete('a');
    assert.ok(await newer(map, 1), 'for good');
  }),

  bothFaces('ifNewer: stamps of one key and map say nothing about another', async (t) => {
    const map = t.words();
    assert.ok(await newer(map, 100));
    assert.ok((await map.set('b', 1, { ifNewer: 1 })).ok);
    assert.ok((await t.words('other').set('a', 1, { ifNewer: 1 })).ok);
  }),

  bothFaces(
    'ifNewer: the stamp of a removed entry is remembered for minutes, not for ever',
    async (t) => {
      const map = t.words();
      assert.ok(await removeNewer(map, 100));
      await t.advance(9 * MINUTE_MS);
      assert.ok(!(await newer(map, 50)), 'remembered after 9 minutes');
      await t.advance(12 * MINUTE_MS);
      await map.set('b', 1);
      assert.ok(await newer(map, 50), 'forgotten after 21 minutes');
    },
    manualTime,
  ),

  bothFaces('ifNewer: arrivals in any order end with the newest', async (t) => {
    const map = t.words();
    const stamps = [5, 3, 9, 1, 7, 8, 2, 6, 4];
    await Promise.all(stamps.map((stamp) => map.set('a', stamp, { ifNewer: stamp })));
    assert.equal(there(await map.get('a')), 9);
  }),
];
