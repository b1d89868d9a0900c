import { show } from '../base/options.ts';
import type { Stamp } from '../contract/entry.ts';
import { MAX_STAMP, MIN_STAMP } from '../contract/limits.ts';

/** Refuses what is no signed 64-bit integer. @throws TypeError or RangeError naming the call */
export function checkStamp(what: string, stamp: unknown): Stamp {
  if (typeof stamp === 'number') {
    if (Number.isSafeInteger(stamp)) return stamp;
    throw new RangeError(`${what}: a stamp that is a number must be a safe integer, got ${stamp}`);
  }
  if (typeof stamp !== 'bigint')
    throw new TypeError(`${what}: a stamp must be an integer, got ${show(stamp)}`);
  if (stamp < MIN_STAMP || stamp > MAX_STAMP) {
    throw new RangeError(`${what}: a stamp must be in ${MIN_STAMP} to ${MAX_STAMP}, got ${stamp}`);
  }
  return stamp;
}
