import { freeBlock } from './blocks.ts';
import { chunkOf, chunkStart, recordAt } from './chunks.ts';
import { removeEntry } from './apply.ts';
import { ENTRY, kindAt, unmarkUsed } from './entries.ts';
import { C_KIND, C_OWNER, EMPTY, S_HAND, S_HEAP, TOMB } from './layout.ts';
import type { Local } from './local.ts';
import type { Memory } from './memory.ts';
import { EVICTED } from './ring.ts';
import { stripeAt, tryToWrite, unlockWrite } from './stripe-lock.ts';
import { indexOf, pairAt, pairsOf } from './table.ts';
import { tidyStripe } from './tidy.ts';

/** How many other stripes are asked for a chunk. */
const ASKED = 64;

/**
 * Wins a chunk for a stripe from the others, by tidying, or by evicting all entries of one. The lock of
 * the caller's stripe is held, so others are only tried.
 *
 * @returns `true` when a chunk was given back
 */
export function trySpare(local: Local, stripe: number, size: number): boolean {
  const { m } = local;
  const { layout } = m;
  for (let asked = 1; asked <= Math.min(ASKED, layout.stripes - 1); asked++) {
    const other = (stripe + asked) & (layout.stripes - 1);
    if (!tryToWrite(m, other)) continue;
    let won = false;
    try {
      won = tidyStripe(m, other) || (size <= layout.chunkWords * 4 && emptyChunk(local, other));
    } finally {
      unlockWrite(m, other);
    }
    if (won) return true;
  }
  return false;
}

/** Evicts all entries of one chunk. */
function emptyChunk(local: Local, stripe: number): boolean {
  const { m } = local;
  const { words } = m;
  const at = stripeAt(m, stripe);
  const index = indexOf(m, stripe);
  const pairs = pairsOf(m, index);
  if (pairs === 0) return false;
  const chunk = chosenChunk(m, stripe, index, pairs);
  if (chunk < 0) return false;
  const owner = recordAt(m, chunk) + C_OWNER;
  const kind = words[recordAt(m, chunk) + C_KIND];
  for (let i = 0; i < pairs; i++) {
    const block = words[pairAt(index, i) + 1] as number;
    if (block === EMPTY || block === TOMB || chunkOf(m, block) !== chunk) continue;
    if (kindAt(m, block) !== ENTRY) return false;
    removeEntry(local, stripe, pairAt(index, i), EVICTED, undefined);
    freeBlock(m, stripe, block);
    if (words[owner] !== stripe + 1) return true;
  }
  words[at + S_HAND] = 0;
  return words[owner] !== stripe + 1 || words[recordAt(m, chunk) + C_KIND] !== kind;
}

/** The chunk of an entry that was not used lately, without anything but entries in it; -1 when there is none. */
function chosenChunk(m: Memory, stripe: number, index: number, pairs: number): number {
  const { words } = m;
  const at = stripeAt(m, stripe);
  const heap = words[at + S_HEAP] as number;
  const taken = [chunkOf(m, index), heap === 0 ? -1 : chunkOf(m, heap)];
  let hand = (words[at + S_HAND] as number) & (pairs - 1);
  for (let looked = 0; looked <= 2 * pairs; looked++, hand = (hand + 1) & (pairs - 1)) {
    const block = words[pairAt(index, hand) + 1] as number;
    if (block === EMPTY || block === TOMB || kindAt(m, block) !== ENTRY) continue;
    if (taken.includes(chunkOf(m, block)) || unmarkUsed(m, block)) continue;
    words[at + S_HAND] = hand;
    return chunkStart(m, chunkOf(m, block)) > 0 ? chunkOf(m, block) : -1;
  }
  return -1;
}
