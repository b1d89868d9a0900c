import { ring, ringAll } from './bell.ts';
import { chunkStart, recordAt, releaseChunk, STORE_OWNER, THREAD_OWNER } from './chunks.ts';
import { redoClear } from './clear.ts';
import {
  BIRTH_COUNT,
  C_OWNER,
  C_USED,
  MAPS_LOCK,
  NEXT_DUE,
  NEXT_GRANT,
  OWNER_MASK,
  RECOVERED,
  RECOVERING,
  RECOVERY_LOCK,
  REDO_CLEAR,
  REDO_LIST,
  REDO_NOTHING,
  REDO_OVER,
  RING_COUNT,
  RING_HEAD,
  RING_LOCK,
  RING_TAIL,
  S_LOCK,
  T_HEARTBEAT,
  T_REDO,
  T_REDO_ROOM,
  T_REDO_SPAN,
  T_RING_COUNT,
  T_RING_HEAD,
  T_STATE,
  T_TID,
  UNUSED,
  WRITER,
} from './layout.ts';
import type { Local } from './local.ts';
import { beat, type Memory, threadAt } from './memory.ts';
import { redoOver } from './over.ts';
import { rebuildStripes } from './rebuild.ts';
import { redoStores } from './redo.ts';
import { mapCount } from './registry.ts';
import { putWordsAt, wordsAt } from './ring.ts';
import { stripeAt } from './stripe-lock.ts';

/**
 * What a thread left behind that is gone. A commit that stood is carried out, under the locks the thread still
 * holds; the stripes it was in are made anew; then its locks go. All of it can be done again from the beginning, so
 * that the recoverer may die as well. A thread that lives is left alone, also one that has the number of one that is gone.
 */
export function recover(local: Local, owner: number): void {
  const { m } = local;
  if (owner < 1 || owner > m.layout.threads) return releaseNobodys(local, owner);
  takeRecovery(m);
  try {
    if (!claim(m, owner)) return;
    recoverThread(local, owner);
  } finally {
    leave(m, RECOVERY_LOCK);
  }
  // It may have committed and rung nobody, and said that it sweeps and not done it.
  Atomics.store(m.words, NEXT_DUE, 0);
  ringAll(m);
  ring(m, m.me);
}

/**
 * Takes the record of a thread that is gone, so that nobody can join with it; `false` when there is nothing to do. Whoever
 * asked for it saw the thread gone before the right to recover was had: it may be recovered, and another one in its
 * place.
 */
function claim(m: Memory, owner: number): boolean {
  const { words } = m;
  const thread = threadAt(m, owner);
  const beats = Atomics.load(words, thread + T_HEARTBEAT);
  const state = Atomics.load(words, thread + T_STATE);
  if (state === UNUSED || state === RECOVERED) {
    // Nothing is left of it, unless a lock was scribbled over.
    if (!holdsAny(m, owner)) return false;
  } else if (state !== RECOVERING && !m.waiting.gone(owner)) return false;
  // Joining begins with a beat, so the record is still that of the thread that was looked at.
  if (Atomics.load(words, thread + T_HEARTBEAT) !== beats) return false;
  return Atomics.compareExchange(words, thread + T_STATE, state, RECOVERING) === state;
}

function holdsAny(m: Memory, owner: number): boolean {
  for (let stripe = 0; stripe < m.layout.stripes; stripe++) {
    if (heldBy(m, stripeAt(m, stripe) + S_LOCK) === owner) return true;
  }
  return heldBy(m, RING_LOCK) === owner || heldBy(m, MAPS_LOCK) === owner;
}

