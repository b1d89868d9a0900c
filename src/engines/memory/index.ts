import { type Clock, systemClock } from '../../base/clock.ts';
import type { SyncEngine } from '../../contract/engine.ts';
import { Feeds } from '../../parts/feeds.ts';
import { KeyedLocks } from '../../parts/keyed-lock.ts';
import { TimingWheel } from '../../parts/timing-wheel.ts';
import { Tombstones } from '../../parts/tombstones.ts';
import { expire } from './apply.ts';
import { reserve } from './core.ts';
import { assemble } from './engine.ts';
import { newLineage } from './load.ts';
import { type MemoryOptions, memorySettings } from './options.ts';
import type { State } from './state.ts';

export type { MemoryOptions } from './options.ts';

/**
 * The engine in memory: the reference for all others, and the fastest. It lives as long as nobody
 * closes it and no longer than the process.
 *
 * @param options - bounds of what it remembers
 * @param internals - the clock, and the identity of its history; for tests
 * @returns the engine; hand it to `open`
 * @throws TypeError or RangeError for options that are none
 * @example
 * ```ts
 * import { memoryEngine, open } from 'samemap';
 * const store = await open(memoryEngine({ historyLimit: 1_000_000 }));
 * await store.close();
 * ```
 */
export function memoryEngine(
  options: MemoryOptions = {},
  internals: { readonly clock?: Clock | undefined; readonly lineage?: string | undefined } = {},
): SyncEngine {
  const settings = memorySettings(options);
  const { clock = systemClock(), lineage = newLineage() } = internals;
  const state: State = {
    clock,
    settings,
    lineage,
    version: 0,
    recording: false,
    closed: false,
    tables: [undefined],
    names: new Map(),
    wheel: new TimingWheel(clock, (extra, now) => {
      const entry = extra.table.entries.get(extra.key);
      if (extra.expiresAt > now) state.wheel.park(extra, extra.expiresAt);
      else if (entry !== undefined) expire(state, extra.table, entry);
    }),
    tombstones: new Tombstones(settings.tombstoneMs, settings.tombstoneCount),
    locks: new KeyedLocks(clock, () => reserve(state, 1)),
    feeds: new Feeds(settings.historyLimit, Infinity),
    views: new Set(),
  };
  return assemble(state);
}
