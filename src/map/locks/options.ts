import { checkInteger, checkMs, checkOptions, show } from '../../base/options.ts';
import type { LockOptions, TryLockOptions } from '../../contract/lock.ts';
import type { LockWait } from '../../contract/services.ts';
import { checkLimits } from '../call-limits.ts';

const TRY: readonly (keyof TryLockOptions<unknown>)[] = ['initial', 'label', 'leaseMs'];
const LOCK: readonly (keyof LockOptions<unknown>)[] = [...TRY, 'waitMs', 'signal'];

const WAIT_MS = 60_000;
const LEASE_MS = 15_000;
/** A shorter lease would end between two renewals on a slow network. */
const LEAST_LEASE_MS = 100;

/** How a lock is taken, checked. */
export interface LockPlan extends LockWait {
  /** The draft of an absent key, or what makes it. */
  readonly initial: unknown;
}

/**
 * Reads the options of a lock.
 *
 * @param waitMs - how long to wait unless said
 * @throws TypeError or RangeError naming the option
 */
export function lockPlan(
  what: string,
  options: LockOptions<unknown> | undefined,
  waitMs: number = WAIT_MS,
): LockPlan {
  if (options === undefined) {
    return { initial: undefined, label: undefined, leaseMs: LEASE_MS, waitMs, signal: undefined };
  }
  return planOf(what, options, LOCK, waitMs);
}

/** {@link lockPlan} of the sync face, which cannot wait. */
export function tryLockPlan(what: string, options: TryLockOptions<unknown> | undefined): LockPlan {
  return options === undefined ? lockPlan(what, undefined, 0) : planOf(what, options, TRY, 0);
}

function planOf(
  what: string,
  options: LockOptions<unknown>,
  allowed: readonly string[],
  unlessSaid: number,
): LockPlan {
  checkOptions(what, options, allowed);
  const { initial, label, leaseMs = LEASE_MS, waitMs = unlessSaid, signal } = options;
  if (label !== undefined && typeof label !== 'string') {
    throw new TypeError(`${what}: label must be a string, got ${show(label)}`);
  }
  if (initial instanceof Promise)
    throw new TypeError(`${what}: initial must not be a promise: await it first`);
  checkInteger(`${what}: leaseMs`, leaseMs, LEAST_LEASE_MS);
  checkMs(`${what}: waitMs`, waitMs, 0, Infinity);
  checkLimits(what, { signal });
  return { initial, label, leaseMs, waitMs, signal };
}
