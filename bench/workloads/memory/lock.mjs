// Taking a lock that is free, changing the value, committing.
import { Mutex } from 'async-mutex';

/** @import { Group } from '../../harness/types.mjs' */

/** @type {Group} */
export const lock = {
  name: 'lock',
  about:
    'tryLock, add 1, commit on the sync face, against async-mutex (a mutex for each key, made beforehand) and Map.set of a fresh record.',
  warmups: 2,
  async prepare({ keys, length, nextPass, samemap }) {
    const native = new Map();
    const mutexes = new Map();
    const ours = samemap.memoryMap();
    const store = await samemap.open('memory:');
    const { sync } = store.map('bench', { values: 'references' });
    const single = new Mutex();
    for (const key of keys) native.set(key, { value: 0, version: 1 });
    for (const key of keys) mutexes.set(key, new Mutex());
    for (const key of keys) ours.set(key, 0);
    for (const key of keys) sync.set(key, 0);
    const cases = [
      {
        name: 'async-mutex and Map',
        operations: length,
        async pass() {
          const pass = nextPass();
          for (let i = 0; i < length; i++) {
            const key = pass[i];
            const release = await mutexes.get(key).acquire();
            const { value, version } = native.get(key);
            native.set(key, { value: value + 1, version: version + 1 });
            release();
          }
        },
      },
      {
        name: 'one async-mutex and Map',
        operations: length,
        async pass() {
          const pass = nextPass();
          for (let i = 0; i < length; i++) {
            const key = pass[i];
            const release = await single.acquire();
            const { value, version } = native.get(key);
            native.set(key, { value: value + 1, version: version + 1 });
            release();
          }
        },
      },
      {
        name: 'memoryMap',
        operations: length,
        pass() {
          const pass = nextPass();
          for (let i = 0; i < length; i++) {
            const key = pass[i];
            const held = ours.tryLock(key);
            if (held === undefined) throw new Error('nobody else holds it');
            held.value = held.value + 1;
            held.commit();
          }
        },
      },
      {
        name: 'map.sync',
        operations: length,
        pass() {
          const pass = nextPass();
          for (let i = 0; i < length; i++) {
            const key = pass[i];
            const held = sync.tryLock(key);
            if (held === undefined) throw new Error('nobody else holds it');
            held.value = held.value + 1;
            held.commit();
          }
        },
      },
    ];
    return { cases, close: () => store.close() };
  },
  goals: [
    { name: 'memoryMap / async-mutex', ours: 'memoryMap', peer: 'async-mutex and Map', atLeast: 0.8 },
    { name: 'map.sync / async-mutex', ours: 'map.sync', peer: 'async-mutex and Map', atLeast: 0.8 },
    { name: 'memoryMap / one async-mutex', ours: 'memoryMap', peer: 'one async-mutex and Map' },
  ],
};
