import { freeBlock, roomOf, takeBlock } from './blocks.ts';
import { expiryAt, hashAt } from './entries.ts';
import { EMPTY, NEXT_DUE, S_DUE, S_EXPIRING, S_HEAP, S_HEAP_LENGTH, TOMB } from './layout.ts';
import { damaged, type Memory } from './memory.ts';
import { stripeAt } from './stripe-lock.ts';
import { indexOf, pairAt, pairsOf } from './table.ts';

/**
 * What expires when: in each stripe a heap of pairs, tick and hash, under its lock. A pair whose entry was
 * replaced or removed stays until its tick or until there are too many of them. After a death the heap is made anew from
 * the index, so its words need no order among each other.
 */

export const TICK_MS = 8;
export const NEVER = 0x7fffffff;
const FIRST_ROOM = 16;

/** The first tick at which something has expired. */
export function tickOf(base: number, expiresAt: number): number {
  return Math.min(Math.max(Math.ceil((expiresAt - base) / TICK_MS), 0), NEVER - 1);
}

/** Refuses what can be no heap of so many items. */
function checkHeap(m: Memory, heap: number, length: number): void {
  const { chunksAt, totalWords } = m.layout;
  const none = heap === 0 && length === 0;
  if (!none && (heap < chunksAt || length < 0 || heap + 2 * length > totalWords))
    throw damaged(`a heap of ${length} items`);
}

/** Sees to it that a stripe's heap takes some more; `false` when there is no memory for that. */
export function makeRoomDue(m: Memory, stripe: number, base: number, more: number): boolean {
  const { words } = m;
  const at = stripeAt(m, stripe);
  const heap = words[at + S_HEAP] as number;
  const length = words[at + S_HEAP_LENGTH] as number;
  checkHeap(m, heap, length);
  if (heap !== 0 && (length + more) * 2 <= roomOf(m, heap)) return true;
  const expiring = words[at + S_EXPIRING] as number;
  if (heap !== 0 && length > 2 * expiring + FIRST_ROOM) {
    return rebuildDue(m, stripe, base) && makeRoomDue(m, stripe, base, more);
  }
  const room = Math.max(FIRST_ROOM, length * 2, length + more);
  const larger = takeBlock(m, stripe, room * 2);
  if (larger === 0) return false;
  for (let i = 0; i < length * 2; i++) words[larger + i] = words[heap + i] as number;
  words[at + S_HEAP] = larger;
  if (heap !== 0) freeBlock(m, stripe, heap);
  return true;
}

/** Notes when something expires; {@link makeRoomDue} saw to it that there is room. */
export function pushDue(m: Memory, stripe: number, tick: number, hash: number): void {
  const { words } = m;
  const at = stripeAt(m, stripe);
  const heap = words[at + S_HEAP] as number;
  let i = words[at + S_HEAP_LENGTH] as number;
  checkHeap(m, heap, i);
  if ((i + 1) * 2 > roomOf(m, heap)) throw damaged(`a heap of ${i} items`);
  words[at + S_HEAP_LENGTH] = i + 1;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if ((words[heap + 2 * parent] as number) <= tick) break;
    words[heap + 2 * i] = words[heap + 2 * parent] as number;
    words[heap + 2 * i + 1] = words[heap + 2 * parent + 1] as number;
    i = parent;
  }
  words[heap + 2 * i] = tick;
  words[heap + 2 * i + 1] = hash;
  if (i === 0) Atomics.store(words, at + S_DUE, NEVER - tick);
  for (;;) {
    const next = Atomics.load(words, NEXT_DUE);
    if (next <= tick || Atomics.compareExchange(words, NEXT_DUE, next, tick) === next) return;
  }
}

/** The tick of the first of a stripe, with its lock or without; {@link NEVER} when nothing expires. */
export function firstDue(m: Memory, stripe: number): number {
  return NEVER - Atomics.load(m.words, stripeAt(m, stripe) + S_DUE);
}

/** Takes the first out; its hash. */
export function popDue(m: Memory, stripe: number): number {
  const { words } = m;
  const at = stripeAt(m, stripe);
  const heap = words[at + S_HEAP] as number;
  const length = (words[at + S_HEAP_LENGTH] as number) - 1;
  checkHeap(m, heap, length + 1);
  if (length < 0 || length * 2 + 2 > roomOf(m, heap)) throw damaged(`a heap of ${length} items`);
  const hash = words[heap + 1] as number;
  words[at + S_HEAP_LENGTH] = length;
  const tick = words[heap + 2 * length] as number;
  const moved = words[heap + 2 * length + 1] as number;
  let i = 0;
  for (let child = 1; child < length; child = 2 * i + 1) {
    if (child + 1 < length && (words[heap + 2 * child + 2] as number) < (words[heap + 2 * child] as number))
      child++;
    if ((words[heap + 2 * child] as number) >= tick) break;
    words[heap + 2 * i] = words[heap + 2 * child] as number;
    words[heap + 2 * i + 1] = words[heap + 2 * child + 1] as number;
    i = child;
  }
  words[heap + 2 * i] = tick;
  words[heap + 2 * i + 1] = moved;
  Atomics.store(words, at + S_DUE, length === 0 ? 0 : NEVER - (words[heap] as number));
  return hash;
}

/** Makes the heap of a stripe anew from what its index names; `false` when there is no memory for that. */
export function rebuildDue(m: Memory, stripe: number, base: number): boolean {
  const { words } = m;
  const at = stripeAt(m, stripe);
  const heap = words[at + S_HEAP] as number;
  const index = indexOf(m, stripe);
  const pairs = pairsOf(m, index);
  let expiring = 0;
  for (let i = 0; i < pairs; i++) if (expiryOfPair(m, pairAt(index, i)) !== 0) expiring++;
  if (heap === 0 || (expiring + 1) * 2 > roomOf(m, heap)) {
    const into = takeBlock(m, stripe, Math.max(FIRST_ROOM, expiring + (expiring >> 1) + 1) * 2);
    if (into === 0) return false;
    words[at + S_HEAP] = into;
    if (heap !== 0) freeBlock(m, stripe, heap);
  }
  words[at + S_HEAP_LENGTH] = 0;
  if (expiring === 0) Atomics.store(words, at + S_DUE, 0);
  for (let i = 0; i < pairs; i++) {
    const expiresAt = expiryOfPair(m, pairAt(index, i));
    if (expiresAt !== 0)
      pushDue(m, stripe, tickOf(base, expiresAt), hashAt(m, words[pairAt(index, i) + 1] as number));
  }
  return true;
}

function expiryOfPair(m: Memory, pair: number): number {
  const block = m.words[pair + 1] as number;
  return block === EMPTY || block === TOMB ? 0 : expiryAt(m, block);
}
