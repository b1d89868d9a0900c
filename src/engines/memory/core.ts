import { ANY } from '../../contract/condition.ts';
import type { Stored, SyncCore } from '../../contract/core.ts';
import { inserted } from './apply.ts';
import { commit } from './commit.ts';
import { clear, count, getMany, page } from './read.ts';
import { checkOpen, isOver, noTable, type State, tableOf } from './state.ts';
import { add, write } from './write.ts';

const STATE: unique symbol = Symbol('state');

/** A core and what it works on. */
interface MemoryCore extends SyncCore {
  readonly [STATE]: State;
}

/**
 * The words, made once: the same functions in every engine, so that a caller who meets several
 * engines stays as fast as with one. They find the state through `this`, also after being
 * spread into another object. Reading, and writing without a condition to a map in which no entry expires
 * or has a stamp, are written out here, for these two are most of what a store does; inlined into a
 * caller, their replies are never allocated. Such a write looks at the entry it replaces only when changes
 * are recorded.
 */
const WORDS: SyncCore & ThisType<MemoryCore> = {
  get(map, key) {
    const state = this[STATE];
    const table = state.tables[map];
    if (table === undefined) throw noTable(state, map);
    const entry = table.entries.get(key);
    if (entry === undefined || isOver(entry, state.clock)) {
      return { ok: false, at: state.version, entry: undefined };
    }
    return { ok: true, at: state.version, entry };
  },
  getMany(map, keys) {
    return getMany(this[STATE], map, keys);
  },
  write(map, key, cell, condition, ifVersion, expiresAt, stamp, shape) {
    const state = this[STATE];
    const table = state.tables[map];
    if (table === undefined) throw noTable(state, map);
    if (cell === undefined || condition !== ANY || expiresAt > 0 || shape !== 0 || table.extras.size !== 0) {
      return write(state, table, key, cell, condition, ifVersion, expiresAt, stamp, shape);
    }
    const before = state.recording ? table.entries.get(key) : undefined;
    const version = ++state.version;
    const entry: Stored = { key, value: cell, version };
    if (table.entries.set(key, entry)) inserted(state, table, entry);
    else if (table.ordered !== undefined) table.ordered.renew(key);
    if (state.recording) {
      state.feeds.append(before === undefined ? 'insert' : 'update', map, entry, before, version);
      state.feeds.seal(version);
    }
    return { ok: true, at: version, entry };
  },
  add(map, key, delta, expiresAt, shape) {
    return add(this[STATE], map, key, delta, expiresAt, shape);
  },
  commit(guards, operations) {
    return commit(this[STATE], guards, operations);
  },
  page(map, start, end, limit, reverse) {
    return page(this[STATE], map, start, end, limit, reverse);
  },
  count(map, start, end) {
    return count(this[STATE], map, start, end);
  },
  clear(map, start, end) {
    return clear(this[STATE], map, start, end);
  },
  tryLock(map, key, request) {
    return this[STATE].locks.tryLock(tableOf(this[STATE], map).id, key, request);
  },
  reserve(n) {
    return reserve(this[STATE], n);
  },
};

/** The core over a state. */
export function memoryCore(state: State): SyncCore {
  const core: MemoryCore = { [STATE]: state, ...WORDS };
  return core;
}

/** Takes `n` versions; the first of them. */
export function reserve(state: State, n: number): number {
  checkOpen(state);
  const first = state.version + 1;
  state.version += n;
  return first;
}