function recoverThread(local: Local, owner: number): void {
  const { m } = local;
  const { words, layout } = m;
  const thread = threadAt(m, owner);
  const redo = words[thread + T_REDO] as number;
  if (redo === REDO_LIST) redoStores(m, thread);
  else if (redo === REDO_CLEAR) redoClear(m, thread);
  else if (redo === REDO_OVER) redoOver(m, thread);
  // Not all of its new keys may have been announced: so many that everybody looks for all keys.
  if (redo === REDO_LIST) Atomics.add(words, BIRTH_COUNT, (1 << layout.birthBits) + 1);
  if (heldBy(m, RING_LOCK) === owner && redo !== REDO_NOTHING) {
    // The ring's words come last before its lock goes: it may have been told already.
    putWordsAt(m, RING_HEAD, wordsAt(m, thread + T_RING_HEAD));
    Atomics.store(words, RING_COUNT, words[thread + T_RING_COUNT] as number);
  }
  if (heldBy(m, RING_LOCK) === owner && wordsAt(m, RING_TAIL) > wordsAt(m, RING_HEAD)) {
    // It made room for a commit as large as the ring that did not come to be.
    putWordsAt(m, RING_TAIL, wordsAt(m, RING_HEAD));
  }
  const written: number[] = [];
  for (let stripe = 0; stripe < layout.stripes; stripe++) {
    // Who only read has changed nothing but marks of recency.
    const lock = Atomics.load(words, stripeAt(m, stripe) + S_LOCK);
    if ((lock & OWNER_MASK) === owner && (lock & WRITER) !== 0) written.push(stripe);
  }
  rebuildStripes(m, written, local.base);
  Atomics.store(words, thread + T_REDO, REDO_NOTHING);
  if (heldBy(m, MAPS_LOCK) === owner) dropUnnamedRecords(m);
  releaseAll(m, owner);
  dropChunksOf(m, owner);
  Atomics.store(words, thread + T_TID, 0);
  Atomics.store(words, thread + T_STATE, RECOVERED);
}

/** A lock that nobody can hold was scribbled over: its stripe is made anew and let go. */
function releaseNobodys(local: Local, owner: number): void {
  const { m } = local;
  takeRecovery(m);
  try {
    const held: number[] = [];
    for (let stripe = 0; stripe < m.layout.stripes; stripe++) {
      if (heldBy(m, stripeAt(m, stripe) + S_LOCK) === owner) held.push(stripe);
    }
    rebuildStripes(m, held, local.base);
    releaseAll(m, owner);
  } finally {
    leave(m, RECOVERY_LOCK);
  }
}

/** Bits of {@link OWNER_MASK}. */
const OWNER_BITS = 10;

/** Takes the right to recover, from one who is gone if need be. */
function takeRecovery(m: Memory): void {
  const { words, waiting } = m;
  // With a number of its own each time: what is taken from a thread that is gone is not what its successor took.
  const mine = m.me | (Atomics.add(words, NEXT_GRANT, 1) << OWNER_BITS);
  for (let rounds = 0; ; rounds++) {
    const seen = Atomics.compareExchange(words, RECOVERY_LOCK, 0, mine);
    if (seen === 0 || (seen & OWNER_MASK) === m.me) return;
    if (waiting.gone(seen & OWNER_MASK)) {
      if (Atomics.compareExchange(words, RECOVERY_LOCK, seen, mine) === seen) return;
    } else {
      waiting.park(RECOVERY_LOCK, seen, rounds);
      beat(m);
    }
  }
}

function heldBy(m: Memory, lock: number): number {
  return Atomics.load(m.words, lock) & OWNER_MASK;
}

/** Lets go of every lock of a thread. */
function releaseAll(m: Memory, owner: number): void {
  for (let stripe = 0; stripe < m.layout.stripes; stripe++) {
    const at = stripeAt(m, stripe);
    if (heldBy(m, at + S_LOCK) !== owner) continue;
    leave(m, at + S_LOCK);
  }
  if (heldBy(m, RING_LOCK) === owner) leave(m, RING_LOCK);
  if (heldBy(m, MAPS_LOCK) === owner) leave(m, MAPS_LOCK);
}

function leave(m: Memory, lock: number): void {
  Atomics.store(m.words, lock, 0);
  Atomics.notify(m.words, lock);
}

/** Gives back chunks for a map that never got its number. */
function dropUnnamedRecords(m: Memory): void {
  const { words, layout } = m;
  const named = new Set<number>();
  const maps = mapCount(m);
  for (let map = 0; map < maps; map++) named.add(words[layout.mapsAt + map] as number);
  let kept = 0;
  for (let chunk = 0; chunk < layout.chunks; chunk++) {
    const record = recordAt(m, chunk);
    if (words[record + C_OWNER] !== STORE_OWNER) continue;
    if (named.has(chunkStart(m, chunk))) kept = chunk + Math.max(words[record + C_USED] as number, 1);
    else if (chunk >= kept) releaseChunk(m, chunk);
  }
}

function dropChunksOf(m: Memory, owner: number): void {
  for (let chunk = 0; chunk < m.layout.chunks; chunk++) {
    if (m.words[recordAt(m, chunk) + C_OWNER] === THREAD_OWNER + owner) releaseChunk(m, chunk);
  }
  const thread = threadAt(m, owner);
  m.words[thread + T_REDO_SPAN] = 0;
  m.words[thread + T_REDO_ROOM] = 0;
}
