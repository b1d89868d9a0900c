import { checkInteger, checkMs, checkOptions, show } from '../../base/options.ts';
import { LEAST_BYTES, MOST_BYTES } from './memory.ts';

/**
 * How a store in shared memory is made; all of it is optional.
 *
 * @example
 * ```ts
 * import { sharedEngine, type SharedOptions } from 'samemap/shared';
 * const cache: SharedOptions = { capacityBytes: 2 ** 20, onFull: 'evict' };
 * await sharedEngine(cache).close();
 * ```
 */
export interface SharedOptions {
  /**
   * The size of the buffer in bytes, from 1 MiB to just below 4 GiB; 256 MiB unless said. The address space is
   * reserved at once, and memory is used as it is written.
   */
  readonly capacityBytes?: number | undefined;
  /** What a write without room does: `'fail'` with `FULL` (unless said), or `'evict'` what was not used lately. */
  readonly onFull?: 'fail' | 'evict' | undefined;
  /** The part of the buffer that keeps changes for watchers, in bytes; a sixteenth of it, at most 64 MiB, unless said. */
  readonly historyBytes?: number | undefined;
  /** The most changes that each thread keeps for its own watchers; 65,536 unless said. */
  readonly historyLimit?: number | undefined;
  /** How long stamps of removed entries are remembered, in milliseconds; 600,000 unless said. */
  readonly tombstoneMs?: number | undefined;
  /** About how many stamps of removed entries are remembered; 100,000 unless said. */
  readonly tombstoneCount?: number | undefined;
}

/** {@link SharedOptions}, checked and complete. */
export interface SharedSettings {
  readonly capacityBytes: number;
  readonly evicts: boolean;
  readonly historyBytes: number;
  readonly historyLimit: number;
  readonly tombstoneMs: number;
  readonly tombstoneCount: number;
}

const NAMES: readonly (keyof SharedOptions)[] = [
  'capacityBytes',
  'onFull',
  'historyBytes',
  'historyLimit',
  'tombstoneMs',
  'tombstoneCount',
];
const DEFAULT_BYTES = 2 ** 28;
const LEAST_HISTORY = 2 ** 14;
const MOST_HISTORY = 2 ** 26;

/**
 * Checks options and fills in the defaults.
 *
 * @throws TypeError or RangeError naming the option and its limits
 */
export function sharedSettings(options: SharedOptions): SharedSettings {
  checkOptions('shared engine', options, NAMES);
  const { capacityBytes = DEFAULT_BYTES, onFull = 'fail', historyLimit = 65_536 } = options;
  const { tombstoneMs = 600_000, tombstoneCount = 100_000 } = options;
  checkInteger('capacityBytes', capacityBytes, LEAST_BYTES, MOST_BYTES);
  const { historyBytes = Math.min(Math.floor(capacityBytes / 16), MOST_HISTORY) } = options;
  if (onFull !== 'fail' && onFull !== 'evict') {
    throw new TypeError(`onFull must be 'fail' or 'evict', got ${show(onFull)}`);
  }
  return {
    capacityBytes,
    evicts: onFull === 'evict',
    historyBytes: checkInteger('historyBytes', historyBytes, LEAST_HISTORY, Math.floor(capacityBytes / 2)),
    historyLimit: checkInteger('historyLimit', historyLimit, 1, 2 ** 24),
    tombstoneMs: checkMs('tombstoneMs', tombstoneMs, 0, 2 ** 31 - 1),
    tombstoneCount: checkInteger('tombstoneCount', tombstoneCount, 0, 2 ** 24),
  };
}
