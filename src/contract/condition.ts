import type { Stamp } from './entry.ts';

/**
 * Whatever stands, by {@link holds}.
 *
 * @example
 * ```ts
 * import { ANY, holds } from 'samemap/engine';
 * console.log(holds(ANY, 0, undefined, 7, undefined)); // true
 * ```
 */
export const ANY = 0;
/**
 * Only over this version, 0 for nothing, by {@link holds}.
 *
 * @example
 * ```ts
 * import { holds, VERSION } from 'samemap/engine';
 * console.log(holds(VERSION, 6, undefined, 7, undefined)); // false
 * ```
 */
export const VERSION = 1;
/**
 * Only over something, by {@link holds}.
 *
 * @example
 * ```ts
 * import { holds, PRESENT } from 'samemap/engine';
 * console.log(holds(PRESENT, 0, undefined, 0, undefined)); // false
 * ```
 */
export const PRESENT = 2;
/**
 * Only over an older stamp or none, by {@link holds}.
 *
 * @example
 * ```ts
 * import { holds, NEWER } from 'samemap/engine';
 * console.log(holds(NEWER, 0, 9, 7, 8)); // true
 * ```
 */
export const NEWER = 3;

/**
 * One of {@link ANY}, {@link VERSION}, {@link PRESENT}, {@link NEWER}.
 *
 * @example
 * ```ts
 * import { type Condition, VERSION } from 'samemap/engine';
 * const condition: Condition = VERSION;
 * ```
 */
export type Condition = typeof ANY | typeof VERSION | typeof PRESENT | typeof NEWER;

/**
 * The one truth table. Every conditional write of every engine is decided here; nothing
 * else in the library decides a condition.
 *
 * | condition | absent | present |
 * |---|---|---|
 * | ANY | yes | yes |
 * | VERSION n | n is 0 | n is the entry's version |
 * | PRESENT | no | yes |
 * | NEWER s | no remembered stamp, or s above it | no stamp, or s above it |
 *
 * An expired entry is absent. "Absent" is VERSION 0, and "if equal to this value" is decided by the
 * face, which compares and then writes with VERSION.
 *
 * @param condition - which one
 * @param ifVersion - the version asked for; read by VERSION only
 * @param stamp - the stamp of the write; read by NEWER only
 * @param version - the version of the current entry, 0 when it is absent or expired
 * @param known - the stamp of the current entry, or the one remembered of a removed entry
 *
 * @example
 * ```ts
 * import { holds, VERSION } from 'samemap/engine';
 * const free = holds(VERSION, 0, undefined, 0, undefined); // only if absent, and it is
 * ```
 */
export function holds(
  condition: Condition,
  ifVersion: number,
  stamp: Stamp | undefined,
  version: number,
  known: Stamp | undefined,
): boolean {
  switch (condition) {
    case ANY:
      return true;
    case VERSION:
      return version === ifVersion;
    case PRESENT:
      return version !== 0;
    case NEWER:
      return known === undefined || (stamp !== undefined && stamp > known);
  }
}
