import assert from 'node:assert/strict';
import type { Entry } from '../../contract/entry.ts';
import { collect, fault, there } from '../assertions.ts';
import { bothFaces, law } from '../fixture.ts';
import type { Law, Trial } from '../fixture.ts';
import { capitals, damaging, oneWay } from './sample-codecs.ts';
import { brief, take, untilLive } from '../reading.ts';

/** Writes an entry `b` that {@link capitals} cannot read. */
function plant(t: Trial): Promise<Entry<string>> {
  return t.map<string>('m', { codec: damaging }).set('b', 'z');
}

export const undecodableLaws: readonly Law[] = [
  bothFaces(
    'codecs: a value that cannot be decoded is CODEC, naming map and key, and the others are well',
    async (t) => {
      const map = t.words<string>('m', { codec: capitals });
      await map.set('a', 'x');
      await map.set('c', 'y');
      await plant(t);
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
    await plant(t);
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
      // All in the partition of b, so that they come in this order.
      await t.map<string>('m', { codec: capitals }).set('{b}a', 'x');
      await plant(t);
      await t.map<string>('m', { codec: capitals }).set('{b}c', 'y');
      assert.deepEqual(
        (await take(lenient, 2)).map(({ key }) => key),
        ['{b}a', '{b}c'],
      );
      assert.deepEqual(told, ['b']);
      assert.equal(there((await take(strict, 1))[0]).key, '{b}a');
      assert.match((await fault('CODEC', () => strict.next())).message, /"b"/);
      const state = await t.watch(t.map<string>('m', options), { start: 'current' });
      assert.deepEqual(
        (await untilLive(state)).map((change) => ('key' in change ? change.key : change.type)),
        ['{b}a', '{b}c', 'live'],
      );
    },
  ),

  bothFaces(
    'codecs: what cannot be decoded can be locked and mended, and no fault leaves it locked',
    async (t) => {
      const map = t.words<string>('m', { codec: capitals });
      await plant(t);
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

  bothFaces('codecs: a word that is CODEC has changed nothing', async (t) => {
    const map = t.words<string>('m', { codec: capitals });
    await map.set('a', 'x');
    const { version } = await plant(t);
    const watch = await t.watch(t.map<string>('m', { codec: capitals }));
    const words: Record<string, () => unknown> = {
      'delete ifVersion': () => map.delete('b', { ifVersion: version }),
      'delete ifPresent': () => map.delete('b', { ifPresent: true }),
      'delete ifNewer': () => map.delete('b', { ifNewer: 5 }),
      'delete ifValue': () => map.delete('b', { ifValue: 'x' }),
      deleteMany: () => map.deleteMany(['b']),
      take: () => map.take('b'),
      touch: () => map.touch('b', 60_000),
      swap: () => map.swap('b', 'x'),
      update: () => map.update('b', () => 'x'),
      add: () => map.add('b', 1),
      getOrInsert: () => map.getOrInsert('b', 'x'),
      'set ifValue': () => map.set('b', 'x', { ifValue: 'y' }),
      'set ifAbsent': () => map.set('b', 'x', { ifAbsent: true }),
    };
    for (const [word, call] of Object.entries(words)) {
      assert.match((await fault('CODEC', async () => call())).message, /"b"/, word);
    }
    assert.deepEqual(await collect(map.keys()), ['a', 'b']);
    const standing = there(await t.map<string>('m', { codec: damaging }).entry('b'));
    assert.equal(standing.version, version);
    assert.deepEqual(await map.delete('b', { ifVersion: version + 1 }).catch(() => 'CODEC'), 'CODEC');
    assert.equal(await map.delete('b'), true);
    await map.set('a', 'y');
    assert.deepEqual((await take(watch, 2)).map(brief), ['delete b', 'update a y']);
  }),

  bothFaces('codecs: what a codec cannot read back is CODEC, and not written', async (t) => {
    const map = t.words<string>('m', { codec: oneWay });
    const words: Record<string, () => unknown> = {
      set: () => map.set('a', 'x'),
      'set ttlMs': () => map.set('a', 'x', { ttlMs: 'never' }),
      'set ifAbsent': () => map.set('a', 'x', { ifAbsent: true }),
      'set ifNewer': () => map.set('a', 'x', { ifNewer: 5 }),
      setMany: () => map.setMany([['a', 'x']]),
      getOrInsert: () => map.getOrInsert('a', 'x'),
      getOrInsertComputed: () => map.getOrInsertComputed('a', () => 'x'),
      update: () => map.update('a', () => 'x'),
    };
    for (const [word, call] of Object.entries(words)) {
      assert.match((await fault('CODEC', async () => call())).message, /"a"/, word);
    }
    const lock = there(await map.tryLock('a'));
    await fault('CODEC', () => lock.commit('x'));
    await fault('CODEC', () => lock.save('x'));
    assert.equal(await map.tryLock('a'), undefined, 'a refused draft keeps the lock');
    await lock.release();
    assert.equal(await map.count(), 0);
  }),
];
