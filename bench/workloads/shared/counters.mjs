// Counters: of many keys by one thread, and of one key by two.
import { now } from '../../harness/clock.mjs';
import { Crew, library, sharedLibrary, sharedStore } from './stand.mjs';

/** @import { Group } from '../../harness/types.mjs' */

/** @type {Group} */
export const addDistinct = {
  name: 'shared add',
  about: '`add` on distinct keys by one thread, against setting a number in a native Map.',
  async prepare({ keys, length, nextPass, samemap }) {
    const { store } = await sharedStore(samemap);
    const { sync } = store.map('counts');
    const native = new Map();
    for (const key of keys) native.set(key, 0.5);
    for (const key of keys) sync.set(key, 0);
    let round = 0;
    const cases = [
      {
        name: 'map.sync.add',
        operations: length,
        pass() {
          const order = nextPass();
          for (let i = 0; i < length; i++) sync.add(order[i], 1);
        },
      },
      {
        name: 'native Map.set',
        operations: length,
        pass() {
          const order = nextPass();
          round++;
          for (let i = 0; i < length; i++) native.set(order[i], round + i);
        },
      },
    ];
    return { cases, close: () => store.close() };
  },
  goals: [
    { name: 'map.sync.add / native Map.set', ours: 'map.sync.add', peer: 'native Map.set', atLeast: 0.4 },
  ],
};

/** @type {Group} */
export const addOne = {
  name: 'shared add to one key',
  about: '`add` on one key by two workers, counted exactly, against a bare Atomics.add behind a lookup.',
  sets: ['random'],
  async prepare({ length, samemap }) {
    const { store, handle } = await sharedStore(samemap);
    const { sync } = store.map('counts');
    sync.set('hits', 0);
    const counter = new SharedArrayBuffer(64);
    const crew = await Crew.of(2, { library, sharedLibrary, handle, size: 1, counter });
    let expected = 0;
    /** One pass of both workers; the nanoseconds. */
    const both = async (/** @type {'add' | 'atomics'} */ job) => {
      const begin = now();
      await crew.run({ job, operations: length });
      return now() - begin;
    };
    const cases = [
      {
        name: 'map.sync.add',
        operations: length * 2,
        async manual() {
          const took = await both('add');
          expected += length * 2;
          if (sync.get('hits') !== expected) throw new Error(`${sync.get('hits')} instead of ${expected}`);
          return took;
        },
      },
      { name: 'Atomics.add', operations: length * 2, manual: () => both('atomics') },
    ];
    return {
      cases,
      close: async () => {
        await crew.close();
        await store.close();
      },
    };
  },
  goals: [{ name: 'map.sync.add / Atomics.add', ours: 'map.sync.add', peer: 'Atomics.add', atLeast: 0.3 }],
};
