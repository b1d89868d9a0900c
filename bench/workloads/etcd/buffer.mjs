// A write-behind buffer in front of the map, beside a queue of single writes.
import PQueue from 'p-queue';
import { bufferDoor, NEVER_MS } from '../buffer/door.mjs';
import { keyOf, stand, VALUE } from './stand.mjs';

/** @import { Group } from '../../harness/types.mjs' */

/** @returns {Group} */
export const buffered = {
  name: 'write-behind',
  about: '10,000 updates of 1,000 rows until all are in etcd; requests are the versions that were taken.',
  sets: ['small'],
  rounds: 3,
  warmups: 1,
  async prepare(input) {
    const at = await stand(input, 1);
    const { openBuffer, toMap } = await bufferDoor();
    const map = at.store.map('m', { codec: at.codec, batch: true });
    const plain = at.store.map('p', { codec: at.codec });
    const rows = 10_000;
    const few = 2_000;
    const revision = async () => Number((await at.store.inspect()).gauges['revision']);
    const throughBuffer = async () => {
      const buffer = await openBuffer({ processor: toMap(map), intervalMs: NEVER_MS, batchSize: 1_000 });
      for (let n = 0; n < rows; n++) {
        await buffer.set(keyOf(n), VALUE);
        if (n % 5_000 === 4_999) await buffer.flush();
      }
      await buffer.close();
    };
    const throughQueue = async () => {
      const queue = new PQueue({ concurrency: 64 });
      for (let n = 0; n < few; n++) void queue.add(() => plain.set(keyOf(n), VALUE));
      await queue.onIdle();
    };
    const versions = async (/** @type {() => Promise<void>} */ work) => {
      await plain.set('mark', VALUE);
      const before = await revision();
      await work();
      await plain.set('mark', VALUE);
      return (await revision()) - before - 1;
    };
    return {
      cases: [
        { name: 'rows through a buffer', operations: rows, pass: throughBuffer },
        { name: 'rows through p-queue', operations: few, pass: throughQueue },
        { name: 'versions per row, buffer', operations: rows, bytes: () => versions(throughBuffer) },
        { name: 'versions per row, p-queue', operations: few, bytes: () => versions(throughQueue) },
      ],
      close: () => at.close(),
    };
  },
  goals: [{ name: 'buffer / p-queue', ours: 'rows through a buffer', peer: 'rows through p-queue' }],
};
