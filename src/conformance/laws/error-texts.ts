import type { StandardSchemaV1 } from '@standard-schema/spec';
import assert from 'node:assert/strict';
import { json } from '../../codec/index.ts';
import type { Codec } from '../../contract/codec.ts';
import { collect, wrong } from '../assertions.ts';
import { bothFaces, law } from '../fixture.ts';
import type { Law, Trial } from '../fixture.ts';

/** What must not be found in the text of any error. */
const SECRET = 'hunter2';
const secret = { password: SECRET };

/** Fails, quoting the value as careless code does. */
function quoting(value: unknown): never {
  throw new Error(`cannot work with ${JSON.stringify(value)}`);
}

const utf8 = new TextEncoder();
const careless: Codec<unknown> = {
  name: 'careless',
  numbers: false,
  encode: () => utf8.encode(SECRET),
  decode: (cell) => quoting(new TextDecoder().decode(wrong<Uint8Array>(cell))),
};
/** Of the same name; writes what {@link careless} cannot read. */
const careful: Codec<unknown> = { ...careless, decode: () => secret };

function refusing(later: boolean, throws: boolean): StandardSchemaV1 {
  const validate = (value: unknown): StandardSchemaV1.FailureResult =>
    throws ? quoting(value) : { issues: [{ message: `got ${JSON.stringify(value)}`, path: ['password'] }] };
  return {
    '~standard': {
      version: 1,
      vendor: 'law',
      validate: (value) => (later ? Promise.resolve().then(() => validate(value)) : validate(value)),
    },
  };
}

/** Runs what must fail. */
async function textOf(what: string, call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof Error, what);
    return error.message;
  }
  assert.fail(`${what}: must fail`);
}

async function nothingTold(calls: Readonly<Record<string, () => unknown>>): Promise<void> {
  for (const [what, call] of Object.entries(calls)) {
    const text = await textOf(what, call);
    assert.ok(!text.includes(SECRET), `${what} tells the value: ${text}`);
  }
}

function broken(): Codec<unknown> {
  return { ...careless, encode: quoting };
}

export const errorTextLaws: readonly Law[] = [
  bothFaces('errors: no text tells what a value is when it cannot be written', async (t) => {
    const plain = t.words<unknown>('plain');
    const strict = t.words<unknown>('strict', { schema: refusing(false, false) });
    const throwing = t.words<unknown>('throwing', { schema: refusing(false, true) });
    const getter = {
      get field(): never {
        return quoting(SECRET);
      },
    };
    await nothingTold({
      'a value with a function': () => plain.set('a', { ...secret, run: () => SECRET }),
      'a symbol': () => plain.set('a', Symbol(SECRET)),
      'a getter that throws': () => plain.set('a', getter),
      'a getter that throws, as json': () => t.words('j', { codec: json() }).set('a', getter),
      'the schema refuses': () => strict.set('a', secret),
      'the schema throws': () => throwing.set('a', secret),
      'the codec throws': () => t.words('b', { codec: broken() }).set('a', secret),
      'the codec answers text': () =>
        t.words('b', { codec: { ...careless, encode: () => wrong(SECRET) } }).set('a', secret),
      'the codec cannot read back': () => t.words('b', { codec: careless }).set('a', secret),
      'no pairs': () => plain.setMany(wrong([[secret]])),
      'a condition that must be true': () => plain.set('a', secret, wrong({ ifAbsent: secret })),
      'an unknown option beside a value': () => plain.set('a', secret, wrong({ bogus: SECRET })),
      'update that answers a promise': () => plain.update('a', () => Promise.reject(new Error(SECRET))),
    });
    assert.equal(await plain.count(), 0);
  }),

  bothFaces('errors: no text tells what a stored value is', async (t) => {
    const map = t.words<unknown>('m');
    await map.set('text', SECRET);
    await map.set('object', secret);
    await t.words<unknown>('c', { codec: careful }).set('a', secret);
    const unreadable = t.words<unknown>('c', { codec: careless });
    await nothingTold({
      'add to text': () => map.add('text', 1),
      'add to an object': () => map.add('object', 1),
      'get of what cannot be decoded': () => unreadable.get('a'),
      'iterating over what cannot be decoded': () => collect(unreadable.list()),
      'a condition that does not hold on it': () => unreadable.set('a', secret, { ifAbsent: true }),
      'its removal': () => unreadable.take('a'),
    });
    await nothingTold(await upgrades(t));
  }),

  law('errors: no text of a watch, lock or async validator tells a value', async (t) => {
    await t.map<unknown>('c', { codec: careful }).set('a', secret);
    const map = t.map<unknown>('c', { codec: careless });
    const lock = await map.lock('a');
    const [refuses, throws] = [refusing(true, false), refusing(true, true)];
    await nothingTold({
      watch: async () => collect(await t.watch(map, { start: 'current' })),
      'the value of a lock': () => lock.value,
      'the entry of a lock': () => lock.entry,
      commit: () => lock.commit(secret),
      view: () => map.view(),
      'a snapshot of a reference': async () => {
        if (t.supports.values !== 'any') throw new Error('has no references');
        const references = t.map<unknown>('r', { codec: broken(), values: 'references' });
        await references.set('a', secret);
        await collect(references.snapshot());
      },
      'an async schema that refuses': () => t.map('s', { schema: refuses }).set('a', secret),
      'an async schema that rejects': () => t.map('s', { schema: throws }).set('a', secret),
    });
    await lock.release();
  }),
];

/** Reading a value of an older shape. */
async function upgrades(t: Trial): Promise<Record<string, () => unknown>> {
  await t.words<unknown>('u').set('a', SECRET);
  const reading = (step: ((value: unknown) => unknown) | undefined): (() => Promise<unknown>) => {
    const upgrade = step === undefined ? {} : { 0: step };
    return () => t.words<unknown>('u', { shape: 1, upgrade }).get('a');
  };
  return {
    'an upgrade that throws': reading(quoting),
    'an upgrade that answers nothing': reading(() => undefined),
    'a missing upgrade': reading(undefined),
  };
}
