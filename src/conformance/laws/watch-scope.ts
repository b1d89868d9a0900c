import assert from 'node:assert/strict';
import { mistake, there, wrong } from '../assertions.ts';
import { bothFaces, law } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { brief, take, untilLive } from '../reading.ts';

export const watchScopeLaws: readonly Law[] = [
  bothFaces('watch: a key’s watch sees that key and no other', async (t) => {
    const map = t.words();
    const watch = await t.watch(t.map(), { key: 'b' });
    for (const key of ['a', 'b', 'bb', 'c', 'b', '']) if (key) await map.set(key, 1);
    await map.delete('a');
    await map.delete('b');
    await map.clear();
    await map.set('b', 2);
    assert.deepEqual((await take(watch, 4)).map(brief), [
      'insert b 1',
      'update b 1',
      'delete b',
      'insert b 2',
    ]);
  }),

  bothFaces('watch: a prefix’s watch sees the keys that begin with it', async (t) => {
    const map = t.words();
    const watch = await t.watch(t.map(), { prefix: 'a/' });
    for (const key of ['a', 'a/', 'a/x', 'a0', 'A/x', 'b', 'a/y']) await map.set(key, 1);
    await map.clear();
    const seen = (await take(watch, 6)).map(brief);
    assert.deepEqual(seen.slice(0, 3), ['insert a/ 1', 'insert a/x 1', 'insert a/y 1']);
    // The changes of one commit come in any order.
    assert.deepEqual(seen.slice(3).toSorted(), ['delete a/', 'delete a/x', 'delete a/y']);
  }),

  law('watch: prefixes beyond the basic plane select whole keys', async (t) => {
    const map = t.map();
    const watch = await t.watch(map, { prefix: '\u{10ffff}' });
    for (const key of ['\uffff', '\u{10fffe}', '\u{10ffff}', '\u{10ffff}a']) await map.set(key, 1);
    assert.deepEqual(
      (await take(watch, 2)).map(({ key }) => key),
      ['\u{10ffff}', '\u{10ffff}a'],
    );
  }),

  law('watch: the state of a key or prefix is that of its scope', async (t) => {
    const map = t.map();
    await map.setMany(['a', 'a/1', 'a/2', 'b'].map((key) => [key, 1] as const));
    const one = await t.watch(map, { key: 'a', start: 'current' });
    assert.deepEqual((await untilLive(one)).map(brief), ['replay insert a 1', 'live']);
    const some = await t.watch(map, { prefix: 'a/', start: 'current' });
    assert.deepEqual((await untilLive(some)).map(brief), [
      'replay insert a/1 1',
      'replay insert a/2 1',
      'live',
    ]);
    const none = await t.watch(map, { key: 'x', start: 'current' });
    assert.deepEqual((await untilLive(none)).map(brief), ['live']);
  }),

  law('watch: a scope is kept when the watch is resumed', async (t) => {
    const map = t.map();
    const watch = await t.watch(map, { prefix: 'a' });
    await map.set('a1', 1);
    const { bookmark } = there((await take(watch, 1))[0]);
    for (const key of ['b1', 'a2', 'b2', 'a3']) await map.set(key, 1);
    const resumed = await t.watch(map, { prefix: 'a', start: bookmark });
    assert.deepEqual((await take(resumed, 2)).map(brief), ['insert a2 1', 'insert a3 1']);
  }),

  bothFaces('watch: previous tells what was replaced or removed, when asked for', async (t) => {
    const map = t.words<{ n: number }>();
    const asked = await t.watch(t.map<{ n: number }>(), { previous: true });
    const not = await t.watch(t.map<{ n: number }>());
    await map.set('a', { n: 1 });
    await map.set('a', { n: 2 });
    await map.delete('a');
    await map.set('a', { n: 3 });
    const changes = await take(asked, 4);
    assert.deepEqual(
      changes.map((change) => ('previous' in change ? change.previous : 'none')),
      ['none', { n: 1 }, { n: 2 }, 'none'],
    );
    for (const change of await take(not, 4)) assert.equal('previous' in change, false);
  }),

  law('watch: previous of an atomic commit and of a clear', async (t) => {
    const map = t.map();
    await map.setMany([
      ['{t}a', 1],
      ['{t}b', 2],
    ]);
    const watch = await t.watch(map, { previous: true });
    await t.store.atomic().set(map, '{t}a', 10).delete(map, '{t}b').set(map, '{t}c', 30).commit();
    await map.clear();
    const previous = (await take(watch, 5)).map((change) => [
      change.type,
      'previous' in change ? change.previous : 'none',
    ]);
    assert.deepEqual(previous.slice(0, 3), [
      ['update', 1],
      ['delete', 2],
      ['insert', 'none'],
    ]);
    // The changes of one commit come in any order.
    assert.deepEqual(new Set(previous.slice(3).map(String)), new Set(['delete,10', 'delete,30']));
  }),

  law(
    'watch: resumed changes tell what they replaced where supports.watch.previous says so',
    async (t) => {
      const map = t.map();
      const watch = await t.watch(map);
      await map.set('a', 1);
      const { bookmark } = there((await take(watch, 1))[0]);
      await map.set('a', 2);
      await map.delete('a');
      const resumed = await t.watch(map, { start: bookmark, previous: true });
      assert.deepEqual(
        (await take(resumed, 2)).map(({ previous }) => previous),
        [1, 2],
      );
    },
    (t) => (t.supports.watch.previous ? undefined : 'supports.watch.previous is false'),
  ),

  law('watch: options that mean nothing are refused', async (t) => {
    const map = t.map();
    const bad: readonly [string | RegExp, unknown][] = [
      [/key|prefix/, { key: 'a', prefix: 'a' }],
      ['key', { key: '' }],
      ['key', { key: 5 }],
      ['key', { key: '\ud800' }],
      ['prefix', { prefix: 5 }],
      ['prefix', { prefix: '\ud800' }],
      ['queueLimit', { queueLimit: 0 }],
      ['queueLimit', { queueLimit: -1 }],
      ['queueLimit', { queueLimit: 1.5 }],
      ['queueLimit', { queueLimit: '5' }],
      ['previous', { previous: 'yes' }],
      ['signal', { signal: 'stop' }],
      ['from', { from: 'now' }],
    ];
    for (const [about, options] of bad) {
      await mistake(about, async () => {
        const watch = map.watch(wrong(options));
        try {
          await watch.ready;
          await watch.next();
        } finally {
          await watch.close();
        }
      });
    }
  }),
];
