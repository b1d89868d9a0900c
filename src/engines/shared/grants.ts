import { dropPair, putLock } from './apply.ts';
import { cellAt, identityOf, kindAt, keyAt, LOCK, mapAt, takeKeyAt, valueByteAt } from './entries.ts';
import { takeKey } from './keys.ts';
import { EMPTY, RECOVERED, S_LOCKS, T_STATE, TOMB } from './layout.ts';
import type { Local } from './local.ts';
import { damaged, type Memory, threadAt } from './memory.ts';
import { lockToRead, lockToWrite, stripeAt, stripeOf, unlock } from './stripe-lock.ts';
import { findPair, indexOf, pairAt, pairsOf } from './table.ts';
import { takeVersion } from './versions.ts';

/**
 * Locks by key over threads. The state of a lock that is held is a block beside the entries, in the
 * stripe of its key: who holds it, who waits, in order. It changes like an entry, by one store, and is gone when
 * nobody holds the lock. A lock passes on in that store, so it is never free while somebody waits. Who leaves a line is
 * struck out in place, by one word, which needs no room.
 */

/** Who holds or wants a lock. */
export interface Party {
  /** Number of the thread. */
  readonly owner: number;
  /** Number of the grant or the wait. */
  readonly id: number;
  readonly label: string | undefined;
}

/** A lock that is held. */
export interface LockState {
  readonly holder: Party;
  readonly fence: number;
  /** In milliseconds since the epoch. */
  readonly since: number;
  readonly waiters: readonly Party[];
}

/** What {@link release} and others tell: the thread that must be woken, 0 for none. */
export type Wake = number;

const PARTY_BYTES = 12;
const HEAD_BYTES = 20;
/** Owner of a place in a line that was given up. */
const NOBODY = 0;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Takes the lock when nobody has it, or goes into the line; `undefined`: no room. Who is there already stays where he
 * is, so that a call that was interrupted can be made again.
 */
export function enter(
  local: Local,
  map: number,
  key: string,
  party: Party,
  wait: boolean,
): { readonly fence: number; readonly state: LockState | undefined } | undefined {
  const { m } = local;
  takeKey(m, map, key);
  const stripe = stripeOf(m, m.hash);
  lockToWrite(m, stripe);
  try {
    const pair = lockPair(m, stripe, map);
    const state = pair === 0 ? undefined : readState(m, m.words[pair + 1] as number);
    if (state === undefined) {
      const fence = takeVersion(m);
      const next: LockState = { holder: party, fence, since: local.clock.now(), waiters: [] };
      return putLock(local, stripe, map, pair, writeState(next)) ? { fence, state: undefined } : undefined;
    }
    if (isParty(state.holder, party)) return { fence: state.fence, state: undefined };
    if (!wait || state.waiters.some((waiter) => isParty(waiter, party))) return { fence: 0, state };
    const next: LockState = { ...state, waiters: [...state.waiters, party] };
    return putLock(local, stripe, map, pair, writeState(next)) ? { fence: 0, state: next } : undefined;
  } finally {
    unlock(m, stripe);
  }
}

/** Lets go of a lock, if it is held by this grant; who must be woken. */
export function release(local: Local, map: number, key: string, fence: number): Wake {
  const { m } = local;
  takeKey(m, map, key);
  const stripe = stripeOf(m, m.hash);
  lockToWrite(m, stripe);
  try {
    const pair = lockPair(m, stripe, map);
    if (pair === 0) return 0;
    const state = readState(m, m.words[pair + 1] as number);
    return state.fence === fence ? passOn(local, stripe, map, pair, state) : 0;
  } finally {
    unlock(m, stripe);
  }
}

/** Leaves the line; `false` when the lock was granted meanwhile. */
export function leaveLine(local: Local, map: number, key: string, id: number): boolean {
  const { m } = local;
  takeKey(m, map, key);
  const stripe = stripeOf(m, m.hash);
  lockToWrite(m, stripe);
  try {
    const pair = lockPair(m, stripe, map);
    if (pair === 0) return true;
    const state = readState(m, m.words[pair + 1] as number);
    if (state.holder.owner === m.me && state.holder.id === id) return false;
    strike(m, m.words[pair + 1] as number, m.me, id);
    return true;
  } finally {
    unlock(m, stripe);
  }
}

/** Who holds a lock and who waits; `undefined` when it is free. */
export function lockState(local: Local, map: number, key: string): LockState | undefined {
  const { m } = local;
  takeKey(m, map, key);
  const stripe = stripeOf(m, m.hash);
  lockToRead(m, stripe);
  try {
    const pair = lockPair(m, stripe, map);
    return pair === 0 ? undefined : readState(m, m.words[pair + 1] as number);
  } finally {
    unlock(m, stripe);
  }
}

/** `true` while the lock of the key in the scratch is held under a fence; the caller holds the stripe. */
export function holdsLock(m: Memory, stripe: number, map: number, fence: number): boolean {
  const pair = lockPair(m, stripe, map);
  return pair !== 0 && readState(m, m.words[pair + 1] as number).fence === fence;
}

/**
 * Takes a thread that was recovered out of every lock and line of a stripe; adds who must be woken. Its number may be
 * another thread's by now, but not one's that was in this stripe: that is looked at under the lock.
 */
