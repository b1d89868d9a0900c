import type { Stamp } from './entry.ts';

/**
 * The one truth table. Every conditional write of every engine is decided by {@link holds}; nothing
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
 */
export const ANY = 0;
export const VERSION = 1;
export const PRESENT = 2;
export const NEWER = 3;

/** One of {@link ANY}, {@link VERSION}, {@link PRESENT}, {@link NEWER}. */
export type Condition = typeof ANY | typeof VERSION | typeof PRESENT | typeof NEWER;

/**
 * Decides a condition.
 *
 * @param condition - which one
 * @param ifVersion - the version asked for; read by VERSION only
 * @param stamp - the stamp of the write; read by NEWER only
 * @param version - the version of the current entry, 0 when it is absent or expired
 * @param known - the stamp of the current entry, or the one remembered of a removed entry
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
