import {
  C_FREE,
  C_FRESH,
  C_KIND,
  C_NEXT,
  C_PREVIOUS,
  C_USED,
  GRANULE_WORDS,
  S_CLASSES,
  S_SLACK,
  SPAN,
} from './layout.ts';
import { chunkOf, chunkStart, claimChunk, claimSpan, recordAt, releaseChunk, releaseSpan } from './chunks.ts';
import { damaged, type Memory } from './memory.ts';
import { stripeAt } from './stripe-lock.ts';

/**
 * Blocks of a stripe, by size classes, in chunks that belong to it; larger ones are runs of chunks. All of it is
 * done under the stripe's lock. What is said here of free blocks is worth nothing after a death: recovery works it
 * out again from the blocks that the index names.
 */

/** Takes a block of at least so many words; 0 when there is no room. */
export function takeBlock(m: Memory, stripe: number, size: number): number {
  const { layout, words } = m;
  if (size > layout.chunkWords) {
    const first = claimSpan(m, stripe + 1, Math.ceil(size / layout.chunkWords));
    return first < 0 ? 0 : chunkStart(m, first);
  }
  const kind = layout.classOf[((size + GRANULE_WORDS - 1) / GRANULE_WORDS) | 0] as number;
  const head = stripeAt(m, stripe) + S_CLASSES + kind;
  let chunk = (words[head] as number) - 1;
  if (chunk < 0) {
    chunk = claimChunk(m, stripe + 1, kind);
    if (chunk < 0) return 0;
    words[head] = chunk + 1;
  } else if (chunk >= layout.chunks) throw damaged(`the chunk ${chunk} in a list`);
  const record = recordAt(m, chunk);
  const blockWords = layout.classes[kind] as number;
  const start = chunkStart(m, chunk);
  const end = start + layout.chunkWords;
  let block = words[record + C_FREE] as number;
  if (block !== 0) {
    if (block < start || block >= end) throw damaged(`the free block ${block} of chunk ${chunk}`);
    words[record + C_FREE] = words[block] as number;
    slack(m, stripe, -blockWords);
  } else {
    block = words[record + C_FRESH] as number;
    if (block < start || block + blockWords > end)
      throw damaged(`the fresh block ${block} of chunk ${chunk}`);
    words[record + C_FRESH] = block + blockWords;
  }
  words[record + C_USED] = (words[record + C_USED] as number) + 1;
  // A chunk without room leaves the list.
  if (words[record + C_FREE] === 0 && (words[record + C_FRESH] as number) + blockWords > end) {
    unlink(m, head, record);
  }
  return block;
}

/** Gives a block back. */
export function freeBlock(m: Memory, stripe: number, block: number): void {
  const { layout, words } = m;
  const chunk = chunkOf(m, block);
  if (block < layout.chunksAt || chunk >= layout.chunks) throw damaged(`the block ${block}`);
  const record = recordAt(m, chunk);
  const kind = words[record + C_KIND] as number;
  if (kind === SPAN) return releaseSpan(m, chunk);
  if (kind < 0 || kind >= layout.classes.length) throw damaged(`the kind ${kind} of chunk ${chunk}`);
  const head = stripeAt(m, stripe) + S_CLASSES + kind;
  const blockWords = layout.classes[kind] as number;
  const full =
    words[record + C_FREE] === 0 &&
    (words[record + C_FRESH] as number) + blockWords > chunkStart(m, chunk) + layout.chunkWords;
  words[block] = words[record + C_FREE] as number;
  words[record + C_FREE] = block;
  slack(m, stripe, blockWords);
  const used = (words[record + C_USED] as number) - 1;
  words[record + C_USED] = used;
  if (full) link(m, head, chunk);
  // The last chunk of a class is kept, so that one entry that comes and goes does not claim it each time.
  if (used === 0 && (words[record + C_NEXT] !== 0 || words[record + C_PREVIOUS] !== 0)) {
    dropChunk(m, stripe, chunk);
  }
}

/** Gives back a chunk in which no block is in use. */
export function dropChunk(m: Memory, stripe: number, chunk: number): void {
  const record = recordAt(m, chunk);
  const kind = m.words[record + C_KIND] as number;
  unlink(m, stripeAt(m, stripe) + S_CLASSES + kind, record);
  slack(m, stripe, chunkStart(m, chunk) - (m.words[record + C_FRESH] as number));
  releaseChunk(m, chunk);
}

/** Counts words that are in free lists. */
export function slack(m: Memory, stripe: number, change: number): void {
  const at = stripeAt(m, stripe) + S_SLACK;
  m.words[at] = (m.words[at] as number) + change;
}

/** Puts a chunk with room at the head of its list. */
export function link(m: Memory, head: number, chunk: number): void {
  const { words } = m;
  const record = recordAt(m, chunk);
  const next = words[head] as number;
  if (next < 0 || next > m.layout.chunks) throw damaged('a list of chunks');
  words[record + C_NEXT] = next;
  words[record + C_PREVIOUS] = 0;
  if (next !== 0) words[recordAt(m, next - 1) + C_PREVIOUS] = chunk + 1;
  words[head] = chunk + 1;
}

/** Takes a chunk out of its list. */
export function unlink(m: Memory, head: number, record: number): void {
  const { words } = m;
  const next = words[record + C_NEXT] as number;
  const previous = words[record + C_PREVIOUS] as number;
  const { chunks } = m.layout;
  if (next < 0 || next > chunks || previous < 0 || previous > chunks) throw damaged('a list of chunks');
  if (previous === 0) words[head] = next;
  else words[recordAt(m, previous - 1) + C_NEXT] = next;
  if (next !== 0) words[recordAt(m, next - 1) + C_PREVIOUS] = previous;
  words[record + C_NEXT] = 0;
  words[record + C_PREVIOUS] = 0;
}

/** Words that a block has room for. */
export function roomOf(m: Memory, block: number): number {
  const record = recordAt(m, chunkOf(m, block));
  const kind = m.words[record + C_KIND] as number;
  if (kind === SPAN) return (m.words[record + C_USED] as number) * m.layout.chunkWords;
  return m.layout.classes[kind] ?? 0;
}
