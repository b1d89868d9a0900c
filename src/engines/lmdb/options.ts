import { checkInteger, checkMs, checkOptions, show } from '../../base/options.ts';

/**
 * How an engine on LMDB behaves; all but the directory is optional.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { lmdbEngine, type LmdbOptions } from 'samemap/lmdb';
 * const options: LmdbOptions = { dir: './data', durability: 'os' };
 * const store = await open(await lmdbEngine(options));
 * await store.close();
 * ```
 */
export interface LmdbOptions {
  /** The directory; made when it is not there. */
  readonly dir: string;
  /**
   * What a write survives once its promise resolved: `'disk'`, the loss of power; `'os'`, the end of the
   * process.
   *
   * @default 'disk'
   */
  readonly durability?: 'disk' | 'os' | undefined;
  /**
   * The most bytes of the file in use, from 1 MiB up; what does not fit is `FULL`. May be another at
   * each opening.
   *
   * @default 1099511627776
   */
  readonly mapSizeBytes?: number | undefined;
  /**
   * The most bytes that may wait for the disk, from 1,024 up; a write beyond that is `FULL`.
   *
   * @default 268435456
   */
  readonly pendingBytes?: number | undefined;
  /**
   * How long a commit may take, in milliseconds of the machine's time, from 1 up. One that takes longer
   * is `UNKNOWN_OUTCOME`, and the store answers `POISONED` from then on.
   *
   * @default 30000
   */
  readonly commitMs?: number | undefined;
  /**
   * The most changes kept for watchers: to resume from, and waiting for a slow one.
   *
   * @default 65536
   */
  readonly historyLimit?: number | undefined;
  /**
   * How long changes are kept to resume from, in milliseconds.
   *
   * @default 3600000
   */
  readonly historyMs?: number | undefined;
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
  /**
   * How often upkeep looks for work, in milliseconds, from 10 up.
   *
   * @default 10000
   */
  readonly upkeepMs?: number | undefined;
  /**
   * How long upkeep may be put off while the process is busy, in milliseconds.
   *
   * @default 900000
   */
  readonly upkeepForcedMs?: number | undefined;
  /**
   * The file is compacted by itself when so many of its bytes are free, and half of it; from 0 up,
   * `Infinity` for never.
   *
   * @default 67108864
   */
  readonly compactFreeBytes?: number | undefined;
  /**
   * … and no more than so many are in use, from 0 up: as long as it takes to copy them, writes wait for
   * the disk. Larger files are left to `compact()`.
   *
   * @default 268435456
   */
  readonly compactUsedBytes?: number | undefined;
}

/** {@link LmdbOptions}, checked and complete. */
export type LmdbSettings = { readonly [Name in keyof LmdbOptions]-?: Exclude<LmdbOptions[Name], undefined> };

const DEFAULTS: Omit<LmdbSettings, 'dir'> = {
  durability: 'disk',
  mapSizeBytes: 2 ** 40,
  pendingBytes: 256 * 1024 * 1024,
  commitMs: 30_000,
  historyLimit: 65_536,
  historyMs: 3_600_000,
  tombstoneMs: 600_000,
  tombstoneCount: 100_000,
  upkeepMs: 10_000,
  upkeepForcedMs: 900_000,
  compactFreeBytes: 64 * 1024 * 1024,
  compactUsedBytes: 256 * 1024 * 1024,
};

/**
 * Checks options and fills in the defaults.
 *
 * @throws TypeError or RangeError naming the option and its limits
 */
export function lmdbSettings(options: LmdbOptions): LmdbSettings {
  checkOptions('lmdb engine', options, ['dir', ...Object.keys(DEFAULTS)]);
  const { dir, durability = DEFAULTS.durability } = options;
  if (typeof dir !== 'string' || dir === '' || dir.includes('\0')) {
    throw new TypeError(`lmdb engine: dir must be the path of a directory, got ${show(dir)}`);
  }
  if (durability !== 'disk' && durability !== 'os') {
    throw new TypeError(`lmdb engine: durability must be 'disk' or 'os', got ${show(durability)}`);
  }
  const given = <Name extends Exclude<keyof LmdbOptions, 'dir' | 'durability'>>(name: Name): number =>
    options[name] ?? DEFAULTS[name];
  return {
    dir,
    durability,
    mapSizeBytes: checkInteger('mapSizeBytes', given('mapSizeBytes'), 2 ** 20),
    pendingBytes: checkInteger('pendingBytes', given('pendingBytes'), 1024),
    commitMs: checkMs('commitMs', given('commitMs'), 1, 2 ** 31 - 1),
    historyLimit: checkInteger('historyLimit', given('historyLimit'), 1, 2 ** 24),
    historyMs: checkMs('historyMs', given('historyMs'), 0),
    tombstoneMs: checkMs('tombstoneMs', given('tombstoneMs'), 0),
    tombstoneCount: checkInteger('tombstoneCount', given('tombstoneCount'), 0, 2 ** 24),
    upkeepMs: checkMs('upkeepMs', given('upkeepMs'), 10),
    upkeepForcedMs: checkMs('upkeepForcedMs', given('upkeepForcedMs'), 0),
    compactFreeBytes: bytesOrAll('compactFreeBytes', given('compactFreeBytes')),
    compactUsedBytes: bytesOrAll('compactUsedBytes', given('compactUsedBytes')),
  };
}

function bytesOrAll(name: string, value: number): number {
  return value === Infinity ? value : checkInteger(name, value, 0);
}
