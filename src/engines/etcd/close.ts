import type { State } from './state.ts';

/** How long what is under way may take to end, in milliseconds of the machine's time. */
const MOST_MS = 3_000;

const closing = new WeakMap<State, Promise<void>>();

/**
 * Ends everything: feeds, waits, locks, timers, connections. Calls under way are given some time to be answered.
 * Idempotent.
 */
export function close(state: State): Promise<void> {
  let end = closing.get(state);
  if (end === undefined) {
    end = endAll(state);
    closing.set(state, end);
  }
  return end;
}

async function endAll(state: State): Promise<void> {
  state.closed = true;
  state.feeds.close();
  state.leases.close();
  let late: NodeJS.Timeout | undefined;
  const given = new Promise<void>((resolve) => {
    late = setTimeout(resolve, MOST_MS);
  });
  await Promise.race([Promise.allSettled([state.locks.close(), state.cluster.idle()]), given]);
  clearTimeout(late);
  state.cluster.close();
}
