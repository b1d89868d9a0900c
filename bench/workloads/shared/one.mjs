// One thread, against a native Map.
import { do_not_optimize } from 'mitata';
import { sharedStore } from './store.mjs';

/** @import { Group } from '../../harness/types.mjs' */

const VALUE = Buffer.alloc(100, 7);

/** @type {Group} */
export const get = {
  name: 'shared get',
  about: 'Reads 100 bytes into a buffer of their own.',
  async prepare({ keys, length, nextPass, samemap }) {
    const store = await sharedStore(samemap, 2 ** 28);
    const { sync } = store.map('bench', { codec: samemap.bytes() });
    const native = new Map(keys.map((key) => [key, Buffer.from(VALUE)]));
    for (const key of keys) sync.set(key, VALUE);
    const cases = [
      {
        name: 'Map, copied',
        operations: length,
        pass() {
          for (const key of nextPass()) do_not_optimize(Buffer.from(native.get(key) ?? VALUE));
        },
      },
      {
        name: 'shared.get',
        operations: length,
        pass() {
          for (const key of nextPass()) do_not_optimize(sync.get(key));
        },
      },
    ];
    return { cases, close: () => store.close() };
  },
  goals: [{ name: 'shared.get / Map with a copy', ours: 'shared.get', peer: 'Map, copied', atLeast: 0.6 }],
};

/** @type {Group} */
export const has = {
  name: 'shared has',
  about: 'Asks for presence, which takes no lock.',
  async prepare({ keys, length, nextPass, samemap }) {
    const store = await sharedStore(samemap, 2 ** 28);
    const { sync } = store.map('bench', { codec: samemap.bytes() });
    const native = new Map(keys.map((key) => [key, Buffer.from(VALUE)]));
    for (const key of keys) sync.set(key, VALUE);
    const cases = [
      {
        name: 'Map.get',
        operations: length,
        pass() {
          for (const key of nextPass()) do_not_optimize(native.get(key));
        },
      },
      {
        name: 'shared.has',
        operations: length,
        pass() {
          for (const key of nextPass()) do_not_optimize(sync.has(key));
        },
      },
    ];
    return { cases, close: () => store.close() };
  },
  goals: [{ name: 'shared.has / Map.get', ours: 'shared.has', peer: 'Map.get', atLeast: 0.4 }],
};

/** @type {Group} */
export const add = {
  name: 'shared add',
  about: 'Adds to numbers under distinct keys.',
  async prepare({ keys, length, nextPass, samemap }) {
    const store = await sharedStore(samemap, 2 ** 28);
    const { sync } = store.map('bench');
    const native = new Map(keys.map((key) => [key, 1]));
    let n = 0;
    const cases = [
      {
        name: 'Map.set',
        operations: length,
        pass() {
          for (const key of nextPass()) native.set(key, n++);
        },
      },
      {
        name: 'shared.add',
        operations: length,
        pass() {
          for (const key of nextPass()) sync.add(key, 1);
        },
      },
    ];
    return { cases, close: () => store.close() };
  },
  goals: [{ name: 'shared.add / Map.set', ours: 'shared.add', peer: 'Map.set', atLeast: 0.4 }],
};
