import { busy } from './busy.ts';
import { CONTENDED, OWNER_MASK, S_LOCK, S_SEQUENCE, STRIPE_WORDS, WRITER } from './layout.ts';
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
  showWriter(m, at);
}

/**
 * Comes between taking a lock to write and the first plain store. Where a compare-and-swap is two instructions (ARM64 before
 * LSE), a plain store behind it can be seen before it, and who reads without the lock would see new words with no
 * writer there. A load in order comes after both, and everything after the load.
 */
function showWriter(m: Memory, at: number): void {
  if ((Atomics.load(m.words, at) & OWNER_MASK) !== m.me) throw damaged('a lock that was just taken');
}

/** Takes a stripe to change it if nobody has it. */
export function tryToWrite(m: Memory, stripe: number): boolean {
  const at = stripeAt(m, stripe) + S_LOCK;
  if (Atomics.compareExchange(m.words, at, 0, m.me | WRITER) !== 0) return false;
  showWriter(m, at);
  return true;
}

/** Lets go of a stripe that was not changed. */
export function unlockRead(m: Memory, stripe: number): void {
  unlockWord(m, stripeAt(m, stripe) + S_LOCK);
}

/** Lets go of a stripe that may have been changed: who reads without the lock looks again. */
export function unlockWrite(m: Memory, stripe: number): void {
  const at = stripeAt(m, stripe);
  Atomics.store(m.words, at + S_SEQUENCE, (m.words[at + S_SEQUENCE] as number) + 1);
  unlockWord(m, at + S_LOCK);
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
      for (let held = stripe - 1; held >= 0; held--) unlockWord(m, stripeAt(m, held) + S_LOCK);
      throw error;
    }
  }
}

export function unlockAll(m: Memory, write: boolean): void {
  const { stripes } = m.layout;
  for (let stripe = stripes - 1; stripe >= 0; stripe--) {
    if (write) unlockWrite(m, stripe);
    else unlockRead(m, stripe);
  }
}

/** Takes some stripes, which are given by rising number. @throws StoreError `TIMEOUT`, none of them held */
export function lockSome(m: Memory, stripes: readonly number[], write: boolean): void {
  for (let i = 0; i < stripes.length; i++) {
    try {
      if (write) lockToWrite(m, stripes[i] as number);
      else lockToRead(m, stripes[i] as number);
    } catch (error) {
      for (let held = i - 1; held >= 0; held--) {
        unlockWord(m, stripeAt(m, stripes[held] as number) + S_LOCK);
      }
      throw error;
    }
  }
}

export function unlockSome(m: Memory, stripes: readonly number[], write: boolean): void {
  for (let i = stripes.length - 1; i >= 0; i--) {
    if (write) unlockWrite(m, stripes[i] as number);
    else unlockRead(m, stripes[i] as number);
  }
}

/** Takes a lock that somebody held when it was looked at. */
function lockSlowly(m: Memory, at: number, mine: number, bounded: boolean): void {
  const { words, waiting } = m;
  // Who has slept cannot know whether others sleep as well, and so wakes one when it lets go.
  let taken = mine;
  let rounds = 0;
  for (let spins = 0; ; spins++) {
    const seen = Atomics.load(words, at);
    if (seen === 0) {
      if (Atomics.compareExchange(words, at, 0, taken) === 0) return;
      continue;
    }
    if (spins < waiting.spins) continue;
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
