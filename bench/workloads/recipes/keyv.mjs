// Keyv over a map of ours against Keyv over the Map that it comes with.
import Keyv from 'keyv';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { records } from '../memory/values.mjs';

/** @import { Group, Input } from '../../harness/types.mjs' */

const built = path.resolve(
  process.env['SAMEMAP_DIST'] ?? path.join(import.meta.dirname, '../../../dist/src'),
);
const { keyvStore } = await import(pathToFileURL(path.join(built, 'doors/keyv/index.js')).href);

/** Keyv makes text of values, so that keeping them by reference shares nothing that can change. */
async function pair(/** @type {Input} */ { samemap }) {
  const store = await samemap.open('memory:');
  return {
    own: new Keyv(),
    ours: new Keyv({ store: keyvStore(store.map('keyv', { values: 'references' })) }),
    structured: new Keyv({ store: keyvStore(store.map('structured')) }),
    close: () => store.close(),
  };
}

/** @type {import('../../harness/types.mjs').Goal[]} */
const GOALS = [
  { name: 'Keyv over samemap / over Map', ours: 'over samemap', peer: 'over Map', atLeast: 0.9 },
  {
    name: 'Keyv over samemap, structured codec / over Map',
    ours: 'over samemap, structured codec',
    peer: 'over Map',
  },
];

/** @type {Group} */
export const keyvGet = {
  name: 'keyv get',
  about: 'Awaited reads of small records that hit.',
  sets: ['small'],
  async prepare(input) {
    const { keys, nextPass } = input;
    const { own, ours, structured, close } = await pair(input);
    const values = records(1_000);
    for (const keyv of [own, ours, structured])
      for (const [i, key] of keys.entries()) await keyv.set(key, values[i % values.length]);
    const cases = [
      {
        name: 'over Map',
        operations: input.length,
        async pass() {
          for (const key of nextPass()) if ((await own.get(key)) === undefined) throw new Error('missed');
        },
      },
      {
        name: 'over samemap',
        operations: input.length,
        async pass() {
          for (const key of nextPass()) if ((await ours.get(key)) === undefined) throw new Error('missed');
        },
      },
      {
        name: 'over samemap, structured codec',
        operations: input.length,
        async pass() {
          for (const key of nextPass())
            if ((await structured.get(key)) === undefined) throw new Error('missed');
        },
      },
    ];
    return { cases, close };
  },
  goals: GOALS,
};

/** @type {Group} */
export const keyvSet = {
  name: 'keyv set',
  about: 'Awaited writes of small records over existing entries.',
  sets: ['small'],
  async prepare(input) {
    const { nextPass } = input;
    const { own, ours, structured, close } = await pair(input);
    const values = records(1_000);
    const cases = [
      {
        name: 'over Map',
        operations: input.length,
        async pass() {
          let i = 0;
          for (const key of nextPass()) await own.set(key, values[i++ % values.length]);
        },
      },
      {
        name: 'over samemap',
        operations: input.length,
        async pass() {
          let i = 0;
          for (const key of nextPass()) await ours.set(key, values[i++ % values.length]);
        },
      },
      {
        name: 'over samemap, structured codec',
        operations: input.length,
        async pass() {
          let i = 0;
          for (const key of nextPass()) await structured.set(key, values[i++ % values.length]);
        },
      },
    ];
    return { cases, close };
  },
  goals: GOALS,
};
