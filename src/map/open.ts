import type { Clock } from '../base/clock.ts';
import { checkMs, checkOptions, show } from '../base/options.ts';
import type { AsyncEngine, Engine, SyncEngine } from '../contract/engine.ts';
import type { Store } from '../contract/store.ts';
import type { EtcdOptions } from '../engines/etcd/options.ts';
import type { LmdbOptions } from '../engines/lmdb/options.ts';
import type { LogOptions } from '../engines/log/index.ts';
import type { MemoryOptions } from '../engines/memory/index.ts';
import type { SharedOptions } from '../engines/shared/options.ts';
import { openerOf } from './schemes.ts';
import { storeOf } from './store.ts';

/**
 * What `open` takes besides the address; options that an engine does not know are refused.
 *
 * @example
 * ```ts
 * import { open, type OpenOptions } from 'samemap';
 * const options: OpenOptions = { historyLimit: 1_000, waitMs: 5_000 };
 * const store = await open('memory:', options);
 * await store.close();
 * ```
 */
export interface OpenOptions
  extends
    MemoryOptions,
    SharedOptions,
    Omit<LogOptions, 'dir'>,
    Omit<LmdbOptions, 'dir'>,
    Omit<EtcdOptions, 'hosts' | 'prefix'> {
  /** The source of time; for tests. */
  readonly clock?: Clock | undefined;
  /** How long to wait for another holder of the same data to go, in milliseconds from 0; 0 unless said. */
  readonly waitMs?: number | undefined;
}

/**
 * Whether the sync face exists, from what is handed to `open`.
 *
 * @example
 * ```ts
 * import type { Store, SyncOf } from 'samemap';
 * type Local = Store<SyncOf<'memory:'>>; // maps of it have `sync`
 * type Far = Store<SyncOf<'etcd://localhost:2379/app'>>; // maps of it have none
 * ```
 */
export type SyncOf<Target> = Target extends SyncEngine
  ? true
  : Target extends AsyncEngine
    ? false
    : Target extends Engine
      ? boolean
      : Target extends `etcd:${string}`
        ? false
        : string extends Target
          ? boolean
          : Target extends string
            ? true
            : boolean;

/**
 * Opens a store.
 *
 * @param target - an address (`memory:`, a new store each time) or an engine
 * @param options - the options of the engine, and `waitMs`; none beside an engine
 * @returns the store; `sync` is there by type when the address says so
 * @throws TypeError or RangeError for an address or option that is none; StoreError `UNSUPPORTED` for an
 *   engine that this release does not have, `IN_USE` when another holder did not go within `waitMs`,
 *   and the faults of the engine
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * const store = await open('memory:');
 * const users = store.map<{ name: string }>('users');
 * await users.set('ada', { name: 'Ada' });
 * const ada = users.sync.get('ada');
 * await store.close();
 * ```
 */
export async function open<Target extends string | Engine>(
  target: Target,
  options: OpenOptions = {},
): Promise<Store<SyncOf<Target>>> {
  if (typeof target !== 'string') {
    checkEngine(target);
    checkOptions('open(engine)', options, []);
    return storeOf(target);
  }
  const opener = openerOf(target);
  // Which names are known is for the engine to say.
  checkOptions('open', options, typeof options === 'object' && options !== null ? Object.keys(options) : []);
  const { clock, waitMs = 0, ...own } = options;
  checkMs('open: waitMs', waitMs, 0);
  if (clock !== undefined) checkClock(clock);
  return storeOf(await opener(own, { clock, waitMs }));
}

function checkEngine(engine: unknown): void {
  const form: unknown =
    typeof engine === 'object' && engine !== null ? Reflect.get(engine, 'form') : undefined;
  if (form === 'sync' || form === 'async') return;
  throw new TypeError(`open takes an address or an engine, got ${show(engine)}`);
}

function checkClock(clock: Clock): void {
  if (
    typeof clock === 'object' &&
    clock !== null &&
    typeof clock.now === 'function' &&
    typeof clock.after === 'function'
  )
    return;
  throw new TypeError(`open: clock must have now and after, got ${show(clock)}`);
}
