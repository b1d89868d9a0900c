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
  M_COUNTS,
  M_GENERATION,
  MAP_COUNT,
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
import { stripeAt } from './stripe-lock.ts';
import { indexOf, pairAt, pairsOf } from './table.ts';

/**
 * Makes everything of a stripe anew from its index, which is always right: counts, free lists, chunks that nothing
 * lies in, the heap of what expires. This is what makes a death at any instruction harmless. It can be done again
 * from the beginning at any time.
 */
export function rebuildStripe(m: Memory, stripe: number, base: number): void {
  const { words } = m;
  const at = stripeAt(m, stripe);
  const used = new Set<number>();
  const index = indexOf(m, stripe);
  const pairs = pairsOf(m, index);
  if (index !== 0) used.add(index);
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
  for (let map = 1; map <= (words[MAP_COUNT] as number); map++) {
    const record = words[m.layout.mapsAt + map - 1] as number;
    if (record > 0) words[record + M_COUNTS + stripe] = 0;
  }
  for (let i = 0; i < pairs; i++) {
    const block = words[pairAt(index, i) + 1] as number;
    if (block === TOMB) words[at + S_TOMBS] = (words[at + S_TOMBS] as number) + 1;
    if (block === EMPTY || block === TOMB) continue;
    if (isStray(m, block)) {
      Atomics.store(words, pairAt(index, i) + 1, TOMB);
      words[at + S_TOMBS] = (words[at + S_TOMBS] as number) + 1;
      continue;
    }
    used.add(block);
    words[at + S_LIVE] = (words[at + S_LIVE] as number) + 1;
    account(m, stripe, block, 1);
  }
  rebuildChunks(m, stripe, used);
  if ((words[at + S_EXPIRING] as number) > 0) rebuildDue(m, stripe, base);
}

/** `true` for what belongs to no map: loaded by a thread that did not come to its end, or replaced by a load. */
function isStray(m: Memory, block: number): boolean {
  if (kindAt(m, block) === LOCK) return false;
  const map = mapAt(m, block);
  if (map < 1 || map > (m.words[MAP_COUNT] as number)) return true;
  return generationAt(m, block) !== m.words[mapRecord(m, map) + M_GENERATION];
}

/** Sets up the chunks of a stripe so that exactly some blocks are in use. */
function rebuildChunks(m: Memory, stripe: number, used: ReadonlySet<number>): void {
  const { words, layout } = m;
  const at = stripeAt(m, stripe);
  for (let word = S_CLASSES; word < STRIPE_WORDS; word++) words[at + word] = 0;
  let tailsUntil = 0;
  for (let chunk = 0; chunk < layout.chunks; chunk++) {
    const record = recordAt(m, chunk);
    if (words[record + C_OWNER] !== stripe + 1) continue;
    const kind = words[record + C_KIND] as number;
    if (kind === SPAN && used.has(chunkStart(m, chunk)))
      tailsUntil = chunk + (words[record + C_USED] as number);
    else if (kind === SPAN || kind === TAIL || kind < 0 || kind >= layout.classes.length) {
      if (chunk >= tailsUntil) releaseChunk(m, chunk);
    } else rebuildChunk(m, stripe, chunk, kind, used);
  }
}

function rebuildChunk(
  m: Memory,
  stripe: number,
  chunk: number,
  kind: number,
  used: ReadonlySet<number>,
): void {
  const { words, layout } = m;
  const record = recordAt(m, chunk);
  const start = chunkStart(m, chunk);
  const size = layout.classes[kind] as number;
  const last = start + layout.chunkWords - size;
  let count = 0;
  let fresh = start;
  for (let block = start; block <= last; block += size) {
    if (!used.has(block)) continue;
    count++;
    fresh = block + size;
  }
  if (count === 0) {
    releaseChunk(m, chunk);
    return;
  }
  let free = 0;
  for (let block = fresh - size; block >= start; block -= size) {
    if (used.has(block)) continue;
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
