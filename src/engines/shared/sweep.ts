import { dropPair, expireEntry } from './apply.ts';
import { firstDue, makeRoomDue, NEVER, popDue, pushDue, TICK_MS, tickOf } from './due.ts';
import { ENTRY, expiryAt, kindAt, STONE } from './entries.ts';
import { EMPTY, NEXT_DUE, TOMB } from './layout.ts';
import type { Local } from './local.ts';
import type { Memory } from './memory.ts';
import { tryToWrite, unlock } from './stripe-lock.ts';
import { indexOf, pairAt, pairsOf } from './table.ts';

/** Others do it when who began it has not come to its end after so long: a second. */
const LEASE_TICKS = 125;

/**
 * Removes what has expired, in the order of the ticks, in a commit for each entry. Any thread may do it for all.
 *
 * @param most - how many are looked at
 * @returns `false` when there may be more
 */
export function sweep(local: Local, most: number): boolean {
  const { m } = local;
  const { words, layout } = m;
  const now = local.clock.now();
  const until = Math.ceil((now - local.base) / TICK_MS);
  if (Atomics.load(words, NEXT_DUE) > until) return true;
  // Whoever adds something from here on makes this earlier again. Not for ever: this thread may not come to the end.
  const lease = Math.min(until + LEASE_TICKS, NEVER - 1);
  Atomics.store(words, NEXT_DUE, lease);
  const due: number[] = [];
  for (let stripe = 0; stripe < layout.stripes; stripe++) {
    if (firstDue(m, stripe) !== NEVER) due.push(stripe);
  }
  let left = most;
  for (let tick = nextOf(m, due); tick <= until && left > 0;) {
    for (let i = 0; i < due.length; i++) left -= sweepStripe(local, due[i] as number, tick, now);
    const next = nextOf(m, due);
    // What is left of this tick has not expired to the millisecond, or is busy.
    if (next <= tick) break;
    tick = next;
  }
  Atomics.compareExchange(words, NEXT_DUE, lease, nextTick(m));
  // Again: what came before the exchange and expires after the lease did not make it earlier.
  lower(m, nextTick(m));
  return left > 0;
}

/** `true` when something may have expired; the caller holds all locks, or asks again when it does. */
export function isDue({ m, base, clock }: Local): boolean {
  return nextTick(m) <= Math.ceil((clock.now() - base) / TICK_MS);
}

/** Removes at once all that has expired; the caller holds all locks. */
export function sweepAll(local: Local): void {
  const { m } = local;
  const now = local.clock.now();
  const until = Math.ceil((now - local.base) / TICK_MS);
  for (let stripe = 0; stripe < m.layout.stripes; stripe++) sweepLocked(local, stripe, until, now);
}

/** The earliest tick of some stripes, without their locks. */
function nextOf(m: Memory, stripes: readonly number[]): number {
  let least = NEVER;
  for (let i = 0; i < stripes.length; i++) least = Math.min(least, firstDue(m, stripes[i] as number));
  return least;
}

/** The earliest tick of all stripes, without their locks. */
function nextTick(m: Memory): number {
  let least = NEVER;
  for (let stripe = 0; stripe < m.layout.stripes; stripe++) least = Math.min(least, firstDue(m, stripe));
  return least;
}

function lower(m: Memory, tick: number): void {
  for (;;) {
    const next = Atomics.load(m.words, NEXT_DUE);
    if (next <= tick || Atomics.compareExchange(m.words, NEXT_DUE, next, tick) === next) return;
  }
}

/** Removes what a stripe has that expires at a tick or before; how many there were. One that is busy comes later. */
function sweepStripe(local: Local, stripe: number, tick: number, now: number): number {
  const { m } = local;
  if (firstDue(m, stripe) > tick || !tryToWrite(m, stripe)) return 0;
  try {
    return sweepLocked(local, stripe, tick, now);
  } finally {
    unlock(m, stripe);
  }
}

/** {@link sweepStripe} for who holds the lock. */
function sweepLocked(local: Local, stripe: number, tick: number, now: number): number {
  const { m } = local;
  let count = 0;
  const later: number[] = [];
  while (firstDue(m, stripe) <= tick) {
    const hash = popDue(m, stripe);
    count++;
    const due = removeDue(local, stripe, hash, now);
    if (due !== 0) later.push(due, hash);
  }
  for (let i = 0; i < later.length; i += 2) {
    if (makeRoomDue(m, stripe, local.base, 1)) {
      pushDue(m, stripe, tickOf(local.base, later[i] as number), later[i + 1] as number);
    }
  }
  return count;
}

/** Removes what has expired of a hash; when the rest expires that does within the tick, 0 for nothing. */
function removeDue(local: Local, stripe: number, hash: number, now: number): number {
  const { m } = local;
  const index = indexOf(m, stripe);
  const pairs = pairsOf(m, index);
  const mask = pairs - 1;
  let next = 0;
  for (let looked = 0, i = hash & mask; looked < pairs; looked++, i = (i + 1) & mask) {
    const pair = pairAt(indexOf(m, stripe), i);
    const block = m.words[pair + 1] as number;
    if (block === EMPTY) break;
    if (block === TOMB || m.words[pair] !== hash) continue;
    const expiresAt = expiryAt(m, block);
    if (expiresAt === 0) continue;
    if (expiresAt > now) {
      if (expiresAt - now <= TICK_MS) next = expiresAt;
    } else if (kindAt(m, block) === ENTRY) expireEntry(local, stripe, pair);
    else if (kindAt(m, block) === STONE) dropPair(m, stripe, pair);
  }
  return next;
}
