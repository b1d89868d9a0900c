// What a lock costs where nothing waits for a disk.
import { Mutex } from 'async-mutex';
import { sideBySide } from './stores.mjs';

/** @import { Group } from '../../harness/types.mjs' */

/** @type {Group} */
export const lockOnMemory = {
  name: 'lock on memory, side by side',
  about: 'Lock, change, commit on distinct keys, 64 at once, against async-mutex (one for each key) and Map.',
  sets: ['small'],
  async prepare({ keys, length, nextPass, samemap }) {
    const store = await samemap.open('memory:');
    const map = store.map('bench');
    const native = new Map();
    const mutexes = new Map();
    for (const key of keys) {
      native.set(key, { value: 0, version: 1 });
      mutexes.set(key, new Mutex());
      await map.set(key, 0);
    }
    const cases = [
      {
        name: 'async-mutex and Map',
        operations: length,
        pass: () =>
          sideBySide(64, nextPass(), async (key) => {
            const release = await mutexes.get(key).acquire();
            const { value, version } = native.get(key);
            native.set(key, { value: value + 1, version: version + 1 });
            release();
          }),
      },
      {
        name: 'lock, change, commit',
        operations: length,
        pass: () =>
          sideBySide(64, nextPass(), async (key) => {
            const held = await map.lock(key);
            held.value++;
            await held.commit();
          }),
      },
    ];
    return { cases, close: () => store.close() };
  },
  goals: [
    {
      name: 'lock, change, commit / async-mutex',
      ours: 'lock, change, commit',
      peer: 'async-mutex and Map',
      atLeast: 0.6,
    },
  ],
};
