import type { StandardSchemaV1 } from '@standard-schema/spec';
import assert from 'node:assert/strict';
import { collect, fault, there } from '../assertions.ts';
import { bothFaces, law, syncFace } from '../fixture.ts';
import type { Law } from '../fixture.ts';

type Answer = StandardSchemaV1.Result<number>;

/** Takes texts of whole numbers and stores the numbers. */
function wholeNumbers(later: boolean): StandardSchemaV1<string, number> {
  const validate = (value: unknown): Answer =>
    typeof value === 'string' && /^\d+$/.test(value)
      ? { value: Number(value) }
      : { issues: [{ message: 'no whole number', path: ['amount'] }] };
  return {
    '~standard': {
      version: 1,
      vendor: 'law',
      validate: (value) => (later ? Promise.resolve(validate(value)) : validate(value)),
    },
  };
}

function throwing(later: boolean): StandardSchemaV1<string, number> {
  const validate = (): Promise<Answer> => {
    const error = new Error('the validator is broken');
    if (later) return Promise.reject(error);
    throw error;
  };
  return { '~standard': { version: 1, vendor: 'law', validate } };
}

export const schemaLaws: readonly Law[] = [
  bothFaces('schema: what the validator returns is what is stored', async (t) => {
    const map = t.words<number, string, string>('m', { schema: wholeNumbers(false) });
    assert.equal((await map.set('a', '5')).value, 5);
    assert.equal(await map.get('a'), 5);
    assert.equal(await map.getOrInsert('b', '6'), 6);
    assert.equal(there(await map.update('a', (value) => String(there(value) + 1))).value, 6);
    assert.equal((await map.set('a', '7', { ifValue: 6 })).ok, true);
    await map.setMany([['c', '8']]);
    assert.ok((await t.atomic().set(map, 'd', '9').commit()).ok);
    await there(await map.tryLock('e')).commit('10');
    assert.deepEqual(await collect(map.values()), [7, 6, 8, 9, 10]);
  }),

  bothFaces(
    'schema: a refused value is INVALID_VALUE with the issues, before anything is written',
    async (t) => {
      const map = t.words<number, string, string>('m', { schema: wholeNumbers(false) });
      const entry = await map.set('a', '5');
      const writes = [
        () => map.set('a', 'x'),
        () => map.set('b', 'x', { ifAbsent: true }),
        () => map.swap('a', 'x'),
        () => map.getOrInsert('b', 'x'),
        () => map.getOrInsertComputed('b', () => 'x'),
        () => map.update('a', () => 'x'),
        () =>
          map.setMany([
            ['b', '1'],
            ['c', 'x'],
          ]),
        () => t.atomic().set(map, 'b', '1').set(map, '{b}c', 'x').commit(),
      ];
      for (const write of writes) {
        const error = await fault('INVALID_VALUE', write);
        assert.match(error.message, /"m".*amount/);
        assert.deepEqual(error.cause, [{ message: 'no whole number', path: ['amount'] }]);
      }
      assert.deepEqual(await collect(map.list()), [entry]);
    },
  ),

  bothFaces('schema: a refused draft keeps the lock', async (t) => {
    const map = t.words<number, string, string>('m', { schema: wholeNumbers(false) });
    const lock = there(await map.tryLock('a'));
    await fault('INVALID_VALUE', () => lock.commit('x'));
    assert.equal(await map.tryLock('a'), undefined);
    assert.equal((await lock.commit('5')).value, 5);
  }),

  bothFaces('schema: a validator that throws is INVALID_VALUE with the cause', async (t) => {
    const map = t.words<number, string, string>('m', { schema: throwing(false) });
    assert.match(String((await fault('INVALID_VALUE', () => map.set('a', '5'))).cause), /broken/);
    assert.equal(await map.count(), 0);
  }),

  law('schema: an async validator serves the async face', async (t) => {
    const map = t.map<number, string, string>('m', { schema: wholeNumbers(true) });
    assert.equal((await map.set('a', '5')).value, 5);
    await fault('INVALID_VALUE', () => map.set('a', 'x'));
    assert.equal(there(await map.update('a', (value) => String(there(value) + 1))).value, 6);
    await map.setMany([['b', '7']]);
    assert.ok((await t.store.atomic().set(map, 'c', '8').commit()).ok);
    await fault('INVALID_VALUE', () => t.store.atomic().set(map, 'd', 'x').commit());
    const lock = await map.lock('e');
    await fault('INVALID_VALUE', () => lock.commit('x'));
    await lock.commit('9');
    assert.deepEqual(await collect(map.values()), [6, 7, 8, 9]);
    await fault('INVALID_VALUE', () => t.map('r', { schema: throwing(true) }).set('a', '5'));
  }),

  law(
    'schema: an async validator is a TypeError on the sync face, and nothing is written',
    async (t) => {
      const map = t.map<number, string, string>('m', { schema: wholeNumbers(true) });
      const sync = there(map.sync);
      assert.throws(() => sync.set('a', '5'), TypeError);
      assert.throws(() => sync.setMany([['a', '5']]), TypeError);
      assert.throws(() => sync.update('a', () => '5'), TypeError);
      const broken = there(t.map('r', { schema: throwing(true) }).sync);
      assert.throws(() => broken.set('a', '5'), TypeError);
      assert.equal(await map.count(), 0);
      await map.set('a', '5');
      assert.equal(sync.get('a'), 5, 'reading needs no validator');
    },
    syncFace,
  ),

  law('schema: add is validated like any other write', async (t) => {
    const even: StandardSchemaV1<number, number> = {
      '~standard': {
        version: 1,
        vendor: 'law',
        validate: (value) =>
          typeof value === 'number' && value % 2 === 0 ? { value } : { issues: [{ message: 'odd' }] },
      },
    };
    const map = t.map<number>('m', { schema: even });
    assert.equal(await map.add('a', 2), 2);
    await fault('INVALID_VALUE', () => map.add('a', 1));
    assert.equal(await map.get('a'), 2);
  }),
];
