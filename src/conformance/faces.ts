import type { MapTypes } from '../contract/map-types.ts';
import type { Lock } from '../contract/lock.ts';
import type { Atomic, SyncAtomic } from '../contract/store.ts';
import type { SyncMap } from '../contract/sync-map.ts';
import type { VersionedMap } from '../contract/versioned-map.ts';

/** The words that both faces of a map have, in the form of the async one: one law text serves both. */
export type Words<Value, Key = string, Input = Value> = MapTypes<Value, Key, Input> &
  AsyncIterable<readonly [Key, Value]> &
  Pick<VersionedMap<Value, Key, Input>, 'get' | 'entry' | 'has' | 'getMany' | 'count' | 'set' | 'delete'> &
  Pick<VersionedMap<Value, Key, Input>, 'take' | 'getOrInsert' | 'getOrInsertComputed' | 'swap' | 'update'> &
  Pick<VersionedMap<Value, Key, Input>, 'add' | 'touch' | 'setMany' | 'deleteMany' | 'clear'> & {
    list(...range: Parameters<VersionedMap<Value, Key, Input>['list']>): AsyncIterable<EntryOf<Value, Key>>;
    keys(...range: Parameters<VersionedMap<Value, Key, Input>['keys']>): AsyncIterable<Key>;
    values(...range: Parameters<VersionedMap<Value, Key, Input>['values']>): AsyncIterable<Value>;
    tryLock(
      ...request: Parameters<SyncMap<Value, Key, Input>['tryLock']>
    ): Promise<LockWords<Value, Input, Key> | undefined>;
  };

type EntryOf<Value, Key> = NonNullable<Awaited<ReturnType<VersionedMap<Value, Key>['entry']>>>;

/** The words that both forms of a lock have. */
export type LockWords<Value, Input = Value, Key = string> = Omit<
  Lock<Value, Input, Key>,
  typeof Symbol.asyncDispose
>;

const targets = new WeakMap<object, object>();

/** The sync face of a map, told in the words of the async one: what it throws becomes a rejection. */
export function liftMap<Value, Key, Input>(map: SyncMap<Value, Key, Input>): Words<Value, Key, Input> {
  const iterations: Readonly<Record<string | symbol, (...given: readonly unknown[]) => unknown>> = {
    list: (...range) => later(() => call<Iterable<unknown>>(map, 'list', range)),
    keys: (...range) => later(() => call<Iterable<unknown>>(map, 'keys', range)),
    values: (...range) => later(() => call<Iterable<unknown>>(map, 'values', range)),
    [Symbol.asyncIterator]: () => later(() => map)[Symbol.asyncIterator](),
    tryLock: async (...request) => {
      const lock = call<object | undefined>(map, 'tryLock', request);
      return lock === undefined ? undefined : lift(lock, {});
    },
  };
  const lifted = lift(map, iterations);
  targets.set(lifted, map);
  // SAFETY: every word of a sync map is one of Words, answered at once; `lift` and the iterations answer later.
  return lifted as Words<Value, Key, Input>;
}

/** {@link SyncAtomic} in the words of the async face; takes maps of {@link liftMap}. */
export function liftAtomic(atomic: SyncAtomic): Atomic {
  const lifted: Atomic = {
    check(map, key, version) {
      atomic.check(bare(map), key, version);
      return lifted;
    },
    set(map, key, value, options) {
      atomic.set(bare(map), key, value, options);
      return lifted;
    },
    delete(map, key) {
      atomic.delete(bare(map), key);
      return lifted;
    },
    commit: async () => atomic.commit(),
  };
  return lifted;
}

function bare<Value, Key, Input>(map: MapTypes<Value, Key, Input>): MapTypes<Value, Key, Input> {
  const target = typeof map === 'object' && map !== null ? targets.get(map) : undefined;
  // SAFETY: the target was lifted from a map of the same types.
  return target === undefined ? map : (target as MapTypes<Value, Key, Input>);
}

/** The same object with methods that answer later, but for those given. */
function lift(target: object, own: Readonly<Record<string | symbol, unknown>>): object {
  return new Proxy(target, {
    get(_, word) {
      if (Object.hasOwn(own, word)) return own[word];
      const member: unknown = Reflect.get(target, word, target);
      if (typeof member !== 'function') return member;
      return async (...given: readonly unknown[]) => call(target, word, given);
    },
    set: (_, word, value) => Reflect.set(target, word, value, target),
  });
}

function call<Result>(target: object, word: string | symbol, given: readonly unknown[]): Result {
  // SAFETY: `word` is a method of the target, and its result is the caller's to know.
  return (Reflect.get(target, word, target) as (...args: readonly unknown[]) => Result).apply(target, [
    ...given,
  ]);
}

/** An iterable as an async one, begun when it is read. */
function later<Item>(begin: () => Iterable<Item>): AsyncIterable<Item> {
  return {
    [Symbol.asyncIterator]() {
      let items: Iterator<Item> | undefined;
      return {
        async next() {
          items ??= begin()[Symbol.iterator]();
          return items.next();
        },
        async return() {
          items?.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
