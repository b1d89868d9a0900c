import type { CountReply, SyncCore } from '../../contract/core.ts';
import { StoreError } from '../../base/errors.ts';
import { commit } from './commit.ts';
import { clear } from './clear.ts';
import { RECORDING } from './layout.ts';
import { sizeOf } from './load.ts';
import { getMany } from './many.ts';
import { checkOpen, noTable, type State, tableOf, told } from './state.ts';
import { lockAll, unlockAll } from './stripe-lock.ts';
import { isDue, sweepAll } from './sweep.ts';
import { newestVersion, takeVersions } from './versions.ts';
import { add, get, versionOf, write } from './words.ts';

const STATE: unique symbol = Symbol('state');

/** A core and what it works on. */
interface SharedCore extends SyncCore {
  readonly [STATE]: State;
}

/** The most versions that are taken at once. */
const MOST_VERSIONS = 2 ** 30;

/**
 * The words, made once: the same functions in every engine, so that a caller who meets several engines stays as
 * fast as with one. They find the state through `this`, also after being spread into another object.
 */
const WORDS: SyncCore & ThisType<SharedCore> = {
  get(map, key) {
    const state = this[STATE];
    const table = state.local.tables[map];
    if (table === undefined) throw noTable(state, map);
    return get(state.local, table, key);
  },
  getMany(map, keys) {
    return getMany(this[STATE].local, tableOf(this[STATE], map), keys);
  },
  write(map, key, cell, condition, ifVersion, expiresAt, stamp, shape) {
    const state = this[STATE];
    const table = state.local.tables[map];
    if (table === undefined) throw noTable(state, map);
    const reply = write(state.local, table, key, cell, condition, ifVersion, expiresAt, stamp, shape);
    if (expiresAt > 0 || stamp !== undefined) state.expiry.announce();
    if (state.local.m.words[RECORDING] !== 0) told(state);
    return reply;
  },
  add(map, key, delta, expiresAt, shape) {
    const state = this[STATE];
    const table = state.local.tables[map];
    if (table === undefined) throw noTable(state, map);
    const reply = add(state.local, table, key, delta, expiresAt, shape);
    if (expiresAt > 0) state.expiry.announce();
    if (state.local.m.words[RECORDING] !== 0) told(state);
    return reply;
  },
  commit(guards, operations) {
    const state = this[STATE];
    const tables = [...guards, ...operations].map(({ map }) => tableOf(state, map));
    const reply = commit(state.local, tables, guards, operations);
    if (operations.some(({ expiresAt, stamp }) => expiresAt > 0 || stamp !== undefined))
      state.expiry.announce();
    told(state);
    if (!reply.ok) return reply;
    for (const guard of guards) {
      if (guard.kind === 'fence' && guard.release) state.lines.letGo(guard.map, guard.key, guard.fence);
    }
    return reply;
  },
  page(map, start, end, limit, reverse) {
    return this[STATE].ordered.page(tableOf(this[STATE], map), start, end, limit, reverse);
  },
  count(map, start, end) {
    const state = this[STATE];
    const table = tableOf(state, map);
    if (start !== '' || end !== undefined) return state.ordered.count(table, start, end);
    const reply = countAll(state, map);
    told(state);
    return reply;
  },
  clear(map, start, end) {
    const state = this[STATE];
    const table = tableOf(state, map);
    const reply = clear(state.local, table, start, end, false);
    told(state);
    return reply;
  },
  tryLock(map, key, request) {
    return this[STATE].lines.tryLock(tableOf(this[STATE], map).id, key, request);
  },
  reserve(n) {
    checkOpen(this[STATE]);
    if (n > MOST_VERSIONS)
      throw new StoreError('LIMIT', `at most ${MOST_VERSIONS} versions are taken at once`);
    return takeVersions(this[STATE].local.m, n);
  },
};

/** `SyncEngine.versionOf`. */
export function versionIn(state: State, map: number, key: string): number {
  const table = state.local.tables[map];
  if (table === undefined) throw noTable(state, map);
  return versionOf(state.local, table, key);
}

/** The core over a state. */
export function sharedCore(state: State): SyncCore {
  const core: SharedCore = { [STATE]: state, ...WORDS };
  return core;
}

function countAll(state: State, map: number): CountReply {
  const { local } = state;
  const { m } = local;
  const table = tableOf(state, map);
  // Seldom to write: a thread that dies as a writer has all of it made anew.
  for (let sweeps = isDue(local); ; sweeps = true) {
    lockAll(m, sweeps);
    try {
      if (sweeps) sweepAll(local);
      if (sweeps || !isDue(local)) return { at: newestVersion(m), count: sizeOf(local, table) };
    } finally {
      unlockAll(m);
    }
  }
}
