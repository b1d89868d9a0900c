import { chunkStart, recordAt, releaseChunk } from './chunks.ts';
import { rebuildDue } from './due.ts';
import { account, mapRecord } from './apply.ts';
import { generationAt, kindAt, LOCK, mapAt } from './entries.ts';
import {
  C_FREE,
  C_FRESH,
  C_KIND,
  C_NEXT,
  C_OWNER,
  C_PREVIOUS,
  C_USED,
  EMPTY,
  GRANULE_WORDS,
  M_COUNTS,
  M_GENERATION,
  S_CLASSES,
  S_DUE,
  S_EXPIRING,
  S_HEAP,
  S_HEAP_LENGTH,
  S_INDEX_BITS,
  S_LIVE,
  S_LOCKS,
  S_SLACK,
  S_STONES,
  S_TOMBS,
  SPAN,
  STRIPE_WORDS,
  TAIL,
  TOMB,
} from './layout.ts';
import type { Memory } from './memory.ts';
import { mapCount } from './registry.ts';
import { stripeAt } from './stripe-lock.ts';
import { indexOf, pairAt, pairsOf } from './table.ts';

/**
 * Makes everything of some stripes anew from their indexes, which are always right: counts, free lists, chunks that nothing
 * lies in, the heaps of what expires. This is what makes a death at any instruction harmless. It can be done again
 * from the beginning at any time.
 */
export function rebuildStripes(m: Memory, stripes: readonly number[], base: number): void {
  if (stripes.length === 0) return;
  const { words, layout } = m;
  const used: Used = {
    granules: new Uint8Array(Math.ceil(layout.totalWords / GRANULE_WORDS / 8)),
    stripes: new Uint8Array(layout.stripes),
  };
  for (let i = 0; i < stripes.length; i++) {
    const stripe = stripes[i] as number;
    used.stripes[stripe] = 1;
    rebuildCounts(m, stripe, used);
  }
  rebuildChunks(m, used);
  for (let i = 0; i < stripes.length; i++) {
    const stripe = stripes[i] as number;
    if ((words[stripeAt(m, stripe) + S_EXPIRING] as number) > 0) rebuildDue(m, stripe, base);
  }
}

/** Which stripes are made anew, and which blocks they name: a bit for each granule. */
interface Used {
  readonly granules: Uint8Array;
  readonly stripes: Uint8Array;
}

function use({ granules }: Used, block: number): void {
  const granule = block / GRANULE_WORDS;
  granules[granule >> 3] = (granules[granule >> 3] as number) | (1 << (granule & 7));
}

function isUsed({ granules }: Used, block: number): boolean {
  const granule = block / GRANULE_WORDS;
  return ((granules[granule >> 3] as number) & (1 << (granule & 7))) !== 0;
}

/** Counts what the index of a stripe names; its blocks are in use. */
function rebuildCounts(m: Memory, stripe: number, used: Used): void {
  const { words } = m;
  const at = stripeAt(m, stripe);
  const index = indexOf(m, stripe);
  const pairs = pairsOf(m, index);
  if (index !== 0) use(used, index);
  // Two words that are written one after the other: the index itself is right.
  words[at + S_INDEX_BITS] = index === 0 ? 0 : (words[index] as number);
  for (const word of [
    S_LIVE,
    S_TOMBS,
    S_LOCKS,
    S_STONES,
    S_EXPIRING,
    S_SLACK,
    S_HEAP,
    S_HEAP_LENGTH,
    S_DUE,
  ]) {
    words[at + word] = 0;
  }
  for (let word = S_CLASSES; word < STRIPE_WORDS; word++) words[at + word] = 0;
  const maps = mapCount(m);
  for (let map = 1; map <= maps; map++) words[mapRecord(m, map) + M_COUNTS + stripe] = 0;
  for (let i = 0; i < pairs; i++) {
    const block = words[pairAt(index, i) + 1] as number;
    if (block === TOMB) words[at + S_TOMBS] = (words[at + S_TOMBS] as number) + 1;
    if (block === EMPTY || block === TOMB) continue;
    if (isStray(m, block, maps)) {
      Atomics.store(words, pairAt(index, i) + 1, TOMB);
      words[at + S_TOMBS] = (words[at + S_TOMBS] as number) + 1;
      continue;
    }
    use(used, block);
    words[at + S_LIVE] = (words[at + S_LIVE] as number) + 1;
    account(m, stripe, block, 1);
  }
}

/** `true` for what belongs to no map: loaded by a thread that did not come to its end, or replaced by a load. */
function isStray(m: Memory, block: number, maps: number): boolean {
  if (block < m.layout.chunksAt || block >= m.layout.totalWords) return true;
  if (kindAt(m, block) === LOCK) return false;
  const map = mapAt(m, block);
  if (map < 1 || map > maps) return true;
  return generationAt(m, block) !== m.words[mapRecord(m, map) + M_GENERATION];
}

/** Sets up the chunks of the stripes so that exactly some blocks are in use, in one pass over all chunks there are. */
function rebuildChunks(m: Memory, used: Used): void {
  const { words, layout } = m;
  let tailsUntil = 0;
  for (let chunk = 0; chunk < layout.chunks; chunk++) {
    const record = recordAt(m, chunk);
    const stripe = (words[record + C_OWNER] as number) - 1;
    if (stripe < 0 || used.stripes[stripe] !== 1) continue;
    const kind = words[record + C_KIND] as number;
    if (kind === SPAN && isUsed(used, chunkStart(m, chunk)))
      tailsUntil = chunk + (words[record + C_USED] as number);
    else if (kind === SPAN || kind === TAIL || kind < 0 || kind >= layout.classes.length) {
      if (chunk >= tailsUntil) releaseChunk(m, chunk);
    } else rebuildChunk(m, stripe, chunk, kind, used);
  }
}

function rebuildChunk(m: Memory, stripe: number, chunk: number, kind: number, used: Used): void {
  const { words, layout } = m;
  const record = recordAt(m, chunk);
  const start = chunkStart(m, chunk);
  const size = layout.classes[kind] as number;
  const last = start + layout.chunkWords - size;
  let count = 0;
  let fresh = start;
  for (let block = start; block <= last; block += size) {
    if (!isUsed(used, block)) continue;
    count++;
    fresh = block + size;
  }
  if (count === 0) {
    releaseChunk(m, chunk);
    return;
  }
  let free = 0;
  for (let block = fresh - size; block >= start; block -= size) {
    if (isUsed(used, block)) continue;
    words[block] = free;
    free = block;
  }
  words[record + C_USED] = count;
  words[record + C_FREE] = free;
  words[record + C_FRESH] = fresh;
  words[record + C_NEXT] = 0;
  words[record + C_PREVIOUS] = 0;
  const slack = stripeAt(m, stripe) + S_SLACK;
  words[slack] = (words[slack] as number) + (fresh - start) - count * size;
  if (free === 0 && fresh > last) return;
  const head = stripeAt(m, stripe) + S_CLASSES + kind;
  const next = words[head] as number;
  words[record + C_NEXT] = next;
  if (next !== 0) words[recordAt(m, next - 1) + C_PREVIOUS] = chunk + 1;
  words[head] = chunk + 1;
}
