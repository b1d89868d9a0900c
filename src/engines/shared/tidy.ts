import { chunkOf, chunkStart, recordAt, releaseChunk } from './chunks.ts';
import { dropChunk, link, slack, takeBlock, unlink } from './blocks.ts';
import { hashAt } from './entries.ts';
import {
  C_FREE,
  C_FRESH,
  C_NEXT,
  C_USED,
  EMPTY,
  S_CLASSES,
  S_HEAP,
  S_LIVE,
  S_SLACK,
  S_TOMBS,
  TOMB,
} from './layout.ts';
import { damaged, type Memory } from './memory.ts';
import { stripeAt } from './stripe-lock.ts';
import { indexOf, moveIndex, pairAt, pairsOf } from './table.ts';

/**
 * Defragments a stripe under its lock: blocks move out of the chunks that are used least, until such a chunk is
 * empty and can be given back. A block moves by one store in the index.
 *
 * @returns `true` when a chunk was given back
 */
export function tidyStripe(m: Memory, stripe: number): boolean {
  const { words, layout } = m;
  const at = stripeAt(m, stripe);
  if ((words[at + S_SLACK] as number) < layout.chunkWords / 4) return false;
  let released = shrinkIndex(m, stripe);
  for (let kind = 0; kind < layout.classes.length; kind++) {
    while (emptyOne(m, stripe, kind)) released = true;
  }
  return released;
}

/** Sweeps the index, and makes it smaller where three quarters of it are empty. */
function shrinkIndex(m: Memory, stripe: number): boolean {
  const { words } = m;
  const at = stripeAt(m, stripe);
  const pairs = pairsOf(m, indexOf(m, stripe));
  const live = words[at + S_LIVE] as number;
  if (pairs <= 16 || (live * 4 > pairs && (words[at + S_TOMBS] as number) * 8 < pairs)) return false;
  let bits = 4;
  while (live * 2 > 1 << bits) bits++;
  return moveIndex(m, stripe, Math.max(bits, 4));
}

/** Moves the blocks of the chunk of a class that has the fewest; `false` when others have no room for them. */
function emptyOne(m: Memory, stripe: number, kind: number): boolean {
  const { words, layout } = m;
  const head = stripeAt(m, stripe) + S_CLASSES + kind;
  const size = layout.classes[kind] as number;
  const whole = Math.floor(layout.chunkWords / size);
  let least = -1;
  let leastUsed = Infinity;
  let room = 0;
  let seen = 0;
  for (let next = words[head] as number; next !== 0; next = words[recordAt(m, next - 1) + C_NEXT] as number) {
    if (next > layout.chunks || seen++ > layout.chunks) throw damaged('a list of chunks');
    const used = words[recordAt(m, next - 1) + C_USED] as number;
    room += whole - used;
    if (used >= leastUsed || holdsOther(m, stripe, next - 1)) continue;
    least = next - 1;
    leastUsed = used;
  }
  if (leastUsed === 0) {
    dropChunk(m, stripe, least);
    return true;
  }
  if (least < 0 || room - (whole - leastUsed) < leastUsed || seen < 2) return false;
  return moveOut(m, stripe, least, head, size);
}

/** `true` for a chunk with the index or the heap of the stripe in it. */
function holdsOther(m: Memory, stripe: number, chunk: number): boolean {
  const heap = m.words[stripeAt(m, stripe) + S_HEAP] as number;
  return chunkOf(m, indexOf(m, stripe)) === chunk || (heap !== 0 && chunkOf(m, heap) === chunk);
}

function moveOut(m: Memory, stripe: number, chunk: number, head: number, size: number): boolean {
  const { words, layout } = m;
  const record = recordAt(m, chunk);
  const start = chunkStart(m, chunk);
  const free = new Set<number>();
  for (let block = words[record + C_FREE] as number; block !== 0; block = words[block] as number) {
    if (block < start || block >= start + layout.chunkWords || free.has(block))
      throw damaged('a list of blocks');
    free.add(block);
  }
  unlink(m, head, record);
  const fresh = words[record + C_FRESH] as number;
  for (let block = start; block + size <= fresh; block += size) {
    if (free.has(block)) continue;
    const pair = pairNaming(m, stripe, block);
    const to = pair === 0 ? 0 : takeBlock(m, stripe, size);
    if (to === 0) {
      link(m, head, chunk);
      return false;
    }
    words.copyWithin(to, block, block + size);
    Atomics.store(words, pair + 1, to);
    words[block] = words[record + C_FREE] as number;
    words[record + C_FREE] = block;
    words[record + C_USED] = (words[record + C_USED] as number) - 1;
    slack(m, stripe, size);
  }
  slack(m, stripe, start - fresh);
  releaseChunk(m, chunk);
  return true;
}

/** The pair that names a block; 0 when none does. */
export function pairNaming(m: Memory, stripe: number, block: number): number {
  const { words } = m;
  const index = indexOf(m, stripe);
  const pairs = pairsOf(m, index);
  const mask = pairs - 1;
  for (let looked = 0, i = hashAt(m, block) & mask; looked < pairs; looked++, i = (i + 1) & mask) {
    const pair = pairAt(index, i);
    const found = words[pair + 1] as number;
    if (found === block) return pair;
    if (found === EMPTY) return 0;
    if (found === TOMB) continue;
  }
  return 0;
}
