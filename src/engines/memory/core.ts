import { ANY } from '../../contract/condition.ts';
import type { SyncCore } from '../../contract/core.ts';
import { commit } from './commit.ts';
import { clear, count, getMany, page } from './read.ts';
import { checkOpen, expired, noTable, type State, tableOf } from './state.ts';
import { add, write } from './write.ts';

const STATE: unique symbol = Symbol('state');

/** A core and what it works on. */
interface MemoryCore extends SyncCore {
  readonly [STATE]: State;
}

/**
 * The words, made once: the same functions in every engine, so that a caller who meets several
 * engines stays as fast as with one. They find the state through `this`, also after being
 * spread into another object. Reading, and writing a plain entry over another that nobody wants to
 * see, are written out here, for these two are most of what a store does; inlined into a caller, their
 * replies are never allocated.
 */
const WORDS: SyncCore & ThisType<MemoryCore> = {
  get(map, key) {
    const state = this[STATE];
    const table = state.tables[map];
    if (table === undefined) throw noTable(state, map);
    const node = table.entries.get(key);
    if (node === undefined || (node.extra !== undefined && expired(state, node))) {
      return { ok: false, at: state.version, entry: undefined };
    }
    return { ok: true, at: state.version, entry: node };
  },
  getMany(map, keys) {
    return getMany(this[STATE], map, keys);
  },
  write(map, key, cell, condition, ifVersion, expiresAt, stamp, shape) {
    const state = this[STATE];
    const table = state.tables[map];
    if (table === undefined) throw noTable(state, map);
    const node = table.entries.get(key);
    if (
      node === undefined ||
      node.extra !== undefined ||
      cell === undefined ||
      condition !== ANY ||
      expiresAt > 0 ||
      state.observers > 0
    ) {
      return write(state, table, key, cell, condition, ifVersion, expiresAt, stamp, shape);
    }
    node.value = cell;
    node.shape = shape;
    node.version = ++state.version;
    return { ok: true, at: state.version, entry: node };
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
