import { systemClock, type Clock } from '../../base/clock.ts';
import { checkMs } from '../../base/options.ts';
import type { SyncEngine } from '../../contract/engine.ts';
import { assemble } from './engine.ts';
import { type LmdbOptions, lmdbSettings } from './options.ts';
import { type LmdbInternals, openState } from './opening.ts';

export type { LmdbOptions } from './options.ts';

/**
 * The engine on LMDB: data larger than memory in one file with ordered keys, owned by one process.
 * Needs the package `lmdb`.
 *
 * @param options - the directory, and bounds of what is kept
 * @param internals - `clock` and `waitMs`: how long to wait for another holder of the directory to go, in
 *   milliseconds from 0, 0 unless said; the rest is for tests
 * @returns the engine; hand it to `open`
 * @throws TypeError or RangeError for options that are none; StoreError `IN_USE` when the directory is held,
 *   `FORMAT` for a file of a later release, `CORRUPT`, `DENIED` or `IO` when it cannot be read
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { lmdbEngine } from 'samemap/lmdb';
 * const store = await open(await lmdbEngine({ dir: './data' }));
 * await store.close();
 * ```
 */
export async function lmdbEngine(
  options: LmdbOptions,
  internals: Omit<LmdbInternals, 'clock'> & {
    readonly clock?: Clock | undefined;
    readonly waitMs?: number | undefined;
  } = {},
): Promise<SyncEngine> {
  const settings = lmdbSettings(options);
  const { clock = systemClock(), waitMs = 0, ...rest } = internals;
  checkMs('lmdb engine: waitMs', waitMs, 0);
  return assemble(await openState(settings, { ...rest, clock }, waitMs));
}
