import { checkInteger, checkMs, checkOptions, show } from '../../base/options.ts';

/**
 * How a log behaves; all but the directory is optional.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { logEngine, type LogOptions } from 'samemap/log';
 * const options: LogOptions = { dir: './data', durability: 'os', segmentBytes: 16 * 1024 * 1024 };
 * const store = await open(await logEngine(options));
 * await store.close();
 * ```
 */
export interface LogOptions {
  /** The directory; made when it is not there. */
  readonly dir: string;
  /**
   * What a write survives once its promise resolved: `'disk'`, the loss of power; `'os'`, the end of the
   * process. `'disk'` unless said.
   *
   * @default 'disk'
   */
  readonly durability?: 'disk' | 'os' | undefined;
  /**
   * A segment ends when it grew to so many bytes, from 4,096 to 2^30.
   *
   * @default 67108864
   */
  readonly segmentBytes?: number | undefined;
  /**
   * The most bytes that may wait for the disk, from 1,024 up; a write beyond that is `FULL`.
   *
   * @default 268435456
   */
  readonly pendingBytes?: number | undefined;
  /**
   * Compaction begins when this part of the log is dead, from 0.05 to 1; 1: never by itself.
   *
   * @default 0.5
   */
  readonly compactAt?: number | undefined;
  /**
   * Compaction does not begin by itself before so many bytes are dead, from 0 up.
   *
   * @default 16777216
   */
  readonly compactBytes?: number | undefined;
  /**
   * The most changes kept in memory for watchers, and the most that wait for one of them.
   *
   * @default 65536
   */
  readonly historyLimit?: number | undefined;
  /**
   * How long stamps of removed entries are remembered, in milliseconds.
   *
   * @default 600000
   */
  readonly tombstoneMs?: number | undefined;
  /**
   * How many stamps of removed entries are remembered.
   *
   * @default 100000
   */
  readonly tombstoneCount?: number | undefined;
}

/** {@link LogOptions}, checked and complete. */
export type LogSettings = { readonly [Name in keyof LogOptions]-?: Exclude<LogOptions[Name], undefined> };

const DEFAULTS: Omit<LogSettings, 'dir'> = {
  durability: 'disk',
  segmentBytes: 64 * 1024 * 1024,
  pendingBytes: 256 * 1024 * 1024,
  compactAt: 0.5,
  compactBytes: 16 * 1024 * 1024,
  historyLimit: 65_536,
  tombstoneMs: 600_000,
  tombstoneCount: 100_000,
};

/**
 * Checks options and fills in the defaults.
 *
 * @throws TypeError or RangeError naming the option and its limits
 */
export function logSettings(options: LogOptions): LogSettings {
  checkOptions('log engine', options, ['dir', ...Object.keys(DEFAULTS)]);
  const { dir } = options;
  if (typeof dir !== 'string' || dir === '' || dir.includes('\0')) {
    throw new TypeError(`log engine: dir must be the path of a directory, got ${show(dir)}`);
  }
  const {
    durability = DEFAULTS.durability,
    segmentBytes = DEFAULTS.segmentBytes,
    pendingBytes = DEFAULTS.pendingBytes,
    compactAt = DEFAULTS.compactAt,
    compactBytes = DEFAULTS.compactBytes,
    historyLimit = DEFAULTS.historyLimit,
    tombstoneMs = DEFAULTS.tombstoneMs,
    tombstoneCount = DEFAULTS.tombstoneCount,
  } = options;
  if (durability !== 'disk' && durability !== 'os') {
    throw new TypeError(`log engine: durability must be 'disk' or 'os', got ${show(durability)}`);
  }
  if (typeof compactAt !== 'number' || !(compactAt >= 0.05 && compactAt <= 1)) {
    throw new RangeError(`compactAt must be from 0.05 to 1, got ${show(compactAt)}`);
  }
  return {
    dir,
    durability,
    segmentBytes: checkInteger('segmentBytes', segmentBytes, 4096, 2 ** 30),
    pendingBytes: checkInteger('pendingBytes', pendingBytes, 1024),
    compactAt,
    compactBytes: checkInteger('compactBytes', compactBytes, 0),
    historyLimit: checkInteger('historyLimit', historyLimit, 1, 2 ** 24),
    tombstoneMs: checkMs('tombstoneMs', tombstoneMs, 0),
    tombstoneCount: checkInteger('tombstoneCount', tombstoneCount, 0, 2 ** 24),
  };
}
