import { freeBlock, takeBlock } from './blocks.ts';
import { isAt } from './entries.ts';
import { EMPTY, S_INDEX, S_INDEX_BITS, S_LIVE, S_TOMBS, TOMB } from './layout.ts';
import { damaged, type Memory } from './memory.ts';
import { stripeAt } from './stripe-lock.ts';

/**
 * The index of a stripe: open addressing over pairs of a hash and the address of a block, in a block of its
 * own whose first word has the logarithm of the number of pairs. A pair comes into being, changes and goes by one
 * store of its address.
 */

/** Words before the first pair. */
const PAIRS = 4;
const FIRST_BITS = 4;
const MOST_BITS = 27;

/** How many pairs an index has; 0 without one. */
export function pairsOf(m: Memory, index: number): number {
  if (index === 0) return 0;
  if (index < m.layout.chunksAt) throw damaged(`an index at ${index}`);
  const bits = m.words[index] as number;
  if (bits < FIRST_BITS || bits > MOST_BITS || index + PAIRS + (2 << bits) > m.layout.totalWords) {
    throw damaged(`an index of 2^${bits} pairs at ${index}`);
  }
  return 1 << bits;
}

/** Where a pair lies. */
export function pairAt(index: number, i: number): number {
  return index + PAIRS + 2 * i;
}

/** The index of a stripe. */
export function indexOf(m: Memory, stripe: number): number {
  return m.words[stripeAt(m, stripe) + S_INDEX] as number;
}

/** The pair of the key in the scratch; 0 when there is none. */
export function findPair(m: Memory, stripe: number, identity: number, generation: number): number {
  const { words, hash } = m;
  const at = stripeAt(m, stripe);
  const index = words[at + S_INDEX] as number;
  if (index === 0) return 0;
  const bits = words[at + S_INDEX_BITS] as number;
  // Lies in the line of the lock, where the first word of the index lies in another one.
  if (
    index < m.layout.chunksAt ||
    bits < 0 ||
    bits > MOST_BITS ||
    index + PAIRS + (2 << bits) > m.layout.totalWords
  )
    throw damaged('an index');
  const mask = (1 << bits) - 1;
  for (let looked = 0, i = hash & mask; looked <= mask; looked++, i = (i + 1) & mask) {
    const pair = pairAt(index, i);
    const block = words[pair + 1] as number;
    if (block === EMPTY) return 0;
    if (words[pair] === hash && block !== TOMB && isAt(m, block, identity, generation)) return pair;
  }
  return 0;
}

/** Sees to it that a stripe has room for more pairs; `false` when there is no memory for that. */
export function makeRoom(m: Memory, stripe: number, more: number): boolean {
  const { words } = m;
  const at = stripeAt(m, stripe);
  const index = words[at + S_INDEX] as number;
  const pairs = pairsOf(m, index);
  const live = words[at + S_LIVE] as number;
  if ((live + (words[at + S_TOMBS] as number) + more) * 4 <= pairs * 3) return true;
  let bits = FIRST_BITS;
  // So large that it is at most half full: a table of many removals is only swept.
  while ((live + more) * 2 > 1 << bits) bits++;
  if (!moveIndex(m, stripe, bits)) {
    return (live + (words[at + S_TOMBS] as number) + more) * 16 <= pairs * 15;
  }
  return true;
}

/** Puts an index of `2^bits` pairs in the place of the one there is. */
export function moveIndex(m: Memory, stripe: number, bits: number): boolean {
  const { words } = m;
  const at = stripeAt(m, stripe);
  const old = words[at + S_INDEX] as number;
  const pairs = pairsOf(m, old);
  if (bits > MOST_BITS) return false;
  const index = takeBlock(m, stripe, PAIRS + (2 << bits));
  if (index === 0) return false;
  words.fill(0, index, index + PAIRS + (2 << bits));
  words[index] = bits;
  const mask = (1 << bits) - 1;
  for (let i = 0; i < pairs; i++) {
    const pair = pairAt(old, i);
    const block = words[pair + 1] as number;
    if (block === EMPTY || block === TOMB) continue;
    const hash = words[pair] as number;
    let to = hash & mask;
    for (let looked = 0; words[pairAt(index, to) + 1] !== EMPTY; looked++, to = (to + 1) & mask) {
      if (looked > mask) throw damaged('an index with more entries than it says');
    }
    words[pairAt(index, to)] = hash;
    words[pairAt(index, to) + 1] = block;
  }
  Atomics.store(words, at + S_INDEX_BITS, bits);
  Atomics.store(words, at + S_INDEX, index);
  words[at + S_TOMBS] = 0;
  if (old !== 0) freeBlock(m, stripe, old);
  return true;
}

/** A pair that is free for the hash in the scratch; {@link makeRoom} saw to it that there is one. */
export function freePair(m: Memory, stripe: number, reuse: boolean): number {
  const { words, hash } = m;
  const index = words[stripeAt(m, stripe) + S_INDEX] as number;
  const pairs = pairsOf(m, index);
  const mask = pairs - 1;
  for (let looked = 0, i = hash & mask; looked < pairs; looked++, i = (i + 1) & mask) {
    const pair = pairAt(index, i);
    const block = words[pair + 1] as number;
    if (block === EMPTY || (reuse && block === TOMB)) return pair;
  }
  throw damaged('an index without a free pair');
}

/** Names a block by a free pair. The one store that makes an entry. */
export function addPair(m: Memory, stripe: number, pair: number, hash: number, block: number): void {
  const { words } = m;
  const at = stripeAt(m, stripe);
  if (words[pair + 1] === TOMB) words[at + S_TOMBS] = (words[at + S_TOMBS] as number) - 1;
  words[at + S_LIVE] = (words[at + S_LIVE] as number) + 1;
  Atomics.store(words, pair, hash);
  Atomics.store(words, pair + 1, block);
}

/** Takes the block out of a pair. The one store that removes an entry. */
export function removePair(m: Memory, stripe: number, pair: number): void {
  const { words } = m;
  const at = stripeAt(m, stripe);
  Atomics.store(words, pair + 1, TOMB);
  words[at + S_TOMBS] = (words[at + S_TOMBS] as number) + 1;
  words[at + S_LIVE] = (words[at + S_LIVE] as number) - 1;
}
