import { show } from '../base/options.ts';
import type { Operation, SyncCore } from '../contract/core.ts';
import { copyCommit, copyCount, copyMany, copyPage, copyReply, keepCell } from './copies.ts';
import type { MirrorState } from './mirror-state.ts';

/** The words of a core that are mirrored by a rule; locks are not. */
export type MirroredWord = Exclude<keyof SyncCore, 'tryLock'>;

/** How one word is told to the second engine, and how the two answers are compared. */
export interface Rule<Args extends unknown[], R> {
  /** The arguments for the second engine. */
  translate(args: Args): Args;
  /** Throws what differs. */
  compare(a: R, b: R, args: Args): void;
  /** A reply that outlives the next call. */
  keep(reply: R): R;
}

export type Rules = {
  readonly [Word in MirroredWord]: Rule<Parameters<SyncCore[Word]>, ReturnType<SyncCore[Word]>>;
};

/** The rules of two engines. */
export function createRules(state: MirrorState): Rules {
  const reply = <Args extends [map: number, key: string, ...unknown[]]>(
    word: 'get' | 'write' | 'add',
    translate: (args: Args) => Args,
  ): Rule<Args, ReturnType<SyncCore['get']>> => ({
    translate,
    compare(a, b, [map, key]) {
      state.same(word, `ok of ${show(key)}`, a.ok, b.ok);
      state.sameStored(word, map, a.entry, b.entry);
      if (word !== 'get' && a.ok) {
        state.sameVersion(word, map, key, a.at, b.at);
        state.pass(word, a.at, b.at);
      } else state.checkAt(word, map, key, a.at, b.at);
    },
    keep: (kept) => copyReply(kept, keepCell),
  });

  const count = (
    word: 'count' | 'clear',
  ): Rule<Parameters<SyncCore['count']>, ReturnType<SyncCore['count']>> => ({
    translate: ([map, ...rest]) => [state.id(map), ...rest],
    compare(a, b) {
      state.same(word, 'count', a.count, b.count);
      if (word === 'clear' && a.count > 0) state.pass(word, a.at, b.at);
    },
    keep: copyCount,
  });

  return {
    get: reply('get', ([map, key]) => [state.id(map), key]),
    write: reply('write', ([map, key, cell, condition, ifVersion, ...rest]) => [
      state.id(map),
      key,
      cell,
      condition,
      state.version(map, key, ifVersion),
      ...rest,
    ]),
    add: reply('add', ([map, ...rest]) => [state.id(map), ...rest]),
    getMany: {
      translate: ([map, keys]) => [state.id(map), keys],
      compare(a, b, [map, keys]) {
        for (const [i, key] of keys.entries()) {
          state.sameStored('getMany', map, a.entries[i], b.entries[i]);
          state.checkAt('getMany', map, key, a.at, b.at);
        }
      },
      keep: (kept) => copyMany(kept, keepCell),
    },
    commit: {
      translate: ([guards, operations]) => [
        guards.map((guard) => {
          const { map, key } = guard;
          const id = state.id(map);
          return guard.kind === 'version'
            ? { ...guard, map: id, version: state.version(map, key, guard.version) }
            : { ...guard, map: id, fence: state.fence(map, key, guard.fence) };
        }),
        operations.map((operation): Operation => ({
          ...operation,
          map: state.id(operation.map),
          ifVersion: state.version(operation.map, operation.key, operation.ifVersion),
        })),
      ],
      compare(a, b, [guards, operations]) {
        state.same('commit', 'ok', a.ok, b.ok);
        state.same('commit', 'what failed', a.failed, b.failed);
        const failed = guards[a.failed] ?? operations[a.failed - guards.length];
        if (failed !== undefined) state.sameStored('commit', failed.map, a.current, b.current);
        if (!a.ok || operations.length === 0) return;
        for (const { map, key, cell } of operations) {
          // A delete of what was absent gave the key no version.
          if (cell !== undefined) state.sameVersion('commit', map, key, a.at, b.at);
        }
        state.pass('commit', a.at, b.at);
      },
      keep: (kept) => copyCommit(kept, keepCell),
    },
    page: {
      translate: ([map, ...rest]) => [state.id(map), ...rest],
      compare(a, b, [map]) {
        const keys = (entries: typeof a.entries): string => JSON.stringify(entries.map(({ key }) => key));
        state.same('page', 'keys', keys(a.entries), keys(b.entries));
        for (const [i, entry] of a.entries.entries()) state.sameStored('page', map, entry, b.entries[i]);
        state.same('page', 'more', a.more, b.more);
      },
      keep: (kept) => copyPage(kept, keepCell),
    },
    count: count('count'),
    clear: count('clear'),
    reserve: {
      translate: (args) => args,
      compare: (a, b, [n]) => state.pass('reserve', a + n - 1, b + n - 1),
      keep: (kept) => kept,
    },
  };
}
