import { deferred, type Deferred } from '../base/deferred.ts';
import { StoreError, type ErrorCode } from '../base/errors.ts';
import type { AsyncCore, SyncCore } from '../contract/core.ts';
import type { Position } from '../contract/position.ts';
import type { AsyncEngine, Engine, SyncEngine } from '../contract/engine.ts';
import { faultyFeed, type FaultyFeed } from './faulty-feed.ts';
import { commonOf } from './services.ts';

/**
 * A word of an engine that can be made to fail.
 *
 * @example
 * ```ts
 * import { memoryEngine } from 'samemap';
 * import { faulty, type FaultyWord } from 'samemap/conformance';
 * const words: FaultyWord[] = ['get', 'write', 'durable'];
 * const { inject } = faulty(memoryEngine());
 * for (const word of words) inject({ word, code: 'IO' });
 * ```
 */
export type FaultyWord =
  | keyof SyncCore
  | 'open'
  | 'drop'
  | 'durable'
  | 'position'
  | 'lock'
  | 'view'
  | 'load'
  | 'compact'
  | 'stats'
  | 'inspect';

/**
 * A fault to come.
 *
 * @example
 * ```ts
 * import type { Fault } from 'samemap/conformance';
 * const second: Fault = { word: 'write', nth: 2, code: 'FULL' };
 * ```
 */
export interface Fault {
  readonly word: FaultyWord;
  /** Which call of the word from now on; 1 (the next) unless said. */
  readonly nth?: number | undefined;
  /** `UNAVAILABLE` before the call and `UNKNOWN_OUTCOME` after it, unless said. */
  readonly code?: ErrorCode | undefined;
  /** Whether the call fails instead of being carried out, or after it was; `before` unless said. */
  readonly when?: 'before' | 'after' | undefined;
}

/**
 * An engine with faults on demand.
 *
 * @example
 * ```ts
 * import { memoryEngine, type SyncEngine } from 'samemap';
 * import { faulty, type Faulty } from 'samemap/conformance';
 * const { engine, gapFeeds }: Faulty<SyncEngine> = faulty(memoryEngine());
 * ```
 */
export interface Faulty<E extends Engine = Engine> {
  readonly engine: E;
  /** Plants a fault. */
  readonly inject: (fault: Fault) => void;
  /** Faults that were planted and did not happen yet. */
  readonly pending: number;
  /** How often a word was called. */
  readonly calls: (word: FaultyWord) => number;
  /** From now on nothing becomes durable; what is returned lets it, and all that waits. */
  readonly holdDurable: () => () => void;
  /** Ends all feeds that are open with a gap. */
  readonly gapFeeds: () => void;
}

/**
 * Makes an engine that fails when it is told to, for testing what stands above.
 *
 * @param engine - the engine that does the work; closed with the one returned
 * @returns the engine, of the same form, and the hands to break it with
 *
 * @example
 * ```ts
 * import { memoryEngine, open, StoreError } from 'samemap';
 * import { faulty } from 'samemap/conformance';
 * const { engine, inject } = faulty(memoryEngine());
 * const store = await open(engine);
 * inject({ word: 'write', code: 'FULL' });
 * await store.map<number>('m').set('a', 1).catch((error: unknown) => {
 *   if (!(error instanceof StoreError) || error.code !== 'FULL') throw error;
 * });
 * await store.close();
 * ```
 */
export function faulty(engine: SyncEngine): Faulty<SyncEngine>;
export function faulty(engine: AsyncEngine): Faulty<AsyncEngine>;
export function faulty(engine: Engine): Faulty;
export function faulty(engine: Engine): Faulty {
  const plan = new FaultPlan();
  const feeds = new Set<FaultyFeed>();
  return {
    engine: assemble(engine, plan, feeds),
    inject: (fault) => plan.inject(fault),
    get pending() {
      return plan.pending;
    },
    calls: (word) => plan.calls(word),
    holdDurable() {
      const held = (plan.held ??= deferred<undefined>());
      return () => {
        if (plan.held === held) plan.held = undefined;
        held.resolve(undefined);
        for (const feed of feeds) feed.wake();
      };
    },
    gapFeeds() {
      for (const feed of feeds) feed.gap();
      feeds.clear();
    },
  };
}

/** Which calls fail. */
class FaultPlan {
  held: Deferred<undefined> | undefined;
  readonly #calls = new Map<FaultyWord, number>();
  #faults: { readonly word: FaultyWord; readonly call: number; readonly fault: Fault }[] = [];

  get pending(): number {
    return this.#faults.length;
  }

  calls(word: FaultyWord): number {
    return this.#calls.get(word) ?? 0;
  }

  inject(fault: Fault): void {
    this.#faults.push({ word: fault.word, call: this.calls(fault.word) + (fault.nth ?? 1), fault });
  }

