// Reads from a near copy, beside the engine in memory and linearizable reads.
import { keyOf, race, stand, VALUE } from './stand.mjs';

/** @import { Group } from '../../harness/types.mjs' */

/** @returns {Group} */
export const near = {
  name: 'near',
  about: 'get from a near copy, from memory: by the async face, and from etcd one after the other.',
  sets: ['small'],
  rounds: 3,
  warmups: 2,
  async prepare(input) {
    const at = await stand(input, 1);
    const { codec } = at;
    const copied = at.store.map('m', { codec, near: { maxStaleMs: 2_000, onStale: 'wait' } });
    const linear = at.store.map('m', { codec });
    const local = await input.samemap.open('memory:');
    const memory = local.map('m', { codec });
    await race(64, 1_000, (n) => linear.set(keyOf(n), VALUE));
    await race(64, 1_000, (n) => memory.set(keyOf(n), VALUE));
    const pass = (
      /** @type {number} */ operations,
      /** @type {{ get(key: string): Promise<unknown> }} */ map,
    ) => ({
      operations,
      async pass() {
        for (let n = 0; n < operations; n++) await map.get(keyOf(n));
      },
    });
    return {
      cases: [
        { name: 'near get', ...pass(100_000, copied) },
        { name: 'memory get', ...pass(100_000, memory) },
        { name: 'linearizable get', ...pass(300, linear) },
      ],
      async close() {
        await local.close();
        await at.close();
      },
    };
  },
  goals: [
    { name: 'near / memory', ours: 'near get', peer: 'memory get', atLeast: 0.5 },
    { name: 'near / linearizable', ours: 'near get', peer: 'linearizable get', atLeast: 500 },
  ],
};
