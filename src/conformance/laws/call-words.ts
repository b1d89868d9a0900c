import type { CallOptions } from '../../contract/calls.ts';
import type { VersionedMap } from '../../contract/versioned-map.ts';
import { collect } from '../assertions.ts';

/** Every async word that takes call options, by name. */
export function callWords(
  map: VersionedMap<number>,
): Readonly<Record<string, (options: CallOptions) => Promise<unknown>>> {
  return {
    get: (options) => map.get('a', options),
    entry: (options) => map.entry('a', options),
    has: (options) => map.has('a', options),
    getMany: (options) => map.getMany(['a'], options),
    list: (options) => collect(map.list(options)),
    keys: (options) => collect(map.keys(options)),
    values: (options) => collect(map.values(options)),
    count: (options) => map.count(options),
    set: (options) => map.set('a', 2, options),
    'set with a condition': (options) => map.set('a', 2, { ...options, ifPresent: true }),
    delete: (options) => map.delete('a', options),
    'delete with a condition': (options) => map.delete('a', { ...options, ifPresent: true }),
    take: (options) => map.take('a', options),
    getOrInsert: (options) => map.getOrInsert('b', 2, options),
    getOrInsertComputed: (options) => map.getOrInsertComputed('b', () => 2, options),
    swap: (options) => map.swap('a', 2, options),
    update: (options) => map.update('a', () => 2, options),
    add: (options) => map.add('a', 1, options),
    touch: (options) => map.touch('a', 'never', options),
    setMany: (options) => map.setMany([['a', 2]], options),
    deleteMany: (options) => map.deleteMany(['a'], options),
    clear: (options) => map.clear(options),
    nextKey: (options) => map.nextKey(options),
    durable: (options) => map.durable(options),
    view: (options) => map.view(options).then((view) => view.close()),
    snapshot: (options) => collect(map.snapshot(options)),
  };
}
