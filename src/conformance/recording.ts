import { StoreError } from '../base/errors.ts';
import type { AsyncCore, SyncCore } from '../contract/core.ts';
import type { AsyncEngine, Engine, SyncEngine } from '../contract/engine.ts';
import type { History } from './history.ts';
import { createNotes, type Note, type Notes } from './recording-notes.ts';
import { commonOf } from './services.ts';

/**
 * Makes an engine that writes down every call on another one: what was asked, what was answered, and
 * in which order calls and returns happened. The history can then be checked.
 *
 * Several clients wrap one engine with one history and numbers of their own. Reads, writes, sums, commits,
 * pages and clears are written down; locks and feeds are not. A history ends with a `load`.
 *
 * @param engine - the engine that does the work; closed with the one returned
 * @param history - where the calls are written down
 * @param process - number of the client; 0 unless given
 * @returns an engine of the same form
 *
 * @example
 * ```ts
 * import { memoryEngine, open } from 'samemap';
 * import { checkHistory, createHistory, recording } from 'samemap/conformance';
 * const history = createHistory();
 * const store = await open(recording(memoryEngine(), history));
 * await store.map<number>('m').set('a', 1);
 * if (checkHistory(history.operations()).length > 0) throw new Error('not linearizable');
 * await store.close();
 * ```
 */
export function recording(engine: SyncEngine, history: History, process?: number): SyncEngine;
export function recording(engine: AsyncEngine, history: History, process?: number): AsyncEngine;
export function recording(engine: Engine, history: History, process?: number): Engine;
export function recording(engine: Engine, history: History, process = 0): Engine {
  const notes = createNotes(history, process);
  const common = commonOf(engine);
  if (engine.form === 'sync') {
    const { maps } = engine;
    return {
      form: 'sync',
      ...common,
      get lineage() {
        return engine.lineage;
      },
      core: recordSync(engine.core, history, notes),
      maps: {
        open: (name, want) => maps.open(name, want),
        drop: noted(history, (id) => maps.drop(id), notes.drop),
        list: () => maps.list(),
        reshape: (id, shape) => maps.reshape(id, shape),
      },
    };
  }
  const { maps } = engine;
  return {
    form: 'async',
    ...common,
    get lineage() {
      return engine.lineage;
    },
    core: recordAsync(engine.core, history, notes),
    maps: {
      open: (name, want) => maps.open(name, want),
      drop: notedLater(history, (id) => maps.drop(id), notes.drop),
      list: () => maps.list(),
      reshape: (id, shape) => maps.reshape(id, shape),
    },
  };
}

function recordSync(core: SyncCore, history: History, notes: Notes): SyncCore {
  return {
    get: noted(history, (...args) => core.get(...args), notes.get),
    getMany: noted(history, (...args) => core.getMany(...args), notes.getMany),
    write: noted(history, (...args) => core.write(...args), notes.write),
    add: noted(history, (...args) => core.add(...args), notes.add),
    commit: noted(history, (...args) => core.commit(...args), notes.commit),
    page: noted(history, (...args) => core.page(...args), notes.page),
    count: (...args) => core.count(...args),
    clear: noted(history, (...args) => core.clear(...args), notes.clear),
    tryLock: (...args) => core.tryLock(...args),
    reserve: (n) => core.reserve(n),
  };
}

function recordAsync(core: AsyncCore, history: History, notes: Notes): AsyncCore {
  return {
    get: notedLater(history, (...args) => core.get(...args), notes.get),
    getMany: notedLater(history, (...args) => core.getMany(...args), notes.getMany),
    write: notedLater(history, (...args) => core.write(...args), notes.write),
    add: notedLater(history, (...args) => core.add(...args), notes.add),
    commit: notedLater(history, (...args) => core.commit(...args), notes.commit),
    page: notedLater(history, (...args) => core.page(...args), notes.page),
    count: (...args) => core.count(...args),
    clear: notedLater(history, (...args) => core.clear(...args), notes.clear),
    tryLock: (...args) => core.tryLock(...args),
    reserve: (n) => core.reserve(n),
  };
}

function noted<Args extends readonly unknown[], R>(
  history: History,
  call: (...args: Args) => R,
  note: Note<Args, R>,
): (...args: Args) => R {
  return (...args) => {
    const invoke = history.next();
    try {
      const reply = call(...args);
      note({ invoke, return: history.next() }, args, reply);
      return reply;
    } catch (error) {
      if (isUnknown(error)) note({ invoke, return: history.next() }, args, undefined);
      throw error;
    }
  };
}

function notedLater<Args extends readonly unknown[], R>(
  history: History,
  call: (...args: Args) => Promise<R>,
  note: Note<Args, R>,
): (...args: Args) => Promise<R> {
  return async (...args) => {
    const invoke = history.next();
    try {
      const reply = await call(...args);
      note({ invoke, return: history.next() }, args, reply);
      return reply;
    } catch (error) {
      if (isUnknown(error)) note({ invoke, return: history.next() }, args, undefined);
      throw error;
    }
  };
}

function isUnknown(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'UNKNOWN_OUTCOME';
}
