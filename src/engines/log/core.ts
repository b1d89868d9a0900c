import { StoreError } from '../../base/errors.ts';
import type { SyncCore } from '../../contract/core.ts';
import { commit } from './commit.ts';
import { clear, count, get, getMany, page } from './read.ts';
import { admit } from './append.ts';
import { checkOpen, type State, tableOf } from './state.ts';
import { add, write } from './write.ts';

const STATE: unique symbol = Symbol('state');

/** A core and what it works on. */
interface LogCore extends SyncCore {
  readonly [STATE]: State;
}

/**
 * The words, made once: the same functions in every engine, so that a caller who meets several
 * engines stays as fast as with one. They find the state through `this`, also after being
 * spread into another object.
 */
const WORDS: SyncCore & ThisType<LogCore> = {
  get(map, key) {
    return get(this[STATE], map, key);
  },
  getMany(map, keys) {
    return getMany(this[STATE], map, keys);
  },
  write(map, key, cell, condition, ifVersion, expiresAt, stamp, shape) {
    return write(this[STATE], map, key, cell, condition, ifVersion, expiresAt, stamp, shape);
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
export function logCore(state: State): SyncCore {
  const core: LogCore = { [STATE]: state, ...WORDS };
  return core;
}

/** Takes `n` versions; the first of them. */
export function reserve(state: State, n: number): number {
  checkOpen(state);
  if (state.version + n >= state.reserved) {
    throw new StoreError('LIMIT', `${n} versions at once are more than are reserved`);
  }
  admit(state, 0, true);
  const first = state.version + 1;
  state.version += n;
  return first;
}
