import type { MapOf } from '../../contract/store.ts';
import { collect, fault } from '../assertions.ts';
import { next } from '../reading.ts';

/** A map of numbers with both faces. */
export type Both = MapOf<boolean, number, string, number>;

/** Every word of the async face. */
export function asyncWords(map: Both): Readonly<Record<string, () => unknown>> {
  return {
    get: () => map.get('a'),
    entry: () => map.entry('a'),
    has: () => map.has('a'),
    getMany: () => map.getMany(['a']),
    list: () => collect(map.list()),
    keys: () => collect(map.keys()),
    values: () => collect(map.values()),
    iteration: () => collect(map),
    count: () => map.count(),
    set: () => map.set('a', 1),
    'set with a condition': () => map.set('a', 1, { ifAbsent: true }),
    delete: () => map.delete('a'),
    take: () => map.take('a'),
    getOrInsert: () => map.getOrInsert('a', 1),
    getOrInsertComputed: () => map.getOrInsertComputed('a', () => 1),
    swap: () => map.swap('a', 1),
    update: () => map.update('a', () => 1),
    add: () => map.add('a', 1),
    touch: () => map.touch('a', 'never'),
    setMany: () => map.setMany([['a', 1]]),
    deleteMany: () => map.deleteMany(['a']),
    clear: () => map.clear(),
    lock: () => map.lock('a'),
    tryLock: () => map.tryLock('a'),
    lockMany: () => map.lockMany(['a']),
    withLock: () => map.withLock('a', () => 1),
    watch: () => next(map.watch()),
    'watch.ready': () => map.watch().ready,
    follow: () => map.follow('a').next(),
    view: () => map.view(),
    nextKey: () => map.nextKey(),
    snapshot: () => collect(map.snapshot()),
    restore: () => map.restore(new Uint8Array(8)),
    compact: () => map.compact(),
    stats: () => map.stats(),
    durable: () => map.durable(),
    drop: () => map.drop(),
  };
}

/** Every word of the sync face. */
function syncWords(map: NonNullable<Both['sync']>): Readonly<Record<string, () => unknown>> {
  return {
    get: () => map.get('a'),
    entry: () => map.entry('a'),
    has: () => map.has('a'),
    getMany: () => map.getMany(['a']),
    list: () => [...map.list()],
    keys: () => [...map.keys()],
    values: () => [...map.values()],
    iteration: () => [...map],
    count: () => map.count(),
    set: () => map.set('a', 1),
    delete: () => map.delete('a'),
    take: () => map.take('a'),
    getOrInsert: () => map.getOrInsert('a', 1),
    getOrInsertComputed: () => map.getOrInsertComputed('a', () => 1),
    swap: () => map.swap('a', 1),
    update: () => map.update('a', () => 1),
    add: () => map.add('a', 1),
    touch: () => map.touch('a', 'never'),
    setMany: () => map.setMany([['a', 1]]),
    deleteMany: () => map.deleteMany(['a']),
    clear: () => map.clear(),
    tryLock: () => map.tryLock('a'),
  };
}

/** Asserts that every word of both faces is `CLOSED`. */
export async function everyWordClosed(map: Both): Promise<void> {
  for (const [word, call] of Object.entries(asyncWords(map))) {
    await fault('CLOSED', call).catch((cause: unknown) => {
      throw new Error(`${word} is not CLOSED`, { cause });
    });
  }
  for (const [word, call] of Object.entries(map.sync === undefined ? {} : syncWords(map.sync))) {
    await fault('CLOSED', call).catch((cause: unknown) => {
      throw new Error(`sync.${word} is not CLOSED`, { cause });
    });
  }
}
