// A rate limiter: so many requests in so much time for each user, shared by all who use the store.
//
//   node dist/examples/rate-limiter.js [url of the store]
//
// The generic cell rate algorithm (ITU-T I.371): what is kept for a user is one number, the time at which its next
// request would be on time if requests came evenly. An entry that is no longer needed expires by itself.
import { KEEP, open } from 'samemap';
import type { Store } from 'samemap';

/** Whether a request may pass, and if not, when to try again. */
interface Verdict {
  readonly ok: boolean;
  readonly retryAfterMs: number;
}

/**
 * Lets `limit` requests pass in any `periodMs`, in bursts or evenly.
 *
 * @param now - the time, in milliseconds
 */
function rateLimiter(store: Store, limit: number, periodMs: number, now: () => number = Date.now) {
  const due = store.map<number>('due');
  const interval = periodMs / limit;
  return async (user: string): Promise<Verdict> => {
    let verdict: Verdict = { ok: true, retryAfterMs: 0 };
    const at = now();
    const entry = await due.update(user, (next = 0) => {
      const later = Math.max(next, at) + interval;
      const early = later - periodMs - at;
      verdict = { ok: early <= 0, retryAfterMs: Math.max(0, early) };
      return verdict.ok ? later : KEEP;
    });
    // Past its own time it says what an absent one says.
    if (verdict.ok && entry !== undefined) await due.touch(user, Math.max(1, entry.value - at));
    return verdict;
  };
}

const [url = 'memory:'] = process.argv.slice(2);
const store = await open(url);
let time = Date.now();
const limiter = rateLimiter(store, 5, 1_000, () => time);

const burst = await Promise.all(Array.from({ length: 20 }, () => limiter('ada')));
console.log(`${burst.filter(({ ok }) => ok).length} of a burst of 20 pass`);
console.log(`others are not concerned: ${(await limiter('grace')).ok}`);
const refused = burst.find(({ ok }) => !ok);
time += refused?.retryAfterMs ?? 0;
console.log(`after the time it was told: ${(await limiter('ada')).ok}`);
await store.close();
