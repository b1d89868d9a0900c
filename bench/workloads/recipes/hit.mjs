// Hits of a cache over the engine in memory.
import { LRUCache } from 'lru-cache';
import { do_not_optimize } from 'mitata';
import { smallValues } from '../memory/values.mjs';
import { recipesDoor } from './door.mjs';

/** @import { Group } from '../../harness/types.mjs' */

/** @type {Group} */
export const hit = {
  name: 'cache hit',
  about: 'Sync reads that hit, with room for exactly the entries there are.',
  async prepare({ keys, length, nextPass, samemap }) {
    const values = smallValues(keys.length);
    const { openCache } = await recipesDoor();
    const store = await samemap.open('memory:');
    const options = { maxEntries: keys.length };
    const cache = await openCache(store.map('cache', { values: 'references' }), options);
    const encoded = await openCache(store.map('encoded'), options);
    const lru = new LRUCache({ max: keys.length });
    for (const [i, key] of keys.entries()) await cache.set(key, values[i]);
    for (const [i, key] of keys.entries()) await encoded.set(key, values[i]);
    keys.forEach((key, i) => lru.set(key, values[i]));
    const cases = [
      {
        name: 'lru-cache',
        operations: length,
        pass() {
          let found = 0;
          const pass = nextPass();
          for (let i = 0; i < length; i++) if (lru.get(pass[i]) !== undefined) found++;
          do_not_optimize(found);
        },
      },
      {
        name: 'cache.hit',
        operations: length,
        pass() {
          let found = 0;
          const pass = nextPass();
          for (let i = 0; i < length; i++) if (cache.hit(pass[i]) !== undefined) found++;
          do_not_optimize(found);
        },
      },
      {
        name: 'cache.hit, encoded values',
        operations: length,
        pass() {
          let found = 0;
          const pass = nextPass();
          for (let i = 0; i < length; i++) if (encoded.hit(pass[i]) !== undefined) found++;
          do_not_optimize(found);
        },
      },
    ];
    return {
      cases,
      async close() {
        await cache.close();
        await encoded.close();
        await store.close();
      },
    };
  },
  goals: [
    { name: 'cache.hit / lru-cache', ours: 'cache.hit', peer: 'lru-cache', atLeast: 0.9 },
    { name: 'cache.hit of encoded values / lru-cache', ours: 'cache.hit, encoded values', peer: 'lru-cache' },
  ],
};
