import { StoreError } from '../../base/errors.ts';
import { leaveAll } from './grants.ts';
import {
  ALIVE,
  JOINING,
  RECOVERED,
  REDO_NOTHING,
  T_BEGAN,
  T_HEARTBEAT,
  T_MAILBOX,
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

/**
 * Takes a record for this thread. One is kept free of use, so that a thread can join that clears up after others.
 *
 * @throws StoreError `LIMIT` when all are taken by threads that live
 */
export function join(local: Local): void {
  const { m } = local;
  const { threads } = m.layout;
  if (takeRecord(m, 1, threads - 1)) return;
  if (takeRecord(m, threads, threads)) {
    reap(local);
    const spare = m.me;
    const joined = takeRecord(m, 1, threads - 1);
    Atomics.store(m.words, threadAt(m, spare) + T_STATE, UNUSED);
    if (joined) return;
  }
  throw new StoreError('LIMIT', `at most ${threads - 1} threads use one shared store at a time`);
}

function takeRecord(m: Memory, from: number, to: number): boolean {
  const { words } = m;
  for (let owner = from; owner <= to; owner++) {
    const thread = threadAt(m, owner);
    if (Atomics.compareExchange(words, thread + T_STATE, UNUSED, JOINING) !== UNUSED) continue;
    const { tid, began } = ownThread();
    words[thread + T_TID] = tid;
    words[thread + T_BEGAN] = began;
    words[thread + T_REDO] = REDO_NOTHING;
    words[thread + T_REDO_SPAN] = 0;
    words[thread + T_REDO_ROOM] = 0;
    words[thread + T_SLEEPS] = 0;
    Atomics.add(words, thread + T_HEARTBEAT, 1);
    Atomics.store(words, thread + T_STATE, ALIVE);
    raise(words, THREADS_USED, owner);
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
  const thread = threadAt(m, m.me);
  dropSpan(m, thread);
  Atomics.store(m.words, thread + T_STATE, UNUSED);
  ring(m, m.me);
}

/** Wakes a thread. */
export function ring(m: Memory, owner: number): void {
  const at = threadAt(m, owner) + T_MAILBOX;
  Atomics.add(m.words, at, 1);
  Atomics.notify(m.words, at);
}

/** Wakes all other threads that sleep until there is a change. */
export function ringSleepers(m: Memory): void {
  const { words } = m;
  const used = Math.min(words[THREADS_USED] as number, m.layout.threads);
  for (let owner = 1; owner <= used; owner++) {
    if (owner === m.me) continue;
    const at = threadAt(m, owner) + T_SLEEPS;
    if (Atomics.load(words, at) !== 0 && Atomics.exchange(words, at, 0) !== 0) ring(m, owner);
  }
}

/** Wakes all other threads. */
export function ringAll(m: Memory): void {
  const used = Math.min(m.words[THREADS_USED] as number, m.layout.threads);
  for (let owner = 1; owner <= used; owner++) {
    if (owner !== m.me && Atomics.load(m.words, threadAt(m, owner) + T_STATE) === ALIVE) ring(m, owner);
  }
}

/** Recovers all threads that are gone, passes their locks on, and frees their records. */
export function reap(local: Local): void {
  const { m } = local;
  const wake = new Set<number>();
  const used = Math.min(m.words[THREADS_USED] as number, m.layout.threads);
  for (let owner = 1; owner <= used; owner++) {
    if (owner === m.me) continue;
    const state = Atomics.load(m.words, threadAt(m, owner) + T_STATE);
    if (state === ALIVE && m.waiting.gone(owner)) recover(local, owner);
    if (Atomics.load(m.words, threadAt(m, owner) + T_STATE) === RECOVERED) bury(local, owner, wake);
  }
  for (const owner of wake) if (owner > 0) ring(m, owner);
}

/** Passes on the locks of a thread that was recovered, and frees its record. */
function bury(local: Local, owner: number, wake: Set<number>): void {
  const { m } = local;
  for (let stripe = 0; stripe < m.layout.stripes; stripe++) leaveAll(local, stripe, owner, wake);
  Atomics.compareExchange(m.words, threadAt(m, owner) + T_STATE, RECOVERED, UNUSED);
}
