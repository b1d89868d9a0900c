// Counting, against a loop over a native Map.
import { recipesDoor } from './door.mjs';

/** @import { Group } from '../../harness/types.mjs' */

/** @type {Group} */
export const counter = {
  name: 'counter',
  about: 'Increments by 1, in memory; through the buffer with one flush at the end.',
  async prepare({ keys, length, nextPass, samemap }) {
    const { openBufferedCounter, openCounter } = await recipesDoor();
    const store = await samemap.open('memory:');
    const { sync } = openCounter(store.map('sync'));
    const buffered = await openBufferedCounter(store.map('buffered'), { intervalMs: 2 ** 31 - 1 });
    const native = new Map();
    for (const key of keys) {
      native.set(key, 1);
      sync.increment(key);
    }
    const cases = [
      {
        name: 'native Map',
        operations: length,
        pass() {
          const pass = nextPass();
          for (let i = 0; i < length; i++) native.set(pass[i], (native.get(pass[i]) ?? 0) + 1);
        },
      },
      {
        name: 'counter.sync',
        operations: length,
        pass() {
          const pass = nextPass();
          for (let i = 0; i < length; i++) sync.increment(pass[i]);
        },
      },
      {
        name: 'buffered counter',
        operations: length,
        async pass() {
          const pass = nextPass();
          for (let i = 0; i < length; i++) void buffered.increment(pass[i]);
          await buffered.flush();
        },
      },
    ];
    return {
      cases,
      async close() {
        await buffered.close();
        await store.close();
      },
    };
  },
  goals: [
    { name: 'counter.sync / native Map', ours: 'counter.sync', peer: 'native Map', atLeast: 0.5 },
    { name: 'buffered counter / native Map', ours: 'buffered counter', peer: 'native Map' },
  ],
};
