import { dropChunk, freeBlock } from './blocks.ts';
import { chunkOf, recordAt } from './chunks.ts';
import { removeEntry } from './apply.ts';
import { ENTRY, kindAt, unmarkUsed } from './entries.ts';
import { C_KIND, C_OWNER, C_USED, EMPTY, S_HEAP, TAIL, TOMB } from './layout.ts';
import type { Local } from './local.ts';
import type { Memory } from './memory.ts';
import { EVICTED } from './ring.ts';
import { stripeAt, tryToWrite, unlock } from './stripe-lock.ts';
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
export function trySpare(local: Local, stripe: number): boolean {
  const { m } = local;
  const { layout } = m;
  for (let asked = 1; asked <= Math.min(ASKED, layout.stripes - 1); asked++) {
    const other = (stripe + asked) & (layout.stripes - 1);
    if (!tryToWrite(m, other)) continue;
    let won = false;
    try {
      won = tidyStripe(m, other) || emptyChunk(local, other);
    } finally {
      unlock(m, other);
    }
    if (won) return true;
  }
  return false;
}

/** Evicts all entries of a chunk that was not used lately. */
function emptyChunk(local: Local, stripe: number): boolean {
  const index = indexOf(local.m, stripe);
  const pairs = pairsOf(local.m, index);
  const chunk = pairs === 0 ? -1 : chosenChunk(local.m, stripe, index, pairs);
  return chunk >= 0 && evictChunk(local, stripe, chunk);
}

/** Evicts all entries of a chunk; `false` when something else is in it. */
function evictChunk(local: Local, stripe: number, chunk: number): boolean {
  const { m } = local;
  const { words } = m;
  const index = indexOf(m, stripe);
  const pairs = pairsOf(m, index);
  const heap = words[stripeAt(m, stripe) + S_HEAP] as number;
  if (chunkOf(m, index) === chunk || (heap !== 0 && chunkOf(m, heap) === chunk)) return false;
  // The tail of a run goes with its head.
  if (words[recordAt(m, chunk) + C_KIND] === TAIL) return false;
  const owner = recordAt(m, chunk) + C_OWNER;
  for (let i = 0; i < pairs && words[owner] === stripe + 1; i++) {
    const block = words[pairAt(index, i) + 1] as number;
    if (block === EMPTY || block === TOMB || chunkOf(m, block) !== chunk) continue;
    if (kindAt(m, block) !== ENTRY) return false;
    removeEntry(local, stripe, pairAt(index, i), EVICTED, undefined);
    freeBlock(m, stripe, block);
  }
  if (words[owner] !== stripe + 1) return true;
  // The last chunk of its class is kept when it is empty, but not now.
  if (words[recordAt(m, chunk) + C_USED] !== 0) return false;
  dropChunk(m, stripe, chunk);
  return true;
}

/** Makes a run of chunks free, whoever has them, by evicting what is in them. */
export function trySpareRun(local: Local, stripe: number, length: number): boolean {
  const { m } = local;
  for (let first = 0; first + length <= m.layout.chunks; first++) {
    let free = 0;
    while (free < length && freeOne(local, stripe, first + free)) free++;
    if (free === length) return true;
    first += free;
  }
  return false;
}

function freeOne(local: Local, stripe: number, chunk: number): boolean {
  const { m } = local;
  const owner = m.words[recordAt(m, chunk) + C_OWNER] as number;
  if (owner === 0) return true;
  const other = owner - 1;
  if (other >= m.layout.stripes) return false;
  if (other === stripe) return evictChunk(local, stripe, chunk);
  if (!tryToWrite(m, other)) return false;
  try {
    return m.words[recordAt(m, chunk) + C_OWNER] === owner && evictChunk(local, other, chunk);
  } finally {
    unlock(m, other);
  }
}

/**
 * The chunk of an entry that was not used lately, with nothing else in it that was, or that is no entry; -1 when
 * there is none. Marks of use are taken away on the way.
 */
function chosenChunk(m: Memory, stripe: number, index: number, pairs: number): number {
  const { words } = m;
  const at = stripeAt(m, stripe);
  const heap = words[at + S_HEAP] as number;
  const barred = new Set([chunkOf(m, index), heap === 0 ? -1 : chunkOf(m, heap)]);
  const offered = new Set<number>();
  for (let i = 0; i < pairs; i++) {
    const block = words[pairAt(index, i) + 1] as number;
    if (block === EMPTY || block === TOMB) continue;
    const chunk = chunkOf(m, block);
    if (kindAt(m, block) !== ENTRY || unmarkUsed(m, block)) barred.add(chunk);
    offered.add(chunk);
  }
  for (const chunk of offered) if (!barred.has(chunk)) return chunk;
  return -1;
}
