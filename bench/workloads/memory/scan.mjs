// Ordered iteration after writes.
import { do_not_optimize } from 'mitata';
import { now } from '../../harness/clock.mjs';
import { keyOf, randomNumbers } from '../../harness/keys.mjs';
import { smallValues } from './values.mjs';

/** @import { Group } from '../../harness/types.mjs' */

const WRITES = 1_000;

/** Nanoseconds that a function takes. */
function timeOf(/** @type {() => void} */ run) {
  const begin = now();
  run();
  return now() - begin;
}

/** @type {Group} */
export const scan = {
  name: 'ordered scan',
  about: `Iterating a whole map in key order after ${WRITES} random writes, which are not timed, against a native Map in its own order.`,
  sets: ['random'],
  prepare({ keys, length, nextPass, samemap }) {
    const values = smallValues(length);
    const random = randomNumbers(7);
    const at = () => random(length);
    const native = new Map();
    const ours = samemap.memoryMap();
    const changing = samemap.memoryMap();
    const inserted = nextPass();
    inserted.forEach((key, i) => native.set(key, { value: values[i], version: i }));
    inserted.forEach((key, i) => ours.set(key, values[i]));
    inserted.forEach((key, i) => changing.set(key, values[i]));
    const present = [...keys];
    let fresh = length;
    let version = length;

    const overwriteNative = () => {
      for (let n = 0; n < WRITES; n++) native.set(keys[at()], { value: values[n], version: ++version });
    };
    const overwrite = () => {
      for (let n = 0; n < WRITES; n++) ours.set(keys[at()], values[n]);
    };
    // Half of the writes go over existing entries; a quarter removes one, a quarter adds one.
    const replace = () => {
      for (let n = 0; n < WRITES; n += 4) {
        changing.set(present[at()], values[n]);
        changing.set(present[at()], values[n]);
        const gone = at();
        changing.delete(present[gone]);
        present[gone] = keyOf(at() * 1_000_000_000 + fresh++);
        changing.set(present[gone], values[n]);
      }
    };
    const cases = [
      {
        name: 'native Map',
        operations: length,
        manual() {
          overwriteNative();
          return timeOf(() => {
            let found = 0;
            for (const [key, record] of native) if (key !== '' && record.value !== undefined) found++;
            do_not_optimize(found);
          });
        },
      },
      {
        name: 'list()',
        operations: length,
        manual() {
          overwrite();
          return timeOf(() => {
            let found = 0;
            for (const { key, value } of ours.list()) if (key !== '' && value !== undefined) found++;
            do_not_optimize(found);
          });
        },
      },
      {
        name: 'list(), keys come and go',
        operations: length,
        manual() {
          replace();
          return timeOf(() => {
            let found = 0;
            for (const { key, value } of changing.list()) if (key !== '' && value !== undefined) found++;
            do_not_optimize(found);
          });
        },
      },
      {
        name: 'native Map, looking into values',
        operations: length,
        manual() {
          overwriteNative();
          return timeOf(() => {
            let sum = 0;
            for (const [key, record] of native) sum += key.length + record.value.id;
            do_not_optimize(sum);
          });
        },
      },
      {
        name: 'list(), looking into values',
        operations: length,
        manual() {
          overwrite();
          return timeOf(() => {
            let sum = 0;
            for (const { key, value } of ours.list()) sum += key.length + value.id;
            do_not_optimize(sum);
          });
        },
      },
    ];
    return { cases };
  },
  goals: [
    { name: 'list() / native Map', ours: 'list()', peer: 'native Map', atLeast: 0.2 },
    {
      name: 'list(), keys come and go / native Map',
      ours: 'list(), keys come and go',
      peer: 'native Map',
      atLeast: 0.2,
    },
    {
      name: 'list() / native Map, looking into values',
      ours: 'list(), looking into values',
      peer: 'native Map, looking into values',
      atLeast: 0.2,
    },
  ],
};
