// A rate limiter that all threads of a pool share.
import type { SyncMap } from 'samemap';

/** How many calls a client has in a window of time. */
export interface RateLimit {
  readonly calls: number;
  readonly windowMs: number;
}

/**
 * Counts a call of a client; `false` when the client has used up its calls. Counting is one `add`, exact over all
 * threads. The counters of a window are gone some time after it: by the time to live of the map.
 */
export function allow(counts: SyncMap<number>, client: string, { calls, windowMs }: RateLimit): boolean {
  const window = Math.floor(Date.now() / windowMs);
  return counts.add(`${client}/${window}`, 1) <= calls;
}
