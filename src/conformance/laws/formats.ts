import assert from 'node:assert/strict';
import { json, text } from '../../codec/index.ts';
import { collect, fault, there, wrong } from '../assertions.ts';
import { bothFaces, law } from '../fixture.ts';
import type { Law } from '../fixture.ts';
import { capitals } from './sample-codecs.ts';
import { take } from '../reading.ts';

export const formatLaws: readonly Law[] = [
  bothFaces('codecs: a map’s values go through its codec, both ways', async (t) => {
    const map = t.words<string>('m', { codec: capitals });
    const watch = await t.watch(t.map<string>('m', { codec: capitals }), { previous: true });
    const entry = await map.set('a', 'Hello');
    assert.equal(entry.value, 'hello', 'what is answered is what would be read');
    assert.equal(await map.get('a'), 'hello');
    assert.equal((await map.set('a', 'x', { ifValue: 'hello' })).ok, true);
    const [insert, update] = await take(watch, 2);
    assert.equal(
      'value' in there(insert) && insert !== undefined && 'value' in insert && insert.value,
      'hello',
    );
    assert.equal(there(update).previous, 'hello');
  }),

  bothFaces(
    'codecs: another codec of the same map is FORMAT in every word, and changes nothing',
    async (t) => {
      const map = t.words<string>('m', { codec: text() });
      const entry = await map.set('a', 'x');
      for (const codec of [json<string>(), capitals, undefined]) {
        const other = t.words<string>('m', { codec });
        await fault('FORMAT', () => other.get('a'));
        await fault('FORMAT', () => other.set('a', 'y'));
        await fault('FORMAT', () => other.delete('a'));
        await fault('FORMAT', () => other.count());
        await fault('FORMAT', () => other.clear());
        await fault('FORMAT', () => collect(other.list()));
        await fault('FORMAT', () => other.tryLock('a'));
        await fault('FORMAT', () => t.atomic().set(other, 'b', 'y').commit());
      }
      assert.deepEqual(await collect(map.list()), [entry]);
    },
  ),

  law('codecs: another codec is FORMAT for watches, views and snapshots, too', async (t) => {
    await t.map<string>('m', { codec: text() }).set('a', 'x');
    const other = t.map<string>('m', { codec: json<string>() });
    await fault('FORMAT', () => other.watch().next());
    await fault('FORMAT', () => other.follow('a').next());
    await fault('FORMAT', () => other.view());
    await fault('FORMAT', () => other.lock('a'));
    await fault('FORMAT', () => collect(other.snapshot()));
  }),

  bothFaces('codecs: a dropped map may be begun again by another one', async (t) => {
    const map = t.words<string>('m', { codec: text() });
    await map.set('a', 'x');
    await t.map<string>('m', { codec: text() }).drop();
    const other = t.words<unknown>('m', { codec: json() });
    await other.set('a', { n: 1 });
    assert.deepEqual(await other.get('a'), { n: 1 });
    await fault('FORMAT', () => map.get('a'));
    assert.deepEqual(
      (await t.store.maps()).map(({ name, codec }) => [name, codec]),
      [['m', 'json']],
    );
  }),

  bothFaces('codecs: one that throws is CODEC with the cause, and nothing is written', async (t) => {
    const map = t.words<string>('m', { codec: capitals });
    const entry = await map.set('a', 'x');
    const error = await fault('CODEC', () => map.set('a', 'no'));
    assert.match(String(error.cause), /no capitals/);
    await fault('CODEC', () =>
      map.setMany([
        ['b', 'y'],
        ['c', 'no'],
      ]),
    );
    await fault('CODEC', () => map.update('a', () => 'no'));
    await fault('CODEC', () => t.atomic().set(map, 'b', 'y').set(map, 'c', 'no').commit());
    assert.deepEqual(await collect(map.list()), [entry]);
  }),

  bothFaces('codecs: one that makes no bytes is CODEC', async (t) => {
    for (const made of ['text', undefined, null, {}, 5n]) {
      const map = t.words<string>('m', { codec: { ...capitals, encode: () => wrong(made) } });
      await fault('CODEC', () => map.set('a', 'x'));
    }
  }),
];
