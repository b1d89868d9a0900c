import { setImmediate as turn } from 'node:timers/promises';
import { checkMs } from '../base/options.ts';
import type { CancelTimer, Clock } from '../base/clock.ts';

/**
 * A clock that stands still until it is told to go on; for tests.
 *
 * @example
 * ```ts
 * import { memoryMap } from 'samemap';
 * import { manualClock, type ManualClock } from 'samemap/conformance';
 * const clock: ManualClock = manualClock();
 * const sessions = memoryMap<string>({ ttlMs: 1_000, clock });
 * sessions.set('ada', 'here');
 * await clock.tick(1_000);
 * ```
 */
export interface ManualClock extends Clock {
  /**
   * Moves time on, step by step: every timer that falls due runs at its own time, in order, and what
   * it set going gets its turns before the next one. Ticks asked for together run one after another.
   *
   * @param ms - milliseconds from 0 up; 0 runs what is due and lets what is under way go on
   * @throws RangeError when `ms` is negative or no number; what a timer throws
   */
  tick(ms: number): Promise<void>;
  /** Number of timers that wait for their time. */
  readonly pending: number;
}

interface Timer {
  readonly due: number;
  /** Order of arming, which decides between timers due at the same time. */
  readonly number: number;
  readonly run: () => void;
}

/** Turns of the event loop that are left to what a timer set going. */
const TURNS_PER_STEP = 2;

/**
 * Makes a clock for tests, which moves only by `tick`.
 *
 * @param startMs - what `now()` says first, in milliseconds since the epoch
 * @returns a clock to be handed to `open` or `memoryMap` as `{ clock }`
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { manualClock } from 'samemap/conformance';
 * const clock = manualClock();
 * const store = await open('memory:', { clock });
 * const sessions = store.map<string>('sessions');
 * await sessions.set('ada', 'token', { ttlMs: 1_000 });
 * await clock.tick(1_000);
 * if (await sessions.has('ada')) throw new Error('should have expired');
 * await store.close();
 * ```
 */
export function manualClock(startMs: number = Date.UTC(2026, 0, 1)): ManualClock {
  let now = startMs;
  let armed = 0;
  /** Ordered by due time, then by number. */
  const timers: Timer[] = [];
  let running = Promise.resolve();

  /** Index of the first timer at or behind this place in the order. */
  const find = (due: number, number: number): number => {
    let low = 0;
    let high = timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const timer = timers[middle];
      if (timer !== undefined && (timer.due - due || timer.number - number) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  const after = (delayMs: number, run: () => void): CancelTimer => {
    const timer: Timer = { due: now + Math.max(0, delayMs), number: armed++, run };
    timers.splice(find(timer.due, timer.number), 0, timer);
    return () => {
      const at = find(timer.due, timer.number);
      if (timers[at] === timer) timers.splice(at, 1);
    };
  };

  const advance = async (ms: number): Promise<void> => {
    const target = now + ms;
    await turns();
    for (let next = timers[0]; next !== undefined && next.due <= target; next = timers[0]) {
      timers.shift();
      now = Math.max(now, next.due);
      next.run();
      await turns();
    }
    now = target;
    await turns();
  };

  return {
    now: () => now,
    after,
    async tick(ms) {
      checkMs('tick: ms', ms, 0);
      const done = running.then(() => advance(ms));
      running = done.catch(() => undefined);
      await done;
    },
    get pending() {
      return timers.length;
    },
  };
}

/** Lets microtasks and immediates run. */
async function turns(): Promise<void> {
  for (let i = 0; i < TURNS_PER_STEP; i++) await turn();
}