  /** Counts a call and returns the fault that is its lot. */
  next(word: FaultyWord): Fault | undefined {
    const call = this.calls(word) + 1;
    this.#calls.set(word, call);
    const found = this.#faults.find((planned) => planned.word === word && planned.call === call);
    this.#faults = this.#faults.filter((planned) => planned !== found);
    return found?.fault;
  }

  /**
   * A word that answers at once, with its faults.
   *
   * @param letGo - ends what nobody gets to see
   */
  now<Args extends unknown[], R>(
    word: FaultyWord,
    call: (...args: Args) => R,
    letGo?: (answer: R) => unknown,
  ): (...args: Args) => R {
    return (...args) => {
      const fault = this.next(word);
      if (fault === undefined) return call(...args);
      if (fault.when === 'after') {
        const answer = call(...args);
        letGo?.(answer);
      }
      throw errorOf(fault);
    };
  }

  /** A word that answers later, with its faults. */
  later<Args extends unknown[], R>(
    word: FaultyWord,
    call: (...args: Args) => Promise<R>,
    letGo?: (answer: R) => unknown,
  ): (...args: Args) => Promise<R> {
    return async (...args) => {
      const fault = this.next(word);
      if (fault === undefined) return call(...args);
      if (fault.when === 'after') {
        const answer = await call(...args);
        await letGo?.(answer);
      }
      throw errorOf(fault);
    };
  }
}

function errorOf({ word, code, when }: Fault): StoreError {
  return new StoreError(code ?? (when === 'after' ? 'UNKNOWN_OUTCOME' : 'UNAVAILABLE'), `planted in ${word}`);
}

function assemble(engine: Engine, plan: FaultPlan, feeds: Set<FaultyFeed>): Engine {
  const services = commonOf(engine);
  const position = async (): Promise<Position> => {
    await plan.held?.promise;
    return services.position();
  };
  const durable = async (upTo: number): Promise<void> => {
    await plan.held?.promise;
    await services.durable?.(upTo);
  };
  const common = {
    ...services,
    durable: plan.later('durable', durable),
    position: plan.later('position', position),
    changes: (...args: Parameters<Engine['changes']>) => {
      const inner = services.changes(...args);
      const feed = faultyFeed(
        inner,
        () => plan.held !== undefined,
        () => feeds.delete(feed),
      );
      feeds.add(feed);
      return feed;
    },
    lock: plan.later('lock', services.lock, (grant) => grant.release()),
    view: plan.later('view', services.view, (view) => view.close()),
    load: plan.later('load', services.load),
    compact: plan.later('compact', services.compact),
    stats: plan.later('stats', services.stats),
    inspect: plan.later('inspect', services.inspect),
  };
  if (engine.form === 'sync') {
    const { maps } = engine;
    return {
      form: 'sync',
      ...common,
      get lineage() {
        return engine.lineage;
      },
      core: breakSync(engine.core, plan),
      maps: {
        open: plan.now('open', (...args) => maps.open(...args)),
        drop: plan.now('drop', (id) => maps.drop(id)),
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
    core: breakAsync(engine.core, plan),
    maps: {
      open: plan.later('open', (...args) => maps.open(...args)),
      drop: plan.later('drop', (id) => maps.drop(id)),
      list: () => maps.list(),
      reshape: (id, shape) => maps.reshape(id, shape),
    },
  };
}

function breakSync(core: SyncCore, plan: FaultPlan): SyncCore {
  return {
    get: plan.now('get', (...args) => core.get(...args)),
    getMany: plan.now('getMany', (...args) => core.getMany(...args)),
    write: plan.now('write', (...args) => core.write(...args)),
    add: plan.now('add', (...args) => core.add(...args)),
    commit: plan.now('commit', (...args) => core.commit(...args)),
    page: plan.now('page', (...args) => core.page(...args)),
    count: plan.now('count', (...args) => core.count(...args)),
    clear: plan.now('clear', (...args) => core.clear(...args)),
    tryLock: plan.now(
      'tryLock',
      (...args) => core.tryLock(...args),
      (grant) => grant?.release(),
    ),
    reserve: plan.now('reserve', (n) => core.reserve(n)),
  };
}

function breakAsync(core: AsyncCore, plan: FaultPlan): AsyncCore {
  return {
    get: plan.later('get', (...args) => core.get(...args)),
    getMany: plan.later('getMany', (...args) => core.getMany(...args)),
    write: plan.later('write', (...args) => core.write(...args)),
    add: plan.later('add', (...args) => core.add(...args)),
    commit: plan.later('commit', (...args) => core.commit(...args)),
    page: plan.later('page', (...args) => core.page(...args)),
    count: plan.later('count', (...args) => core.count(...args)),
    clear: plan.later('clear', (...args) => core.clear(...args)),
    tryLock: plan.later(
      'tryLock',
      (...args) => core.tryLock(...args),
      (grant) => grant?.release(),
    ),
    reserve: plan.later('reserve', (n) => core.reserve(n)),
  };
}
