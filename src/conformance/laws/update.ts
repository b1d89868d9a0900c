import assert from 'node:assert/strict';
import { DELETE, KEEP } from '../../contract/symbols.ts';
import { failsWith, mistake, there, wrong } from '../assertions.ts';
import { bothFaces } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { take } from '../reading.ts';

export const updateLaws: readonly Law[] = [
  bothFaces('update: is given what stands and writes what is returned', async (t) => {
    const map = t.words();
    const first = await map.set('a', 1);
    const given: unknown[] = [];
    const written = await map.update('a', (value, entry) => {
      given.push(value, entry);
      return (value ?? 0) + 1;
    });
    assert.deepEqual(given, [1, first]);
    assert.deepEqual(await map.entry('a'), written);
    assert.equal(there(written).value, 2);
    assert.ok(there(written).version > first.version);
  }),

  bothFaces('update: of an absent key is given undefined and may insert', async (t) => {
    const map = t.words();
    const given: unknown[] = [];
    const written = await map.update('a', (value, entry) => {
      given.push(value, entry);
      return 1;
    });
    assert.deepEqual(given, [undefined, undefined]);
    assert.deepEqual(await map.entry('a'), written);
  }),

  bothFaces('update: KEEP leaves the entry as it is and answers it', async (t) => {
    const map = t.words();
    const watch = await t.watch(t.map());
    const entry = await map.set('a', 1);
    assert.deepEqual(await map.update('a', () => KEEP), entry);
    assert.deepEqual(await map.entry('a'), entry);
    assert.equal(await map.update('b', () => KEEP), undefined);
    assert.equal(await map.has('b'), false);
    await map.set('z', 1);
    assert.deepEqual(
      (await take(watch, 2)).map(({ key }) => key),
      ['a', 'z'],
      'nothing was written',
    );
  }),

  bothFaces('update: DELETE removes the entry', async (t) => {
    const map = t.words();
    const watch = await t.watch(t.map());
    await map.set('a', 1);
    assert.equal(await map.update('a', () => DELETE), undefined);
    assert.equal(await map.has('a'), false);
    assert.equal(await map.update('b', () => DELETE), undefined, 'absent is fine');
    await map.set('z', 1);
    assert.deepEqual(
      (await take(watch, 3)).map(({ type, key }) => `${type} ${key}`),
      ['insert a', 'delete a', 'insert z'],
    );
  }),

  bothFaces('update: returning undefined is an error, not a delete', async (t) => {
    const map = t.words();
    const entry = await map.set('a', 1);
    await mistake(/undefined|DELETE/, () => map.update('a', () => wrong(undefined)));
    await mistake(/undefined|DELETE/, () => map.update('b', () => wrong(undefined)));
    assert.deepEqual(await map.entry('a'), entry);
    assert.equal(await map.has('b'), false);
  }),

  bothFaces('update: a promise is refused, and its failure is nobody’s unhandled rejection', async (t) => {
    const map = t.words();
    const entry = await map.set('a', 1);
    await mistake(/promise|synchronous/i, () => map.update('a', () => wrong(Promise.resolve(2))));
    await mistake(/promise|synchronous/i, () =>
      map.update('a', () => wrong(Promise.reject(new Error('late')))),
    );
    assert.deepEqual(await map.entry('a'), entry);
  }),

  bothFaces('update: a function that throws changes nothing and blocks nobody', async (t) => {
    const map = t.words();
    const entry = await map.set('a', 1);
    const reason = new Error('no');
    await failsWith(reason, () =>
      map.update('a', () => {
        throw reason;
      }),
    );
    assert.deepEqual(await map.entry('a'), entry);
    assert.equal(there(await map.update('a', (value) => (value ?? 0) + 1)).value, 2);
  }),

  bothFaces('update: keeps the time to live', async (t) => {
    const map = t.words();
    const { expiresAt } = await map.set('a', 1, { ttlMs: t.ttlMs * 100 });
    await t.advance(1);
    assert.equal(there(await map.update('a', () => 2)).expiresAt, expiresAt);
  }),

  bothFaces('update: what is given is private: changing it changes nothing', async (t) => {
    const map = t.words<{ n: number }>();
    await map.set('a', { n: 1 });
    await map.update('a', (value) => {
      there(value).n = 99;
      return KEEP;
    });
    assert.deepEqual(await map.get('a'), { n: 1 });
  }),

  bothFaces('update: takes a function and nothing else', async (t) => {
    const map = t.words();
    await mistake(/function/, () => map.update('a', wrong(5)));
    await mistake(/function/, () => map.getOrInsertComputed('a', wrong('x')));
    assert.equal(await map.has('a'), false);
  }),
];
