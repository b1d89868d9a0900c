import assert from 'node:assert/strict';
import { collect, mistake, wrong } from '../assertions.ts';
import { bothFaces, law } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { callWords } from './call-words.ts';

export const callMisuseLaws: readonly Law[] = [
  law('calls: signal and deadlineMs of the wrong kind are refused by every word', async (t) => {
    const map = t.map();
    const entry = await map.set('a', 1);
    for (const [word, call] of Object.entries(callWords(map))) {
      const refused = (about: string, options: unknown): Promise<void> =>
        mistake(about, () => call(wrong(options))).catch((cause: unknown) => {
          throw new Error(`${word} took ${JSON.stringify(options)}`, { cause });
        });
      await refused('signal', { signal: 'stop' });
      await refused('signal', { signal: {} });
      await refused('deadlineMs', { deadlineMs: -1 });
      await refused('deadlineMs', { deadlineMs: Number.NaN });
      await refused('deadlineMs', { deadlineMs: '5' });
    }
    assert.deepEqual(await collect(map.list()), [entry]);
  }),

  law('calls: unknown options are refused by every word, naming them', async (t) => {
    const map = t.map();
    const entry = await map.set('a', 1);
    for (const [word, call] of Object.entries(callWords(map))) {
      await mistake('bogus', () => call(wrong({ bogus: 1 }))).catch((cause: unknown) => {
        throw new Error(`${word} took an unknown option`, { cause });
      });
    }
    await mistake('bogus', () => map.lock('a', wrong({ bogus: 1 })));
    await mistake('bogus', () => map.tryLock('a', wrong({ bogus: 1 })));
    await mistake('bogus', () => t.store.atomic().commit(wrong({ bogus: 1 })));
    await mistake('bogus', () => t.store.maps(wrong({ bogus: 1 })));
    await mistake('bogus', () => collect(t.store.snapshot(wrong({ bogus: 1 }))));
    await mistake('bogus', () => t.store.restore(new Uint8Array(0), wrong({ bogus: 1 })));
    assert.deepEqual(await collect(map.list()), [entry]);
  }),

  law('calls: options of the reads are refused where they mean nothing', async (t) => {
    const map = t.map();
    await mistake('minVersion', () => map.get('a', { minVersion: -1 }));
    await mistake('minVersion', () => map.get('a', { minVersion: 1.5 }));
    await mistake('minVersion', () => map.get('a', { minVersion: wrong('1') }));
    await mistake('fresh', () => map.get('a', { fresh: wrong('yes') }));
    await mistake('fresh', () => map.set('a', 1, wrong({ fresh: true })));
    assert.equal(await map.count(), 0);
  }),

  bothFaces('calls: options that are no object are refused', async (t) => {
    const map = t.words();
    for (const options of [null, 5, 'ifAbsent', true]) {
      await mistake(/options/, () => map.set('a', 1, wrong(options)));
      await mistake(/options|range/, () => collect(map.list(wrong(options))));
      await mistake(/options/, () => map.tryLock('a', wrong(options)));
      if (t.face === 'async') await mistake(/options/, () => map.get('a', wrong(options)));
    }
    assert.equal(await map.count(), 0);
  }),

  law('calls: names and options of maps are checked when the map is asked for', async (t) => {
    for (const name of ['', 'a b', 'a/b', 'ä', 'x'.repeat(129), '\0', 'a:b']) {
      await mistake(/name/, () => t.store.map(name));
    }
    for (const name of [undefined, null, 5, {}]) await mistake(/name/, () => t.store.map(wrong(name)));
    for (const name of ['a', '.', '..', '-', '__proto__', 'constructor', 'A.b_c-1', 'x'.repeat(128)]) {
      const map = t.map(name);
      assert.equal(map.name, name);
      await map.set('a', 1);
      assert.equal(await map.get('a'), 1);
    }
    const bad: readonly [string, unknown][] = [
      ['codec', { codec: {} }],
      ['codec', { codec: 'json' }],
      ['keys', { keys: {} }],
      ['schema', { schema: {} }],
      ['shape', { shape: -1 }],
      ['shape', { shape: 65_536 }],
      ['shape', { shape: 1.5 }],
      ['upgrade', { shape: 1, upgrade: 5 }],
      ['upgrade', { shape: 1, upgrade: { 0: 5 } }],
      ['onInvalid', { onInvalid: 'ignore' }],
      ['values', { values: 'raw' }],
      ['near', { near: 5 }],
      ['batch', { batch: 'yes' }],
      ['ttl', { ttl: 5 }],
    ];
    for (const [about, options] of bad) await mistake(about, () => t.store.map('m', wrong(options)));
  }),
];
