// How many requests of a trace miss, against plain LRU.
import { LRUCache } from 'lru-cache';
import { recipesDoor } from './door.mjs';
import { traces } from './traces.mjs';

/** @import { Group } from '../../harness/types.mjs' */

const LENGTH = 400_000;

/** The most misses, in misses of LRU: 10 points fewer on the trace with scans, where LRU misses 811 of 1,000. */
const GOALS = { zipf: 1, scans: 0.877, loop: 1 };

/** @type {Group[]} */
export const hitRates = traces(0).map(({ name, about }, n) => ({
  name: `misses, ${name}`,
  about: `${about}. Per 1,000 requests; what misses is written.`,
  sets: ['small'],
  rounds: 1,
  warmups: 0,
  async prepare({ samemap }) {
    const { room, requests } = traces(LENGTH)[n];
    const { openCache } = await recipesDoor();
    const store = await samemap.open('memory:');
    const cases = [
      {
        name: 'lru-cache',
        operations: requests.length / 1_000,
        unit: 'misses',
        bytes() {
          const lru = new LRUCache({ max: room });
          let misses = 0;
          for (const key of requests) {
            if (lru.get(key) !== undefined) continue;
            misses++;
            lru.set(key, 1);
          }
          return misses;
        },
      },
      {
        name: 'cache',
        operations: requests.length / 1_000,
        unit: 'misses',
        async bytes() {
          const cache = await openCache(store.map('trace', { values: 'references' }), { maxEntries: room });
          let misses = 0;
          for (const key of requests) {
            if (cache.hit(key) !== undefined) continue;
            misses++;
            await cache.set(key, 1);
          }
          await cache.close();
          return misses;
        },
      },
    ];
    return { cases, close: () => store.close() };
  },
  goals: [{ name: 'cache / lru-cache', ours: 'cache', peer: 'lru-cache', atMost: GOALS[name] }],
}));
