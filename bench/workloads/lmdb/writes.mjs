// Durable writes, against the bare library with the same durability.
import { fill, records, sideBySide, stores } from './stores.mjs';

/** @import { Group } from '../../harness/types.mjs' */

const values = records(1_000);

/** @type {Group} */
export const set = {
  name: 'lmdb set',
  about: 'Awaited durable writes of records of about 100 bytes over others, 256 writers at once.',
  sets: ['small'],
  warmups: 1,
  async prepare({ keys, length, nextPass, samemap }) {
    const both = await stores({ samemap });
    const { map, bare, close } = both;
    await fill(both, keys);
    const cases = [
      {
        name: 'bare lmdb',
        operations: length,
        pass: () => sideBySide(256, nextPass(), (key, i) => bare.put(key, values[i % 1_000])),
      },
      {
        name: 'map.set',
        operations: length,
        pass: () => sideBySide(256, nextPass(), (key, i) => map.set(key, values[i % 1_000])),
      },
    ];
    return { cases, close };
  },
  goals: [{ name: 'map.set / bare lmdb', ours: 'map.set', peer: 'bare lmdb', atLeast: 0.85 }],
};

/** @type {Group} */
export const setIfVersion = {
  name: 'lmdb set ifVersion',
  about:
    'Awaited durable writes on the version that was read, 64 writers at once, against a transaction each.',
  sets: ['small'],
  rounds: 3,
  warmups: 1,
  async prepare({ keys, nextPass, samemap }) {
    const both = await stores({ samemap }, { versions: true });
    const { map, bare, close } = both;
    await fill(both, keys);
    const few = () => nextPass().slice(0, 1_000);
    const cases = [
      {
        name: 'bare lmdb, a transaction each',
        operations: 1_000,
        pass: () =>
          sideBySide(64, few(), async (key, i) => {
            bare.transactionSync(() => {
              const { version } = bare.getEntry(key);
              void bare.put(key, values[i % 1_000], version + 1, version);
            });
          }),
      },
      {
        name: 'bare lmdb, conditional put',
        operations: 1_000,
        pass: () =>
          sideBySide(64, few(), async (key, i) => {
            const { version } = bare.getEntry(key);
            if (!(await bare.put(key, values[i % 1_000], version + 1, version))) throw new Error('refused');
          }),
      },
      {
        name: 'map.set ifVersion',
        operations: 1_000,
        pass: () =>
          sideBySide(64, few(), async (key, i) => {
            const { version } = map.sync.entry(key);
            const outcome = await map.set(key, values[i % 1_000], { ifVersion: version });
            if (!outcome.ok) throw new Error('refused');
          }),
      },
    ];
    return { cases, close };
  },
  goals: [
    {
      name: 'map.set ifVersion / a transaction each',
      ours: 'map.set ifVersion',
      peer: 'bare lmdb, a transaction each',
      atLeast: 3,
    },
    {
      name: 'map.set ifVersion / conditional put',
      ours: 'map.set ifVersion',
      peer: 'bare lmdb, conditional put',
    },
  ],
};

/** @type {Group} */
export const lock = {
  name: 'lmdb lock',
  about: 'Lock, change, commit on distinct keys, 64 at once, durable, against a plain durable write of ours.',
  sets: ['small'],
  warmups: 1,
  async prepare({ keys, length, nextPass, samemap }) {
    const both = await stores({ samemap });
    const { map, close } = both;
    await fill(both, keys);
    const cases = [
      {
        name: 'map.set',
        operations: length,
        pass: () => sideBySide(64, nextPass(), (key, i) => map.set(key, values[i % 1_000])),
      },
      {
        name: 'lock, change, commit',
        operations: length,
        pass: () =>
          sideBySide(64, nextPass(), async (key) => {
            const held = await map.lock(key);
            held.value.score++;
            await held.commit();
          }),
      },
    ];
    return { cases, close };
  },
  goals: [
    { name: 'lock, change, commit / map.set', ours: 'lock, change, commit', peer: 'map.set', atLeast: 0.5 },
  ],
};
