import type { Lock } from '../../contract/lock.ts';
import { eventually } from '../assertions.ts';
import type { Trial } from '../fixture.ts';

/** How many wait for locks of the store. */
export async function waiters(t: Trial): Promise<number> {
  return (await t.store.inspect()).locks.reduce((sum, lock) => sum + lock.waiters, 0);
}

/** Asks for a lock and waits until it stands in line. */
export async function queued(
  t: Trial,
  options?: { readonly label?: string; readonly waitMs?: number; readonly signal?: AbortSignal },
): Promise<{ readonly lock: Promise<Lock<number>> }> {
  const before = await waiters(t);
  const lock = t.map().lock('a', options);
  lock.catch(() => undefined);
  await eventually('the waiter stands in line', async () => (await waiters(t)) === before + 1);
  return { lock };
}
