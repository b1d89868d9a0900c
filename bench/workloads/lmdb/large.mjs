// A store that is larger than the memory that it may use: 5,000,000 entries of 100 bytes.
import path from 'node:path';
import { keyOf, stores } from './stores.mjs';

/** @import { Group } from '../../harness/types.mjs' */

const ENTRIES = 5_000_000;

/** @type {Group} */
export const large = {
  name: 'lmdb large',
  about:
    'Bytes alive beside an open store of 5,000,000 entries of 100 bytes (limit 256 MiB), and opening it (limit 100 ms).',
  sets: ['small'],
  rounds: 1,
  warmups: 0,
  async prepare({ samemap }) {
    const { dir, store, map, lmdbEngine, close } = await stores({ samemap }, { durable: false });
    const value = 'x'.repeat(100);
    for (let i = 0; i < ENTRIES; i++) {
      map.sync.set(keyOf(i), value);
      if (i % 20_000 === 0) await map.durable();
    }
    await map.durable();
    await store.close();
    const reopen = async () => samemap.open(await lmdbEngine({ dir: path.join(dir, 'ours') }));
    const cases = [
      {
        name: 'bytes alive',
        operations: 1,
        async bytes() {
          const again = await reopen();
          const bench = again.map('bench');
          for (let i = 0; i < 1_000_000; i++) bench.sync.get(keyOf((i * 7_919) % ENTRIES));
          if ((await bench.count()) !== ENTRIES) throw new Error('entries are missing');
          for (let i = 0; i < 3; i++) globalThis.gc?.();
          const { heapUsed, external } = process.memoryUsage();
          await again.close();
          return heapUsed + external;
        },
      },
      {
        name: 'opening',
        operations: 1,
        async manual() {
          const before = process.hrtime.bigint();
          const again = await reopen();
          const after = process.hrtime.bigint();
          await again.close();
          return Number(after - before);
        },
      },
    ];
    return { cases, close };
  },
  goals: [],
};
