// What a lock costs when nobody else wants it, in round trips.
import { stand, VALUE } from './stand.mjs';
import { putOf } from './wire.mjs';

/** @import { Group } from '../../harness/types.mjs' */

/** @returns {Group} */
export const locks = {
  name: 'lock',
  about: 'lock, commit, release of a free lock, beside single puts of a bare client.',
  sets: ['small'],
  rounds: 3,
  warmups: 1,
  async prepare(input) {
    const at = await stand(input, 1);
    const map = at.store.map('m', { codec: at.codec });
    await map.set('a', VALUE);
    const times = 200;
    return {
      cases: [
        {
          name: 'lock, commit, release',
          operations: times,
          async pass() {
            for (let n = 0; n < times; n++) {
              const lock = await map.lock('a');
              await lock.commit(VALUE);
              await lock.release();
            }
          },
        },
        {
          name: 'bare put',
          operations: times,
          async pass() {
            for (let n = 0; n < times; n++) await at.bare.put(putOf('b/a', VALUE));
          },
        },
      ],
      close: () => at.close(),
    };
  },
  goals: [
    { name: 'lock, commit, release / bare put', ours: 'lock, commit, release', peer: 'bare put', atMost: 4 },
  ],
};
