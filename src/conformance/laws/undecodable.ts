import assert from 'node:assert/strict';
import { collect, fault, there } from '../assertions.ts';
import { bothFaces, law } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { capitals, damaging } from './sample-codecs.ts';
import { take, untilLive } from '../reading.ts';

export const undecodableLaws: readonly Law[] = [
  bothFaces(
    'codecs: a value that cannot be decoded is CODEC, naming map and key, and the others are well',
    async (t) => {
      const map = t.words<string>('m', { codec: capitals });
      await map.set('a', 'x');
      await map.set('c', 'y');
      await t
        .words<string>('m', { codec: damaging })
        .set('b', 'z')
        .catch(() => undefined);
      const error = await fault('CODEC', () => map.get('b'));
      assert.match(error.message, /"m".*"b"|b.*m/);
      await fault('CODEC', () => map.entry('b'));
      await fault('CODEC', () => map.getMany(['a', 'b']));
      const seen: string[] = [];
      const ended = await fault('CODEC', async () => {
        for await (const { key } of map.list()) seen.push(key);
      });
      assert.match(ended.message, /"b"/);
      assert.deepEqual(seen, ['a']);
      assert.equal(await map.has('b'), true);
      assert.equal(await map.count(), 3);
      assert.equal(await map.get('c'), 'y');
      assert.equal(await map.delete('b'), true);
      assert.deepEqual(await collect(map.values()), ['x', 'y']);
    },
  ),

  bothFaces('codecs: onInvalid is told of what cannot be decoded, and iterations go on', async (t) => {
    const told: unknown[] = [];
    const map = t.words<string>('m', {
      codec: capitals,
      onInvalid: ({ map: name, key, version, error }) =>
        told.push([name, key, version > 0, error instanceof Error]),
    });
    await map.set('a', 'x');
    await map.set('c', 'y');
    await t
      .words<string>('m', { codec: damaging })
      .set('b', 'z')
      .catch(() => undefined);
    assert.deepEqual(await collect(map.keys()), ['a', 'b', 'c'], 'keys decode no values');
    assert.deepEqual(
      (await collect(map.list())).map(({ key }) => key),
      ['a', 'c'],
    );
    assert.deepEqual(told, [['m', 'b', true, true]]);
    assert.deepEqual(await collect(map.values()), ['x', 'y']);
    await fault('CODEC', () => map.get('b'));
  }),

  law(
    'codecs: a watch ends with CODEC at what cannot be decoded, unless onInvalid says otherwise',
    async (t) => {
      const told: string[] = [];
      const strict = await t.watch(t.map<string>('m', { codec: capitals }));
      const options = { codec: capitals, onInvalid: ({ key }: { readonly key: string }) => told.push(key) };
      const lenient = await t.watch(t.map<string>('m', options));
      await t.map<string>('m', { codec: capitals }).set('a', 'x');
      await t
        .map<string>('m', { codec: damaging })
        .set('b', 'z')
        .catch(() => undefined);
      await t.map<string>('m', { codec: capitals }).set('c', 'y');
      assert.deepEqual(
        (await take(lenient, 2)).map(({ key }) => key),
        ['a', 'c'],
      );
      assert.deepEqual(told, ['b']);
      assert.equal(there((await take(strict, 1))[0]).key, 'a');
      assert.match((await fault('CODEC', () => strict.next())).message, /"b"/);
      const state = await t.watch(t.map<string>('m', options), { start: 'current' });
      assert.deepEqual(
        (await untilLive(state)).map((change) => ('key' in change ? change.key : change.type)),
        ['a', 'c', 'live'],
      );
    },
  ),

  bothFaces(
    'codecs: what cannot be decoded can be locked and mended, and no fault leaves it locked',
    async (t) => {
      const map = t.words<string>('m', { codec: capitals });
      await t
        .words<string>('m', { codec: damaging })
        .set('b', 'z')
        .catch(() => undefined);
      const lock = there(await map.tryLock('b'));
      await fault('CODEC', () => lock.value);
      await fault('CODEC', () => lock.entry);
      await fault('CODEC', () => lock.commit());
      await lock.release();
      await fault('CODEC', () => map.update('b', () => 'x'));
      await fault('CODEC', () => t.map<string>('m', { codec: capitals }).withLock('b', ({ value }) => value));
      assert.deepEqual((await t.store.inspect()).locks, []);
      await there(await map.tryLock('b')).commit('mended');
      assert.equal(await map.get('b'), 'mended');
    },
  ),
];
