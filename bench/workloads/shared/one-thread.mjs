// One thread, against native maps.
import { do_not_optimize } from 'mitata';
import { sharedStore, valueOf } from './stand.mjs';

/** @import { Group } from '../../harness/types.mjs' */

/** @type {Group} */
export const get = {
  name: 'shared get',
  about: 'Reads of 100 bytes by one thread, each into bytes of the reader’s own.',
  async prepare({ keys, length, nextPass, samemap }) {
    const { store } = await sharedStore(samemap);
    const { sync } = store.map('bench', { codec: samemap.bytes() });
    /** @type {Map<string, Buffer>} */
    const native = new Map();
    for (const [i, key] of keys.entries()) native.set(key, Buffer.from(valueOf(i)));
    for (const [i, key] of keys.entries()) sync.set(key, valueOf(i));
    const cases = [
      {
        name: 'map.sync.get',
        operations: length,
        pass() {
          let sum = 0;
          const order = nextPass();
          for (let i = 0; i < length; i++) sum += /** @type {Uint8Array} */ (sync.get(order[i]))[7];
          do_not_optimize(sum);
        },
      },
      {
        name: 'native Map and a copy',
        operations: length,
        pass() {
          let sum = 0;
          const order = nextPass();
          for (let i = 0; i < length; i++) {
            sum += Buffer.from(/** @type {Buffer} */ (native.get(order[i])))[7];
          }
          do_not_optimize(sum);
        },
      },
      {
        name: 'map.sync.set',
        operations: length,
        pass() {
          const order = nextPass();
          const value = valueOf(1);
          for (let i = 0; i < length; i++) sync.set(order[i], value);
        },
      },
      {
        name: 'native Map.set of a copy',
        operations: length,
        pass() {
          const order = nextPass();
          const value = Buffer.from(valueOf(1));
          for (let i = 0; i < length; i++) native.set(order[i], Buffer.from(value));
        },
      },
    ];
    return { cases, close: () => store.close() };
  },
  goals: [
    {
      name: 'map.sync.get / native Map and a copy',
      ours: 'map.sync.get',
      peer: 'native Map and a copy',
      atLeast: 0.6,
    },
    {
      name: 'map.sync.set / native Map.set of a copy',
      ours: 'map.sync.set',
      peer: 'native Map.set of a copy',
    },
  ],
};

/** @type {Group} */
export const look = {
  name: 'shared look',
  about: 'Presence and version by one thread, which take no lock.',
  async prepare({ keys, length, nextPass, samemap }) {
    const { engine, store } = await sharedStore(samemap);
    const { sync } = store.map('bench', { codec: samemap.bytes() });
    const native = new Map();
    for (const [i, key] of keys.entries()) native.set(key, Buffer.from(valueOf(i)));
    for (const [i, key] of keys.entries()) sync.set(key, valueOf(i));
    const [{ id }] = engine.maps.list();
    const cases = [
      {
        name: 'map.sync.has',
        operations: length,
        pass() {
          let found = 0;
          const order = nextPass();
          for (let i = 0; i < length; i++) if (sync.has(order[i])) found++;
          do_not_optimize(found);
        },
      },
      {
        name: 'engine.versionOf',
        operations: length,
        pass() {
          let sum = 0;
          const order = nextPass();
          for (let i = 0; i < length; i++) sum += engine.versionOf(id, order[i]);
          do_not_optimize(sum);
        },
      },
      {
        name: 'native Map.get',
        operations: length,
        pass() {
          let found = 0;
          const order = nextPass();
          for (let i = 0; i < length; i++) if (native.get(order[i]) !== undefined) found++;
          do_not_optimize(found);
        },
      },
    ];
    return { cases, close: () => store.close() };
  },
  goals: [
    { name: 'map.sync.has / native Map.get', ours: 'map.sync.has', peer: 'native Map.get', atLeast: 0.4 },
    {
      name: 'engine.versionOf / native Map.get',
      ours: 'engine.versionOf',
      peer: 'native Map.get',
      atLeast: 0.4,
    },
  ],
};
