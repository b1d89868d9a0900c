// How much memory small entries take.
import { keyOf } from '../../harness/keys.mjs';
import { sharedEngine } from './store.mjs';

/** @import { Group } from '../../harness/types.mjs' */

const ENTRIES = 10_000_000;

/** @type {Group} */
export const size = {
  name: 'shared size',
  about: 'Ten million numbers under keys of 20 characters in 1 GiB: bytes of the buffer in use for each.',
  sets: ['hot'],
  rounds: 1,
  warmups: 0,
  async prepare({ samemap }) {
    return {
      cases: [
        { name: '1 GiB for all', operations: ENTRIES, bytes: () => 2 ** 30 },
        {
          name: 'shared.set',
          operations: ENTRIES,
          async bytes() {
            const store = await samemap.open(sharedEngine({ capacityBytes: 2 ** 30 }));
            const map = store.map('bench');
            for (let n = 0; n < ENTRIES; n++) map.sync.set(keyOf(n), n);
            const { usedBytes = 0, entries } = await map.stats();
            if (entries !== ENTRIES) throw new Error(`${entries} entries`);
            await store.close();
            return usedBytes;
          },
        },
      ],
    };
  },
  goals: [{ name: 'bytes in use / 1 GiB', ours: 'shared.set', peer: '1 GiB for all', atMost: 1 }],
};
