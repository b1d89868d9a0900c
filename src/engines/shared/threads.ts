import { StoreError } from '../../base/errors.ts';
import { ring } from './bell.ts';
import { leaveAll } from './grants.ts';
import {
  ALIVE,
  JOINING,
  RECOVERED,
  REDO_NOTHING,
  T_BEGAN,
  T_HEARTBEAT,
  T_REDO,
  T_REDO_ROOM,
  T_REDO_SPAN,
  T_SLEEPS,
  T_STATE,
  T_TID,
  THREADS_USED,
  UNUSED,
} from './layout.ts';
import { ownThread } from './liveness.ts';
import type { Local } from './local.ts';
import { type Memory, threadAt } from './memory.ts';
import { recover } from './recover.ts';
import { dropSpan } from './redo.ts';

/** How often a thread that joins waits for another one that clears up. */
const MOST_ROUNDS = 50;

/**
 * Takes a record for this thread. One is kept free of use, so that a thread can join that clears up after others.
 *
 * @throws StoreError `LIMIT` when all are taken by threads that live
 */
export function join(local: Local): void {
  const { m } = local;
  const { threads } = m.layout;
  const spareState = threadAt(m, threads) + T_STATE;
  for (let rounds = 0; rounds < MOST_ROUNDS; rounds++) {
    if (takeRecord(m, 1, threads - 1)) return;
    const state = Atomics.load(m.words, spareState);
    if (takeRecord(m, threads, threads)) {
      reap(local);
      const spare = m.me;
      const joined = takeRecord(m, 1, threads - 1);
      giveBack(m, spare);
      if (joined) return;
      m.me = 0;
      break;
    }
    // Another one clears up by it, and may leave room for two.
    if (state !== UNUSED) m.waiting.park(spareState, state, rounds);
  }
  throw new StoreError('LIMIT', `at most ${threads - 1} threads use one shared store at a time`);
}

function takeRecord(m: Memory, from: number, to: number): boolean {
  const { words } = m;
  const { tid, began } = ownThread();
  for (let owner = from; owner <= to; owner++) {
    const thread = threadAt(m, owner);
    if (Atomics.load(words, thread + T_STATE) !== UNUSED) continue;
    // Comes first: whoever saw a thread of this number gone sees that this is another one.
    Atomics.add(words, thread + T_HEARTBEAT, 1);
    if (Atomics.compareExchange(words, thread + T_STATE, UNUSED, JOINING) !== UNUSED) continue;
    // The spare record is nobody's for long, and nobody sleeps in it.
    if (owner < m.layout.threads) raise(words, THREADS_USED, owner);
    // Until the number of the thread is there, it is none: nobody takes this thread for the last one of the record.
    words[thread + T_BEGAN] = began;
    Atomics.store(words, thread + T_TID, tid);
    words[thread + T_REDO] = REDO_NOTHING;
    words[thread + T_REDO_SPAN] = 0;
    words[thread + T_REDO_ROOM] = 0;
    words[thread + T_SLEEPS] = 0;
    // It fails for a thread that was stopped in here for so long that others held it to be gone.
    if (Atomics.compareExchange(words, thread + T_STATE, JOINING, ALIVE) !== JOINING) continue;
    m.me = owner;
    return true;
  }
  return false;
}

function raise(words: Int32Array, at: number, value: number): void {
  for (;;) {
    const seen = Atomics.load(words, at);
    if (seen >= value || Atomics.compareExchange(words, at, seen, value) === seen) return;
  }
}

/** Gives the record of this thread back; it holds nothing any more. */
export function part(m: Memory): void {
  dropSpan(m, threadAt(m, m.me));
  giveBack(m, m.me);
  ring(m, m.me);
}

function giveBack(m: Memory, owner: number): void {
  const thread = threadAt(m, owner);
  Atomics.store(m.words, thread + T_TID, 0);
  Atomics.store(m.words, thread + T_STATE, UNUSED);
}

/** Recovers all threads that are gone, passes their locks on, and frees their records. */
export function reap(local: Local): void {
  const { m } = local;
  const wake = new Set<number>();
  try {
    for (let owner = 1; owner <= m.layout.threads; owner++) {
      if (owner === m.me) continue;
      const state = Atomics.load(m.words, threadAt(m, owner) + T_STATE);
      if (state === UNUSED) continue;
      if (state !== RECOVERED && m.waiting.gone(owner)) recover(local, owner);
      if (Atomics.load(m.words, threadAt(m, owner) + T_STATE) === RECOVERED) bury(local, owner, wake);
    }
  } finally {
    for (const owner of wake) if (owner > 0) ring(m, owner);
  }
}

/** Passes on the locks of a thread that was recovered, and frees its record. */
function bury(local: Local, owner: number, wake: Set<number>): void {
  const { m } = local;
  for (let stripe = 0; stripe < m.layout.stripes; stripe++) leaveAll(local, stripe, owner, wake);
  Atomics.compareExchange(m.words, threadAt(m, owner) + T_STATE, RECOVERED, UNUSED);
}
