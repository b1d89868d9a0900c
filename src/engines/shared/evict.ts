import { removeEntry } from './apply.ts';

import { freeBlock, roomOf } from './blocks.ts';
import { ENTRY, kindAt, unmarkUsed } from './entries.ts';
import { EMPTY, S_HAND, TOMB } from './layout.ts';
import type { Local } from './local.ts';
import type { Memory } from './memory.ts';
import { EVICTED } from './ring.ts';
import { stripeAt } from './stripe-lock.ts';
import { tidyStripe } from './tidy.ts';
import { indexOf, pairAt, pairsOf } from './table.ts';
import { trySpare, trySpareRun } from './spare.ts';

/**
 * Makes space in a stripe that has none, under its lock; the caller tries again afterwards.
 *
 * @param size - bytes that are needed, about
 * @param keep - a block that must stay
 * @param tries - how often this was asked for the same write
 * @returns `false`: there is nothing more to be done
 */
export function makeSpace(local: Local, stripe: number, size: number, keep: number, tries: number): boolean {
  const { m } = local;
  if (tries === 0 && tidyStripe(m, stripe)) return true;
  if (!local.evicts || tries > MOST_TRIES) return false;
  // An entry of about the size makes way for one of its size; if there is none, whatever was not used lately.
  if (evictOne(local, stripe, size, keep)) return true;
  const chunks = Math.ceil((size + KEY_ROOM) / (m.layout.chunkWords * 4));
  if (chunks > 1 ? trySpareRun(local, stripe, chunks) : trySpare(local, stripe)) return true;
  return evictOne(local, stripe, 0, keep);
}

const MOST_TRIES = 10_000;
/** Bytes of a block beside key and value, at most. */
const KEY_ROOM = 64;

/** Evicts the entry that the hand meets first and that was not used since it came by. */
export function evictOne(local: Local, stripe: number, size: number, keep: number): boolean {
  const { m } = local;
  const { words } = m;
  const at = stripeAt(m, stripe);
  const index = indexOf(m, stripe);
  const pairs = pairsOf(m, index);
  if (pairs === 0) return false;
  const mask = pairs - 1;
  let hand = (words[at + S_HAND] as number) & mask;
  const least = size === 0 ? 0 : (size >> 2) + 7;
  // Twice around: the first round may find all entries used.
  for (let looked = 0; looked <= 2 * pairs; looked++, hand = (hand + 1) & mask) {
    const pair = pairAt(index, hand);
    const block = words[pair + 1] as number;
    if (block === EMPTY || block === TOMB || block === keep || kindAt(m, block) !== ENTRY) continue;
    if (least > 0 && !fits(m, block, least)) continue;
    if (unmarkUsed(m, block)) continue;
    words[at + S_HAND] = (hand + 1) & mask;
    removeEntry(local, stripe, pair, EVICTED, undefined);
    freeBlock(m, stripe, block);
    return true;
  }
  return false;
}

/** `true` when a block is large enough, and not far too large. */
function fits(m: Memory, block: number, least: number): boolean {
  const room = roomOf(m, block);
  return room >= least && room <= least * 2 + 8;
}
