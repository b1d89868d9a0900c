import { ALIVE, T_MAILBOX, T_SLEEPS, T_STATE, THREADS_USED } from './layout.ts';
import { type Memory, threadAt } from './memory.ts';

/** Threads wake each other by mailboxes: a count in each thread's record. */

/** Wakes a thread. */
export function ring(m: Memory, owner: number): void {
  const at = threadAt(m, owner) + T_MAILBOX;
  Atomics.add(m.words, at, 1);
  Atomics.notify(m.words, at);
}

/** Wakes all other threads that sleep until there is a change. */
export function ringSleepers(m: Memory): void {
  const { words } = m;
  // After the count of commits, in one order for all threads: a thread that is missed sees the count.
  const used = Math.min(Atomics.load(words, THREADS_USED), m.layout.threads);
  for (let owner = 1; owner <= used; owner++) {
    if (owner === m.me) continue;
    const at = threadAt(m, owner) + T_SLEEPS;
    if (Atomics.load(words, at) !== 0 && Atomics.exchange(words, at, 0) !== 0) ring(m, owner);
  }
}

/** Wakes all other threads. */
export function ringAll(m: Memory): void {
  const used = Math.min(Atomics.load(m.words, THREADS_USED), m.layout.threads);
  for (let owner = 1; owner <= used; owner++) {
    if (owner !== m.me && Atomics.load(m.words, threadAt(m, owner) + T_STATE) === ALIVE) ring(m, owner);
  }
}
