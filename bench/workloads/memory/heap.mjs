// How much memory a large map holds.
import { keyOf } from '../../harness/keys.mjs';

/** @import { Group } from '../../harness/types.mjs' */

/** Bytes that are alive: the heap and what hangs on it from outside. */
function alive() {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** @type {Group} */
export const heap = {
  name: 'heap',
  about:
    'Bytes for each entry of a map of 1,000,000 small numbers: with the keys, which nothing else holds, and without.',
  sets: ['million'],
  rounds: 1,
  warmups: 1,
  prepare({ keys, samemap }) {
    const { length } = keys;
    // What a case builds stays reachable until it has been counted.
    let held;
    const bytesOf = (/** @type {() => { set(key: string, value: unknown): unknown }} */ build) => {
      const before = alive();
      held = build();
      const bytes = alive() - before;
      if (held === undefined) throw new Error('nothing was built');
      held = undefined;
      return bytes;
    };
    const fillNative = (/** @type {(i: number) => string} */ keyAt) => {
      const map = new Map();
      for (let i = 0; i < length; i++) map.set(keyAt(i), { value: i, version: i + 1 });
      return map;
    };
    const fillOurs = (/** @type {(i: number) => string} */ keyAt) => {
      const map = samemap.memoryMap();
      for (let i = 0; i < length; i++) map.set(keyAt(i), i);
      return map;
    };
    const own = (/** @type {number} */ i) => keyOf(i);
    const shared = (/** @type {number} */ i) => keys[i];
    const operations = length;
    const cases = [
      { name: 'native Map', operations, bytes: () => bytesOf(() => fillNative(own)) },
      { name: 'memoryMap', operations, bytes: () => bytesOf(() => fillOurs(own)) },
      { name: 'native Map, without keys', operations, bytes: () => bytesOf(() => fillNative(shared)) },
      { name: 'memoryMap, without keys', operations, bytes: () => bytesOf(() => fillOurs(shared)) },
    ];
    return { cases };
  },
  goals: [
    { name: 'memoryMap / native Map', ours: 'memoryMap', peer: 'native Map', atMost: 1.5 },
    {
      name: 'memoryMap / native Map, without keys',
      ours: 'memoryMap, without keys',
      peer: 'native Map, without keys',
      atMost: 1.5,
    },
  ],
};