export function leaveAll(local: Local, stripe: number, owner: number, wake: Set<number>): void {
  const { m } = local;
  if ((m.words[stripeAt(m, stripe) + S_LOCKS] as number) <= 0) return;
  lockToWrite(m, stripe);
  try {
    if (Atomics.load(m.words, threadAt(m, owner) + T_STATE) !== RECOVERED) return;
    for (let i = 0; i < pairsOf(m, indexOf(m, stripe)); i++) {
      const pair = pairAt(indexOf(m, stripe), i);
      const block = m.words[pair + 1] as number;
      if (block === EMPTY || block === TOMB || kindAt(m, block) !== LOCK) continue;
      strike(m, block, owner, undefined);
      const state = readState(m, block);
      if (state.holder.owner !== owner) continue;
      takeKeyAt(m, block);
      wake.add(passOn(local, stripe, mapAt(m, block), pair, state));
    }
  } finally {
    unlock(m, stripe);
  }
}

/** A lock that is held, for the list. */
export interface HeldLock extends LockState {
  readonly map: number;
  readonly key: string;
}

/** Adds the locks of a stripe that are held. */
export function listLocks(m: Memory, stripe: number, into: HeldLock[]): void {
  if ((m.words[stripeAt(m, stripe) + S_LOCKS] as number) <= 0) return;
  lockToRead(m, stripe);
  try {
    const index = indexOf(m, stripe);
    for (let i = 0; i < pairsOf(m, index); i++) {
      const block = m.words[pairAt(index, i) + 1] as number;
      if (block === EMPTY || block === TOMB || kindAt(m, block) !== LOCK) continue;
      into.push({ ...readState(m, block), map: mapAt(m, block), key: keyAt(m, block) });
    }
  } finally {
    unlock(m, stripe);
  }
}

/**
 * Gives a lock to the first who waits and is there, or makes it free. When there is no room for the new state the
 * lock of the key in the scratch becomes free, and those who wait find out when they look.
 */
function passOn(local: Local, stripe: number, map: number, pair: number, state: LockState): Wake {
  const { m } = local;
  let next = 0;
  while (next < state.waiters.length && m.waiting.gone((state.waiters[next] as Party).owner)) next++;
  const heir = state.waiters[next];
  if (heir === undefined) {
    dropPair(m, stripe, pair);
    return 0;
  }
  const waiters = state.waiters.slice(next + 1);
  const passed: LockState = { holder: heir, fence: takeVersion(m), since: local.clock.now(), waiters };
  if (!putLock(local, stripe, map, pair, writeState(passed))) dropPair(m, stripe, pair);
  return heir.owner;
}

function isParty(one: Party, other: Party): boolean {
  return one.owner === other.owner && one.id === other.id;
}

function lockPair(m: Memory, stripe: number, map: number): number {
  if ((m.words[stripeAt(m, stripe) + S_LOCKS] as number) <= 0) return 0;
  return findPair(m, stripe, identityOf(m, map, LOCK), 0);
}

function writeState({ holder, fence, since, waiters }: LockState): Uint8Array {
  const labels: Uint8Array[] = [];
  let bytes = HEAD_BYTES;
  const parties = [holder, ...waiters];
  for (let i = 0; i < parties.length; i++) {
    const label = encoder.encode((parties[i] as Party).label ?? '');
    labels.push(label);
    bytes += partyBytes(label.length);
  }
  const cell = new Uint8Array(bytes);
  const view = new DataView(cell.buffer);
  view.setFloat64(0, fence);
  view.setFloat64(8, since);
  view.setInt32(16, parties.length);
  let at = HEAD_BYTES;
  for (let i = 0; i < parties.length; i++) {
    const { owner, id, label } = parties[i] as Party;
    const text = labels[i] as Uint8Array;
    view.setInt32(at, owner);
    view.setInt32(at + 4, id);
    view.setInt32(at + 8, label === undefined ? -1 : text.length);
    cell.set(text, at + PARTY_BYTES);
    at += partyBytes(text.length);
  }
  return cell;
}

/** Bytes of a party: whole words, so that its owner is one. */
function partyBytes(labelBytes: number): number {
  return PARTY_BYTES + ((labelBytes + 3) & ~3);
}

function readState(m: Memory, block: number): LockState {
  const cell = stateCell(m, block);
  const view = new DataView(cell.buffer, cell.byteOffset, cell.length);
  const parties: Party[] = [];
  let at = HEAD_BYTES;
  for (let left = view.getInt32(16); left > 0 && at + PARTY_BYTES <= cell.length; left--) {
    const owner = view.getInt32(at);
    const length = view.getInt32(at + 8);
    const from = at + PARTY_BYTES;
    const label = length < 0 ? undefined : decoder.decode(cell.subarray(from, from + length));
    if (owner !== NOBODY) parties.push({ owner, id: view.getInt32(at + 4), label });
    at += partyBytes(Math.max(length, 0));
  }
  const [holder, ...waiters] = parties;
  if (holder === undefined) throw damaged('the state of a lock');
  return { holder, fence: view.getFloat64(0), since: view.getFloat64(8), waiters };
}

function stateCell(m: Memory, block: number): Uint8Array {
  const cell = cellAt(m, block);
  if (cell instanceof Uint8Array && cell.length >= HEAD_BYTES + PARTY_BYTES) return cell;
  throw damaged('the state of a lock');
}

/** Strikes a waiter out of a line, or all of a thread. */
function strike(m: Memory, block: number, owner: number, id: number | undefined): void {
  const cell = stateCell(m, block);
  const view = new DataView(cell.buffer, cell.byteOffset, cell.length);
  const from = valueByteAt(m, block);
  // The first party holds the lock.
  let at = HEAD_BYTES + partyBytes(Math.max(view.getInt32(HEAD_BYTES + 8), 0));
  for (let left = view.getInt32(16) - 1; left > 0 && at + PARTY_BYTES <= cell.length; left--) {
    const leaves = view.getInt32(at) === owner && (id === undefined || view.getInt32(at + 4) === id);
    if (leaves) Atomics.store(m.words, (from + at) >> 2, NOBODY);
    at += partyBytes(Math.max(view.getInt32(at + 8), 0));
  }
}
