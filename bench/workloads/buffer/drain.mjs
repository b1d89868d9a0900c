// Handing on what waits.
import { do_not_optimize } from 'mitata';
import { now } from '../../harness/clock.mjs';
import { smallValues } from '../memory/values.mjs';
import { quietBuffer } from './door.mjs';

/** @import { Group } from '../../harness/types.mjs' */

const BATCH = 1_000;

/** @type {Group} */
export const drain = {
  name: 'drain',
  about: `Flushing in batches of ${BATCH} to an async processor that does nothing, against iterating a Map in batches of as many with an await each.`,
  sets: ['random'],
  async prepare({ length, nextPass }) {
    const values = smallValues(length);
    const noop = async (/** @type {unknown} */ batch) => do_not_optimize(batch);
    const one = await quietBuffer({ processor: noop, batchSize: BATCH, partitions: 1 });
    const several = await quietBuffer({ processor: noop, batchSize: BATCH });
    const ten = await quietBuffer({ processor: noop, batchSize: 10, partitions: 1 });
    const timed = async (/** @type {typeof one} */ buffer) => {
      const pass = nextPass();
      for (let i = 0; i < pass.length; i++) await buffer.set(pass[i], values[i]);
      const begin = now();
      await buffer.flush();
      return now() - begin;
    };
    const cases = [
      {
        name: 'native Map',
        operations: length,
        async manual() {
          const pass = nextPass();
          const native = new Map();
          for (let i = 0; i < pass.length; i++)
            native.set(pass[i], { key: pass[i], value: values[i], stamp: i });
          const begin = now();
          let batch = [];
          for (const record of native.values()) {
            batch.push(record);
            if (batch.length < BATCH) continue;
            await noop(batch);
            batch = [];
          }
          return now() - begin;
        },
      },
      { name: '1 partition', operations: length, manual: () => timed(one) },
      { name: 'default partitions', operations: length, manual: () => timed(several) },
      { name: '1 partition, batches of 10', operations: length, manual: () => timed(ten) },
    ];
    return { cases, close: () => Promise.all([one, several, ten].map((buffer) => buffer.close())) };
  },
  goals: [
    { name: '1 partition / Map', ours: '1 partition', peer: 'native Map', atLeast: 0.3 },
    { name: 'default partitions / Map', ours: 'default partitions', peer: 'native Map', atLeast: 0.3 },
    {
      name: 'batches of 10 / Map in batches of 1,000',
      ours: '1 partition, batches of 10',
      peer: 'native Map',
    },
  ],
};
