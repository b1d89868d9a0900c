// `get` and `set` without promises.
import { LRUCache } from 'lru-cache';
import { do_not_optimize } from 'mitata';
import { smallValues } from './values.mjs';

/** @import { Group, Input } from '../../harness/types.mjs' */

/** The same entries in each map; filled one after the other, so that each lies together in memory. */
async function maps(/** @type {Input} */ { keys, samemap }) {
  const values = smallValues(keys.length);
  const native = new Map();
  const again = new Map();
  const ours = samemap.memoryMap();
  const store = await samemap.open('memory:');
  const { sync } = store.map('bench', { values: 'references' });
  const lru = new LRUCache({ max: keys.length });
  keys.forEach((key, i) => native.set(key, { value: values[i], version: i }));
  keys.forEach((key, i) => ours.set(key, values[i]));
  keys.forEach((key, i) => sync.set(key, values[i]));
  keys.forEach((key, i) => lru.set(key, values[i]));
  keys.forEach((key, i) => again.set(key, { value: values[i], version: i }));
  return { native, again, ours, sync, lru, close: () => store.close() };
}

// Each loop is written out: one that is shared would see maps of several makes and be slow for all of them. And each
// counts: whether the compiler inlines the iterator of an array differs from one loop to the next.

/** @type {Group} */
export const get = {
  name: 'get',
  about: 'Sync reads that hit. The native Map holds `{ value, version }` records.',
  async prepare(input) {
    const { length, nextPass } = input;
    const { native, again, ours, sync, lru, close } = await maps(input);
    const cases = [
      {
        name: 'native Map',
        operations: length,
        pass() {
          let found = 0;
          const keys = nextPass();
          for (let i = 0; i < length; i++) if (native.get(keys[i])?.value !== undefined) found++;
          do_not_optimize(found);
        },
      },
      {
        name: 'memoryMap',
        operations: length,
        pass() {
          let found = 0;
          const keys = nextPass();
          for (let i = 0; i < length; i++) if (ours.get(keys[i]) !== undefined) found++;
          do_not_optimize(found);
        },
      },
      {
        name: 'lru-cache',
        operations: length,
        pass() {
          let found = 0;
          const keys = nextPass();
          for (let i = 0; i < length; i++) if (lru.get(keys[i]) !== undefined) found++;
          do_not_optimize(found);
        },
      },
      {
        name: 'map.sync',
        operations: length,
        pass() {
          let found = 0;
          const keys = nextPass();
          for (let i = 0; i < length; i++) if (sync.get(keys[i]) !== undefined) found++;
          do_not_optimize(found);
        },
      },
      {
        name: 'another native Map',
        operations: length,
        pass() {
          let found = 0;
          const keys = nextPass();
          for (let i = 0; i < length; i++) if (again.get(keys[i])?.value !== undefined) found++;
          do_not_optimize(found);
        },
      },
    ];
    return { cases, close };
  },
  goals: [
    { name: 'memoryMap / native Map', ours: 'memoryMap', peer: 'native Map', atLeast: 0.85 },
    { name: 'memoryMap / lru-cache', ours: 'memoryMap', peer: 'lru-cache', atLeast: 1 },
    { name: 'map.sync / native Map', ours: 'map.sync', peer: 'native Map' },
    { name: 'native Map / native Map (noise)', ours: 'another native Map', peer: 'native Map' },
  ],
};

/** @type {Group} */
export const set = {
  name: 'set',
  about:
    'Sync writes over existing entries, nobody watching. The native Map gets a fresh `{ value, version }` record.',
  async prepare(input) {
    const { length, nextPass } = input;
    const { native, again, ours, sync, lru, close } = await maps(input);
    const values = smallValues(length);
    let version = 0;
    const cases = [
      {
        name: 'native Map',
        operations: length,
        pass() {
          const keys = nextPass();
          for (let i = 0; i < keys.length; i++) native.set(keys[i], { value: values[i], version: ++version });
        },
      },
      {
        name: 'memoryMap',
        operations: length,
        pass() {
          const keys = nextPass();
          for (let i = 0; i < keys.length; i++) ours.set(keys[i], values[i]);
        },
      },
      {
        name: 'lru-cache',
        operations: length,
        pass() {
          const keys = nextPass();
          for (let i = 0; i < keys.length; i++) lru.set(keys[i], values[i]);
        },
      },
      {
        name: 'map.sync',
        operations: length,
        pass() {
          const keys = nextPass();
          for (let i = 0; i < keys.length; i++) sync.set(keys[i], values[i]);
        },
      },
      {
        name: 'another native Map',
        operations: length,
        pass() {
          const keys = nextPass();
          for (let i = 0; i < keys.length; i++) again.set(keys[i], { value: values[i], version: ++version });
        },
      },
    ];
    return { cases, close };
  },
  goals: [
    { name: 'memoryMap / native Map', ours: 'memoryMap', peer: 'native Map', atLeast: 0.75 },
    { name: 'memoryMap / lru-cache', ours: 'memoryMap', peer: 'lru-cache', atLeast: 1 },
    { name: 'map.sync / native Map', ours: 'map.sync', peer: 'native Map' },
    { name: 'native Map / native Map (noise)', ours: 'another native Map', peer: 'native Map' },
  ],
};
