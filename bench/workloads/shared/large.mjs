// Ten million small entries in a GiB.
import { keyOf } from '../../harness/keys.mjs';
import { sharedStore } from './stand.mjs';

/** @import { Group } from '../../harness/types.mjs' */

const ENTRIES = 10_000_000;
const GIB = 2 ** 30;

/** @type {Group} */
export const large = {
  name: 'shared large',
  about: 'Numbers under keys of 20 characters in a buffer of 1 GiB: bytes for each, then each read once.',
  sets: ['small'],
  rounds: 1,
  warmups: 0,
  prepare({ samemap }) {
    return {
      cases: [
        {
          name: 'bytes in use',
          operations: ENTRIES,
          async bytes() {
            const { store } = await sharedStore(samemap, GIB);
            const map = store.map('numbers');
            const { sync } = map;
            for (let n = 0; n < ENTRIES; n++) sync.set(keyOf(n), n);
            const { usedBytes } = await map.stats();
            if (sync.count() !== ENTRIES) throw new Error(`${sync.count()} entries`);
            for (let n = 0; n < ENTRIES; n++) if (sync.get(keyOf(n)) !== n) throw new Error(`entry ${n}`);
            await store.close();
            return usedBytes;
          },
        },
      ],
    };
  },
  goals: [],
};
