// The async face: what a promise costs, and the codec against caches with promises.
import { Cacheable } from 'cacheable';
import Keyv from 'keyv';
import { do_not_optimize } from 'mitata';
import { records, smallValues } from './values.mjs';

/** @import { Group, Input } from '../../harness/types.mjs' */

/** @type {Group} */
export const asyncGet = {
  name: 'async get',
  about:
    'Awaited reads, one after the other, values by reference, against an async function that reads a native Map.',
  async prepare({ keys, length, nextPass, samemap }) {
    const values = smallValues(keys.length);
    const native = new Map();
    const versioned = new Map();
    const store = await samemap.open('memory:');
    const map = store.map('bench', { values: 'references' });
    keys.forEach((key, i) => native.set(key, values[i]));
    keys.forEach((key, i) => versioned.set(key, { value: values[i], version: i }));
    for (const [i, key] of keys.entries()) await map.set(key, values[i]);
    const read = async (/** @type {string} */ key) => native.get(key);
    const readVersioned = async (/** @type {string} */ key) => versioned.get(key)?.value;
    const cases = [
      {
        name: 'async function, native Map',
        operations: length,
        async pass() {
          let found = 0;
          const pass = nextPass();
          for (let i = 0; i < length; i++) if ((await read(pass[i])) !== undefined) found++;
          do_not_optimize(found);
        },
      },
      {
        name: 'async function, native Map of records',
        operations: length,
        async pass() {
          let found = 0;
          const pass = nextPass();
          for (let i = 0; i < length; i++) if ((await readVersioned(pass[i])) !== undefined) found++;
          do_not_optimize(found);
        },
      },
      {
        name: 'map.get',
        operations: length,
        async pass() {
          let found = 0;
          const pass = nextPass();
          for (let i = 0; i < length; i++) if ((await map.get(pass[i])) !== undefined) found++;
          do_not_optimize(found);
        },
      },
    ];
    return { cases, close: () => store.close() };
  },
  goals: [
    { name: 'map.get / native Map', ours: 'map.get', peer: 'async function, native Map', atMost: 1.4 },
    {
      name: 'map.get / native Map of records',
      ours: 'map.get',
      peer: 'async function, native Map of records',
    },
  ],
};

/** Neither peer is told to do less than it does out of the box. */
async function caches(/** @type {Input} */ { samemap }) {
  const store = await samemap.open('memory:');
  return {
    map: store.map('bench'),
    keyv: new Keyv(),
    cacheable: new Cacheable(),
    close: () => store.close(),
  };
}

/** @type {Group} */
export const codecGet = {
  name: 'codec get',
  about:
    'Awaited reads of small records through the default codec, against keyv and cacheable in memory as they come.',
  warmups: 1,
  async prepare(input) {
    const { keys, length, nextPass } = input;
    const { map, keyv, cacheable, close } = await caches(input);
    const values = records(keys.length);
    for (const [i, key] of keys.entries()) await map.set(key, values[i]);
    for (const [i, key] of keys.entries()) await keyv.set(key, values[i]);
    for (const [i, key] of keys.entries()) await cacheable.set(key, values[i]);
    const cases = [
      {
        name: 'map.get',
        operations: length,
        async pass() {
          const pass = nextPass();
          for (let i = 0; i < length; i++)
            if ((await map.get(pass[i])) === undefined) throw new Error('missed');
        },
      },
      {
        name: 'keyv',
        operations: length,
        async pass() {
          const pass = nextPass();
          for (let i = 0; i < length; i++)
            if ((await keyv.get(pass[i])) === undefined) throw new Error('missed');
        },
      },
      {
        name: 'cacheable',
        operations: length,
        async pass() {
          const pass = nextPass();
          for (let i = 0; i < length; i++)
            if ((await cacheable.get(pass[i])) === undefined) throw new Error('missed');
        },
      },
    ];
    return { cases, close };
  },
  goals: [
    { name: 'map.get / keyv', ours: 'map.get', peer: 'keyv', atLeast: 2 },
    { name: 'map.get / cacheable', ours: 'map.get', peer: 'cacheable', atLeast: 2 },
  ],
};

/** @type {Group} */
export const codecSet = {
  name: 'codec set',
  about:
    'Awaited writes of small records through the default codec, against keyv and cacheable in memory as they come.',
  warmups: 1,
  async prepare(input) {
    const { length, nextPass } = input;
    const { map, keyv, cacheable, close } = await caches(input);
    // Few of them, so that the misses are those of the map.
    const values = records(1_000);
    const cases = [
      {
        name: 'map.set',
        operations: length,
        async pass() {
          const pass = nextPass();
          for (let i = 0; i < length; i++) await map.set(pass[i], values[i % values.length]);
        },
      },
      {
        name: 'keyv',
        operations: length,
        async pass() {
          const pass = nextPass();
          for (let i = 0; i < length; i++) await keyv.set(pass[i], values[i % values.length]);
        },
      },
      {
        name: 'cacheable',
        operations: length,
        async pass() {
          const pass = nextPass();
          for (let i = 0; i < length; i++) await cacheable.set(pass[i], values[i % values.length]);
        },
      },
    ];
    return { cases, close };
  },
  goals: [
    { name: 'map.set / keyv', ours: 'map.set', peer: 'keyv', atLeast: 2 },
    { name: 'map.set / cacheable', ours: 'map.set', peer: 'cacheable', atLeast: 2 },
  ],
};
