import type { Clock } from '../../base/clock.ts';
import type { SyncEngine } from '../../contract/engine.ts';
import { bufferOf, engineOver, initialize, type SharedHandle, type SharedInternals } from './attach.ts';
import { newBuffer } from './memory.ts';
import { planOf } from './layout.ts';
import { namedBuffer, publish } from './names.ts';
import { type SharedOptions, sharedSettings } from './options.ts';

export type { SharedHandle } from './attach.ts';
export type { SharedOptions } from './options.ts';

/**
 * An engine in shared memory, as one thread has it.
 *
 * @example
 * ```ts
 * import { sharedEngine, type SharedEngine } from 'samemap/shared';
 * const engine: SharedEngine = sharedEngine({ capacityBytes: 2 ** 20 });
 * console.log(engine.handle.buffer.byteLength);
 * await engine.close();
 * ```
 */
export interface SharedEngine extends SyncEngine {
  /** What other threads open the same store with: see {@link attach}. */
  readonly handle: SharedHandle;
}

/**
 * Makes a store in shared memory, for all threads of the process that get its handle. It lives as long as some
 * thread has the handle.
 *
 * @param options - how large it is, and what happens when it is full
 * @param internals - the clock; for tests
 * @returns the engine; hand it to `open`, and its `handle` to other threads
 * @throws TypeError or RangeError for options that are none
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { sharedEngine } from 'samemap/shared';
 * const engine = sharedEngine({ capacityBytes: 2 ** 26, onFull: 'evict' });
 * const store = await open(engine);
 * // new Worker(file, { workerData: engine.handle })
 * await store.close();
 * ```
 */
export function sharedEngine(
  options: SharedOptions = {},
  internals: { readonly clock?: Clock | undefined } = {},
): SharedEngine {
  const settings = sharedSettings(options);
  const buffer = newBuffer(planOf(settings.capacityBytes, settings.historyBytes));
  initialize(buffer, settings, internals.clock);
  return withHandle(buffer, settings.historyLimit, internals);
}

/**
 * Opens a store that another thread made, or this one.
 *
 * @param handle - of the engine or the store that is to be shared
 * @param internals - the clock, which must be that of all other threads; for tests
 * @returns the engine; hand it to `open`
 * @throws TypeError for what is no handle; StoreError `FORMAT` when another release made the store, `CORRUPT` when the
 *   buffer is damaged, `LIMIT` when too many threads use it
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { attach, sharedEngine } from 'samemap/shared';
 * const first = await open(sharedEngine({ capacityBytes: 2 ** 20 }));
 * const second = await open(attach(first.handle));
 * await first.map<number>('counts').add('hits', 1);
 * console.log(await second.map<number>('counts').get('hits'));
 * await second.close();
 * await first.close();
 * ```
 */
export function attach(
  handle: unknown,
  internals: { readonly clock?: Clock | undefined } = {},
): SharedEngine {
  return withHandle(bufferOf(handle), 65_536, internals);
}

/**
 * Opens the store of a name: the one that this thread, or a thread that started it, has opened; else, in the main
 * thread, a new one. Workers find what was there when they were started.
 *
 * @param name - what all threads of the process call it
 * @param options - of a new store; of one that is there, only `historyLimit` counts
 * @param internals - the clock; for tests
 * @throws TypeError or RangeError for a name or options that are none; StoreError `UNAVAILABLE` in a worker that
 *   was started before its store was opened
 * @example
 * ```ts
 * import { open } from 'samemap';
 * const store = await open('shared:cache', { capacityBytes: 2 ** 20, onFull: 'evict' });
 * await store.close();
 * ```
 */
export function openShared(
  name: string,
  options: SharedOptions = {},
  internals: { readonly clock?: Clock | undefined } = {},
): SharedEngine {
  const settings = sharedSettings(options);
  const known = namedBuffer(name);
  if (known !== undefined) return withHandle(known, settings.historyLimit, internals);
  const engine = sharedEngine(options, internals);
  publish(name, engine.handle.buffer);
  return engine;
}

function withHandle(
  buffer: SharedArrayBuffer,
  historyLimit: number,
  internals: SharedInternals,
): SharedEngine {
  const engine = engineOver(buffer, historyLimit, internals);
  const handle: SharedHandle = { kind: 'samemap/shared', buffer };
  return Object.defineProperty(engine, 'handle', { value: handle, enumerable: true }) as SharedEngine;
}
