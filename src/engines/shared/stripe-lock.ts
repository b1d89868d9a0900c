import { busy } from './busy.ts';
import { CONTENDED, OWNER_MASK, S_LOCK, STRIPE_WORDS, WRITER } from './layout.ts';
import { beat, damaged, type Memory } from './memory.ts';

/**
 * Locks in the buffer. A lock is one word: the number of the thread that holds it. Whoever takes several
 * takes stripes by rising number, then one of the locks of the header, so that nobody waits in a circle. A thread that
 * is gone is noticed by those who wait for it.
 */

/** Where a stripe lies. */
export function stripeAt(m: Memory, stripe: number): number {
  return m.layout.stripesAt + stripe * STRIPE_WORDS;
}

/** The stripe that has the keys of a hash. */
export function stripeOf(m: Memory, hash: number): number {
  return hash >>> (32 - m.layout.stripeBits);
}

/** Takes a stripe to copy from it. @throws StoreError `TIMEOUT` on a thread that may not be blocked for long */
export function lockToRead(m: Memory, stripe: number): void {
  const at = stripeAt(m, stripe) + S_LOCK;
  if (Atomics.compareExchange(m.words, at, 0, m.me) !== 0) lockSlowly(m, at, m.me, true);
}

/** Takes a stripe to change it. @throws StoreError `TIMEOUT` as {@link lockToRead} */
export function lockToWrite(m: Memory, stripe: number): void {
  const at = stripeAt(m, stripe) + S_LOCK;
  const mine = m.me | WRITER;
  if (Atomics.compareExchange(m.words, at, 0, mine) !== 0) lockSlowly(m, at, mine, true);
}

/** Takes a stripe to change it if nobody has it. */
export function tryToWrite(m: Memory, stripe: number): boolean {
  return Atomics.compareExchange(m.words, stripeAt(m, stripe) + S_LOCK, 0, m.me | WRITER) === 0;
}

/** Lets go of a stripe. */
export function unlock(m: Memory, stripe: number): void {
  unlockWord(m, stripeAt(m, stripe) + S_LOCK);
}

/** Takes a lock of the header, however long it takes. */
export function lockWord(m: Memory, at: number): void {
  if (Atomics.compareExchange(m.words, at, 0, m.me) !== 0) lockSlowly(m, at, m.me, false);
}

/** Lets go of a lock and wakes one who sleeps. */
export function unlockWord(m: Memory, at: number): void {
  if ((Atomics.exchange(m.words, at, 0) & CONTENDED) !== 0) Atomics.notify(m.words, at, 1);
}

/** Takes all stripes. @throws StoreError `TIMEOUT`, none of them held */
export function lockAll(m: Memory, write: boolean): void {
  const { stripes } = m.layout;
  for (let stripe = 0; stripe < stripes; stripe++) {
    try {
      if (write) lockToWrite(m, stripe);
      else lockToRead(m, stripe);
    } catch (error) {
      for (let held = stripe - 1; held >= 0; held--) unlock(m, held);
      throw error;
    }
  }
}

export function unlockAll(m: Memory): void {
  for (let stripe = m.layout.stripes - 1; stripe >= 0; stripe--) unlock(m, stripe);
}

/** Takes some stripes, which are given by rising number. @throws StoreError `TIMEOUT`, none of them held */
export function lockSome(m: Memory, stripes: readonly number[], write: boolean): void {
  for (let i = 0; i < stripes.length; i++) {
    try {
      if (write) lockToWrite(m, stripes[i] as number);
      else lockToRead(m, stripes[i] as number);
    } catch (error) {
      for (let held = i - 1; held >= 0; held--) unlock(m, stripes[held] as number);
      throw error;
    }
  }
}

export function unlockSome(m: Memory, stripes: readonly number[]): void {
  for (let i = stripes.length - 1; i >= 0; i--) unlock(m, stripes[i] as number);
}

/** Lets some time go by without a look at memory that others need. */
function pause({ key }: Memory, looks: number): void {
  for (let i = 0; i <= looks; i++) {
    for (let loads = 0; loads < 4; loads++) Atomics.load(key, 0);
  }
}

/** Takes a lock that somebody held when it was looked at. */
function lockSlowly(m: Memory, at: number, mine: number, bounded: boolean): void {
  const { words, waiting } = m;
  // Who has slept cannot know whether others sleep as well, and so wakes one when it lets go.
  let taken = mine;
  let rounds = 0;
  let naps = 0;
  for (let looks = 0; ; looks++) {
    const seen = Atomics.load(words, at);
    if (seen === 0) {
      if (Atomics.compareExchange(words, at, 0, taken) === 0) return;
      continue;
    }
    if (looks < waiting.looks) {
      pause(m, looks);
      continue;
    }
    if (naps < waiting.naps) {
      waiting.nap(at, seen, naps++);
      looks = 0;
      continue;
    }
    const asleep = seen | CONTENDED;
    if (seen !== asleep && Atomics.compareExchange(words, at, seen, asleep) !== seen) continue;
    waiting.park(at, asleep, rounds++);
    taken = mine | CONTENDED;
    beat(m);
    // Who holds it now: whoever held it before may have let go, and gone, and have given its number to another thread.
    const owner = Atomics.load(words, at) & OWNER_MASK;
    if (owner === 0) continue;
    if (waiting.gone(owner)) m.recover(owner);
    else if (owner === m.me || waiting.hopeless(rounds))
      throw damaged(`a lock that thread ${owner} does not hold`);
    else if (bounded && !m.patient && waiting.tooLong(rounds)) throw busy();
  }
}
