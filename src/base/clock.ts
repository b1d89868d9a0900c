/**
 * Time as the library sees it: wall time at the start plus monotonic time since, so that expiry
 * never jumps when somebody sets the computer's clock.
 */

/**
 * Stops a timer; calling it again does nothing.
 *
 * @example
 * ```ts
 * import type { CancelTimer, Clock } from 'samemap';
 * const remind = (clock: Clock): CancelTimer => clock.after(1_000, () => console.log('a second later'), true);
 * ```
 */
export type CancelTimer = () => void;

/**
 * The source of all time and timers; injected, so that tests own it.
 *
 * @example
 * ```ts
 * import { open, type Clock } from 'samemap';
 * const clock: Clock = {
 *   now: () => Math.floor(performance.timeOrigin + performance.now()),
 *   after: (delayMs, run) => {
 *     const timer = setTimeout(run, delayMs);
 *     return () => clearTimeout(timer);
 *   },
 * };
 * const store = await open('memory:', { clock });
 * await store.close();
 * ```
 */
export interface Clock {
  /** Milliseconds since the epoch, never going backwards. */
  now(): number;
  /**
   * Calls `run` once, `delayMs` or more from now.
   *
   * @param delayMs - milliseconds from 0 up; longer than a platform timer allows is served all the same
   * @param run - what to call; must not throw
   * @param background - `true`: the timer alone does not keep the process alive
   */
  after(delayMs: number, run: () => void, background: boolean): CancelTimer;
}

/** The longest delay one platform timer serves. */
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * The clock of the machine: `Date.now()` read once, monotonic from there.
 *
 * @example
 * ```ts
 * import { systemClock } from 'samemap/engine';
 * const clock = systemClock();
 * console.log(clock.now() > 0); // true
 * ```
 */
export function systemClock(): Clock {
  const startedAt = Date.now() - performance.now();
  return {
    now: () => Math.floor(startedAt + performance.now()),
    after: systemTimer,
  };
}

function systemTimer(delayMs: number, run: () => void, background: boolean): CancelTimer {
  let left = Math.max(0, delayMs);
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const step = Math.min(left, LONGEST_TIMER_MS);
    left -= step;
    timer = setTimeout(left > 0 ? arm : run, step);
    if (background) timer.unref();
  };
  arm();
  return () => clearTimeout(timer);
}
