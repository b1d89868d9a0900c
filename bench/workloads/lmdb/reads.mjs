// Reads, against the bare library with its own msgpack.
import { do_not_optimize } from 'mitata';
import { fill, stores } from './stores.mjs';

/** @import { Group } from '../../harness/types.mjs' */

/** @type {Group} */
export const get = {
  name: 'lmdb get',
  about:
    'Reads of records of about 100 bytes on the sync face, against the library’s own get through msgpack.',
  async prepare({ keys, length, nextPass, samemap }) {
    const both = await stores({ samemap }, { durable: false });
    const { map, bare, close } = both;
    await fill(both, keys);
    const { sync } = map;
    const cases = [
      {
        name: 'bare lmdb',
        operations: length,
        pass() {
          for (const key of nextPass()) if (bare.get(key) === undefined) throw new Error('missed');
        },
      },
      {
        name: 'map.sync.get',
        operations: length,
        pass() {
          for (const key of nextPass()) if (sync.get(key) === undefined) throw new Error('missed');
        },
      },
    ];
    return { cases, close };
  },
  goals: [{ name: 'map.sync.get / bare lmdb', ours: 'map.sync.get', peer: 'bare lmdb', atLeast: 0.6 }],
};

/** @type {Group} */
export const scan = {
  name: 'lmdb scan',
  about: 'A walk over all entries in order, with their values.',
  sets: ['random'],
  async prepare({ keys, samemap }) {
    const both = await stores({ samemap }, { durable: false });
    const { map, bare, close } = both;
    await fill(both, keys);
    const { sync } = map;
    const cases = [
      {
        name: 'bare lmdb',
        operations: keys.length,
        pass() {
          let sum = 0;
          for (const { value } of bare.getRange()) sum += value.id;
          do_not_optimize(sum);
        },
      },
      {
        name: 'map.sync.list',
        operations: keys.length,
        pass() {
          let sum = 0;
          for (const { value } of sync.list()) sum += value.id;
          do_not_optimize(sum);
        },
      },
    ];
    return { cases, close };
  },
  goals: [{ name: 'map.sync.list / bare lmdb', ours: 'map.sync.list', peer: 'bare lmdb', atLeast: 0.6 }],
};
