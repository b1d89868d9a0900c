// Two threads against one.
import { Crew, library, sharedLibrary, sharedStore, valueOf } from './stand.mjs';

/** @import { Case, Group } from '../../harness/types.mjs' */

/**
 * A case of some workers. Time is what counts here, also where processor time is measured elsewhere: processor time
 * does not show whether threads run side by side.
 *
 * @param {Crew} crew
 * @param {number} workers
 * @param {number} operations
 * @param {number} writes
 * @returns {Case}
 */
function by(crew, workers, operations, writes) {
  return {
    name: `${workers} of ${100 - writes}/${writes}`,
    operations: operations * workers,
    async manual() {
      const begin = performance.now();
      await crew.run({ job: 'shared', operations, writes }, workers);
      return (performance.now() - begin) * 1e6;
    },
  };
}

/** @type {Group} */
export const scaling = {
  name: 'shared scaling',
  about: 'Two workers against one of them, in time on the wall: needs a machine with two idle processors.',
  async prepare({ keys, length, samemap }) {
    const { store, handle } = await sharedStore(samemap);
    const map = store.map('bench', { codec: samemap.bytes() }).sync;
    for (const [i, key] of keys.entries()) map.set(key, valueOf(i));
    const crew = await Crew.of(2, { library, sharedLibrary, handle, size: keys.length });
    const cases = [10, 50].flatMap((writes) => [by(crew, 2, length, writes), by(crew, 1, length, writes)]);
    return {
      cases,
      close: async () => {
        await crew.close();
        await store.close();
      },
    };
  },
  goals: [
    { name: 'two / one, 90/10', ours: '2 of 90/10', peer: '1 of 90/10', atLeast: 1.8 },
    { name: 'two / one, 50/50', ours: '2 of 50/50', peer: '1 of 50/50', atLeast: 1.8 },
  ],
};
