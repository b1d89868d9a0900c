import { checkInteger, checkMs, checkOptions } from '../../base/options.ts';

/**
 * How an engine in memory behaves; all of it is optional.
 *
 * @example
 * ```ts
 * import { memoryEngine, open, type MemoryOptions } from 'samemap';
 * const options: MemoryOptions = { historyLimit: 1_000 };
 * const store = await open(memoryEngine(options));
 * await store.close();
 * ```
 */
export interface MemoryOptions {
  /**
   * The most changes kept for watchers: to resume from, and waiting for a slow one. 65,536 unless
   * said: some 10 MB and the values; a second or so of writing at full speed, hours of ordinary use.
   */
  readonly historyLimit?: number | undefined;
  /** How long stamps of removed entries are remembered, in milliseconds; 600,000 unless said. */
  readonly tombstoneMs?: number | undefined;
  /** How many stamps of removed entries are remembered; 100,000 unless said. */
  readonly tombstoneCount?: number | undefined;
}

/** {@link MemoryOptions}, checked and complete. */
export type MemorySettings = { readonly [Name in keyof MemoryOptions]-?: number };

const DEFAULTS: MemorySettings = {
  historyLimit: 65_536,
  tombstoneMs: 600_000,
  tombstoneCount: 100_000,
};

/**
 * Checks options and fills in the defaults.
 *
 * @throws TypeError or RangeError naming the option and its limits
 */
export function memorySettings(options: MemoryOptions): MemorySettings {
  checkOptions('memory engine', options, Object.keys(DEFAULTS));
  const {
    historyLimit = DEFAULTS.historyLimit,
    tombstoneMs = DEFAULTS.tombstoneMs,
    tombstoneCount = DEFAULTS.tombstoneCount,
  } = options;
  return {
    historyLimit: checkInteger('historyLimit', historyLimit, 1, 2 ** 24),
    tombstoneMs: checkMs('tombstoneMs', tombstoneMs, 0),
    tombstoneCount: checkInteger('tombstoneCount', tombstoneCount, 0, 2 ** 24),
  };
}
