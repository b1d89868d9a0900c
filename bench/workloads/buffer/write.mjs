// Accepting writes.
import { now } from '../../harness/clock.mjs';
import { smallValues } from '../memory/values.mjs';
import { quietBuffer } from './door.mjs';

/** @import { Group } from '../../harness/types.mjs' */

// Each loop is written out: one that is shared would see tables of several makes and be slow for all of them.

/** @type {Group} */
export const write = {
  name: 'write',
  about:
    'Writes over keys that wait in the table, with the default partitions, against Map.set of a fresh record.',
  async prepare({ keys, length, nextPass }) {
    const values = smallValues(length);
    const native = new Map();
    const plain = await quietBuffer();
    const newer = await quietBuffer();
    let stamp = 1;
    keys.forEach((key, i) => native.set(key, { value: values[i], stamp: i }));
    for (const [i, key] of keys.entries()) await plain.set(key, values[i]);
    for (const [i, key] of keys.entries()) await newer.setNewer(key, values[i], stamp++);
    const pairs = new Map();
    /** The entries of a pass, ten by ten. */
    const tens = (/** @type {string[]} */ pass) => {
      let groups = pairs.get(pass);
      if (groups === undefined) {
        groups = [];
        for (let i = 0; i < pass.length; i += 10)
          groups.push(pass.slice(i, i + 10).map((key, j) => [key, values[i + j]]));
        pairs.set(pass, groups);
      }
      return groups;
    };
    const many = await quietBuffer();
    for (const [i, key] of keys.entries()) await many.set(key, values[i]);
    const cases = [
      {
        name: 'native Map',
        operations: length,
        pass() {
          const pass = nextPass();
          for (let i = 0; i < pass.length; i++) native.set(pass[i], { value: values[i], stamp: ++stamp });
        },
      },
      {
        name: 'buffer.set',
        operations: length,
        pass() {
          const pass = nextPass();
          for (let i = 0; i < pass.length; i++) void plain.set(pass[i], values[i]);
        },
      },
      {
        name: 'buffer.setNewer',
        operations: length,
        pass() {
          const pass = nextPass();
          for (let i = 0; i < pass.length; i++) void newer.setNewer(pass[i], values[i], ++stamp);
        },
      },
      {
        name: 'buffer.setMany of ten',
        operations: length,
        async manual() {
          const groups = tens(nextPass());
          const begin = now();
          for (const group of groups) await many.setMany(group);
          return now() - begin;
        },
      },
    ];
    const close = () => Promise.all([plain, newer, many].map((buffer) => buffer.close()));
    return { cases, close };
  },
  goals: [
    { name: 'set / Map.set', ours: 'buffer.set', peer: 'native Map', atLeast: 0.5 },
    { name: 'setNewer / Map.set', ours: 'buffer.setNewer', peer: 'native Map', atLeast: 0.4 },
    { name: 'setMany of ten / Map.set', ours: 'buffer.setMany of ten', peer: 'native Map' },
  ],
};

/** @type {Group} */
export const newTable = {
  name: 'new table',
  about: 'Writes of keys that do not wait yet, into a table that was just swapped, against a new Map.',
  sets: ['random'],
  async prepare({ length, nextPass }) {
    const values = smallValues(length);
    const plain = await quietBuffer();
    const newer = await quietBuffer();
    let stamp = 1;
    const cases = [
      {
        name: 'new native Map',
        operations: length,
        manual() {
          const pass = nextPass();
          const native = new Map();
          const begin = now();
          for (let i = 0; i < pass.length; i++) native.set(pass[i], { value: values[i], stamp: ++stamp });
          return now() - begin;
        },
      },
      {
        name: 'buffer.set',
        operations: length,
        async manual() {
          const pass = nextPass();
          await plain.flush();
          const begin = now();
          for (let i = 0; i < pass.length; i++) void plain.set(pass[i], values[i]);
          return now() - begin;
        },
      },
      {
        name: 'buffer.setNewer, stamps remembered',
        operations: length,
        async manual() {
          const pass = nextPass();
          await newer.flush();
          const begin = now();
          for (let i = 0; i < pass.length; i++) void newer.setNewer(pass[i], values[i], ++stamp);
          return now() - begin;
        },
      },
    ];
    return { cases, close: () => Promise.all([plain.close(), newer.close()]) };
  },
  goals: [
    { name: 'set / Map.set', ours: 'buffer.set', peer: 'new native Map', atLeast: 0.5 },
    {
      name: 'setNewer / Map.set',
      ours: 'buffer.setNewer, stamps remembered',
      peer: 'new native Map',
      atLeast: 0.4,
    },
  ],
};
