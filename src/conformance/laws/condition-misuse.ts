import assert from 'node:assert/strict';
import { collect, mistake, wrong } from '../assertions.ts';
import { bothFaces } from '../fixture.ts';
import type { Law } from '../fixture.ts';

const CONDITIONS = ['ifVersion', 'ifAbsent', 'ifPresent', 'ifValue', 'ifNewer'];

export const conditionMisuseLaws: readonly Law[] = [
  bothFaces('condition misuse: a condition that is undefined is refused, not dropped', async (t) => {
    const map = t.words();
    const entry = await map.set('a', 1);
    for (const name of CONDITIONS) {
      await mistake(name, () => map.set('a', 2, wrong({ [name]: undefined })));
      await mistake(name, () => map.delete('a', wrong({ [name]: undefined })));
    }
    assert.deepEqual(await map.entry('a'), entry);
  }),

  bothFaces('condition misuse: two conditions at once are refused', async (t) => {
    const map = t.words();
    const entry = await map.set('a', 1);
    const values = { ifVersion: entry.version, ifAbsent: true, ifPresent: true, ifValue: 1, ifNewer: 1 };
    const pairs = Object.entries(values).flatMap((one, at, all) =>
      all.slice(at + 1).map((two) => [one, two]),
    );
    assert.equal(pairs.length, 10);
    for (const pair of pairs) {
      const options = Object.fromEntries(pair);
      await mistake(/condition|if[A-Z]/, () => map.set('a', 2, wrong(options)));
      await mistake(/condition|if[A-Z]/, () => map.delete('a', wrong(options)));
    }
    assert.deepEqual(await map.entry('a'), entry);
  }),

  bothFaces('condition misuse: ifAbsent and ifPresent take true and nothing else', async (t) => {
    const map = t.words();
    const entry = await map.set('a', 1);
    for (const value of [false, null, 1, 'yes']) {
      await mistake('ifAbsent', () => map.set('a', 2, wrong({ ifAbsent: value })));
      await mistake('ifPresent', () => map.set('a', 2, wrong({ ifPresent: value })));
      await mistake('ifPresent', () => map.delete('a', wrong({ ifPresent: value })));
    }
    assert.deepEqual(await map.entry('a'), entry);
  }),

  bothFaces('condition misuse: delete takes no ifAbsent', async (t) => {
    const map = t.words();
    await mistake('ifAbsent', () => map.delete('a', wrong({ ifAbsent: true })));
  }),

  bothFaces('condition misuse: ifVersion takes safe integers from 0 up', async (t) => {
    const map = t.words();
    const entry = await map.set('a', 1);
    const bad = [-1, 1.5, Number.NaN, Infinity, 2 ** 53, '1', 1n, null, {}];
    for (const value of bad) {
      await mistake('ifVersion', () => map.set('a', 2, wrong({ ifVersion: value })));
      await mistake('ifVersion', () => map.delete('a', wrong({ ifVersion: value })));
    }
    assert.deepEqual(await map.entry('a'), entry);
  }),

  bothFaces('condition misuse: ifNewer takes whole numbers and bigints of signed 64 bits', async (t) => {
    const map = t.words();
    const bad = [1.5, Number.NaN, Infinity, '1', null, 2n ** 63n, -(2n ** 63n) - 1n, new Date(0)];
    for (const value of bad) {
      await mistake('ifNewer', () => map.set('a', 2, wrong({ ifNewer: value })));
      await mistake('ifNewer', () => map.delete('a', wrong({ ifNewer: value })));
    }
    assert.deepEqual(await collect(map.list()), []);
  }),

  bothFaces('condition misuse: unknown options beside a condition are refused', async (t) => {
    const map = t.words();
    await mistake('ifversion', () => map.set('a', 2, wrong({ ifversion: 0 })));
    await mistake('ttl', () => map.set('a', 2, wrong({ ifAbsent: true, ttl: 5 })));
    await mistake('ttlMs', () => map.delete('a', wrong({ ifVersion: 1, ttlMs: 5 })));
    assert.equal(await map.count(), 0);
  }),
];
