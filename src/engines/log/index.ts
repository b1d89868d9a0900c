import { type Clock, systemClock } from '../../base/clock.ts';
import type { SyncEngine } from '../../contract/engine.ts';
import type { Files } from '../../fs/files.ts';
import { nodeFiles } from '../../fs/node-files.ts';
import { compactorOf } from './compactor.ts';
import { assemble } from './engine.ts';
import { holdDirectory } from '../../fs/holder.ts';
import { openState } from './opening.ts';
import { type LogOptions, logSettings } from './options.ts';

export type { LogOptions } from './options.ts';

/**
 * Opens the engine over an append-only log: every map in memory, every change on disk. One process
 * owns the directory as long as the engine is open.
 *
 * @param options - the directory, what durable means, and bounds
 * @param internals - the clock and the files, for tests; how long to wait for another holder, in milliseconds
 * @returns the engine; hand it to `open`
 * @throws TypeError or RangeError for options that are none; StoreError `IN_USE` when another holder did not go
 *   in time, `CORRUPT` naming file and offset, `FORMAT` for the format of another release, `IO`, `FULL`
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { logEngine } from 'samemap/log';
 * const store = await open(await logEngine({ dir: './data', durability: 'os' }));
 * await store.close();
 * ```
 */
export async function logEngine(
  options: LogOptions,
  internals: {
    readonly clock?: Clock | undefined;
    readonly files?: Files | undefined;
    readonly waitMs?: number | undefined;
  } = {},
): Promise<SyncEngine> {
  const settings = logSettings(options);
  const { clock = systemClock(), waitMs = 0 } = internals;
  let files = internals.files;
  let release = async (): Promise<void> => undefined;
  if (files === undefined) {
    release = await holdDirectory(settings.dir, waitMs);
    files = nodeFiles(settings.dir);
  }
  try {
    const state = await openState(files, settings, clock);
    return assemble(state, compactorOf(state), release);
  } catch (error) {
    await release();
    throw error;
  }
}
