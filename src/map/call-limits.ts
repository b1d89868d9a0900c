import { within } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { StoreError } from '../base/errors.ts';
import { checkInteger, checkMs, checkOptions, show } from '../base/options.ts';
import type { CallOptions, ReadOptions } from '../contract/calls.ts';

/** How far an async call is and whether its caller still waits. */
export interface Call {
  /** Writes that were sent and not answered. */
  pending: number;
  /** `true`: a write was carried out. With it, or with one pending, the outcome is unknown to who stops waiting. */
  accepted: boolean;
  /** Throws when the caller stopped waiting: what was not begun is not begun any more. */
  check(): void;
}

/** A call that nobody cuts short. */
const FREE: Call = { pending: 0, accepted: false, check: () => undefined };

export const CALL_OPTIONS: readonly (keyof CallOptions)[] = ['signal', 'deadlineMs'];
export const READ_OPTIONS: readonly string[] = [...CALL_OPTIONS, 'fresh', 'minVersion'];

/** Refuses unknown options and bad values of those of every call. */
export function checkCall(what: string, options: unknown, allowed: readonly string[] = CALL_OPTIONS): void {
  if (options === undefined) return;
  checkOptions(what, options, allowed);
  // SAFETY: an object; the fields are checked here.
  const given = options as ReadOptions;
  checkLimits(what, given);
  const { fresh, minVersion } = given;
  if (fresh !== undefined && typeof fresh !== 'boolean') {
    throw new TypeError(`${what}: fresh must be true or false, got ${show(fresh)}`);
  }
  if (minVersion !== undefined) checkInteger(`${what}: minVersion`, minVersion, 0);
}

/** Refuses a signal that is none and a deadline that is no time. */
export function checkLimits(what: string, options: CallOptions): void {
  const { signal, deadlineMs } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`${what}: signal must be an AbortSignal, got ${show(signal)}`);
  }
  if (deadlineMs !== undefined) checkMs(`${what}: deadlineMs`, deadlineMs, 0);
}

/**
 * Runs an async call under its signal and deadline: rejects with `signal.reason`, with `TIMEOUT`, or,
 * when a write may have been accepted by then, with `UNKNOWN_OUTCOME`.
 */
export function limited<T>(
  what: string,
  options: CallOptions | undefined,
  clock: Clock,
  run: (call: Call) => Promise<T>,
): Promise<T> {
  const signal = options?.signal;
  const deadlineMs = options?.deadlineMs;
  if (signal === undefined && deadlineMs === undefined) return run(FREE);
  const endsAt = deadlineMs === undefined ? Infinity : clock.now() + deadlineMs;
  const late = (): StoreError =>
    call.accepted || call.pending > 0
      ? new StoreError('UNKNOWN_OUTCOME', `${what}: sent, but not answered within ${deadlineMs} ms`)
      : new StoreError('TIMEOUT', `${what}: not done within ${deadlineMs} ms`);
  const call: Call = {
    pending: 0,
    accepted: false,
    check() {
      if (signal?.aborted) throw signal.reason;
      if (endsAt !== Infinity && clock.now() >= endsAt) throw late();
    },
  };
  return within(run(call), options, clock, late);
}
