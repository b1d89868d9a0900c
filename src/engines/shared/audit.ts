import { chunkStart, recordAt, STORE_OWNER, THREAD_OWNER } from './chunks.ts';
import { firstDue, NEVER } from './due.ts';
import { ENTRY, expiryAt, generationAt, hashAt, kindAt, LOCK, mapAt, STONE, versionAt } from './entries.ts';
import {
  C_FREE,
  C_FRESH,
  C_KIND,
  C_NEXT,
  C_OWNER,
  C_USED,
  EMPTY,
  M_COUNTS,
  M_GENERATION,
  MAP_COUNT,
  OWNER_MASK,
  RING_LOCK,
  S_CLASSES,
  S_EXPIRING,
  S_HEAP,
  S_HEAP_LENGTH,
  S_LIVE,
  S_LOCK,
  S_LOCKS,
  S_SLACK,
  S_STONES,
  S_TOMBS,
  SPAN,
  TAIL,
  TOMB,
} from './layout.ts';
import type { Memory } from './memory.ts';
import { stripeAt, stripeOf } from './stripe-lock.ts';
import { indexOf, pairAt, pairsOf } from './table.ts';
import { newestVersion } from './versions.ts';

/** What an audit found. */
export interface Audit {
  /** What is wrong; empty when all is well. */
  readonly problems: readonly string[];
  readonly entries: number;
  /** Words of blocks in use, of blocks that are free, and of chunks that nobody owns: together the arena. */
  readonly usedWords: number;
  readonly freeWords: number;
  readonly arenaWords: number;
}

/**
 * Walks the whole store and counts everything anew: every block is in use exactly once or free exactly once, counts are
 * right, versions are not above the newest, nobody holds a lock. Nothing may be under way in any thread.
 */
export function audit(m: Memory): Audit {
  const problems: string[] = [];
  const { words, layout } = m;
  if (words[RING_LOCK] !== 0) problems.push('the ring is locked');
  let entries = 0;
  const used = new Map<number, number>();
  for (let stripe = 0; stripe < layout.stripes; stripe++) entries += auditStripe(m, stripe, used, problems);
  let usedWords = 0;
  let freeWords = 0;
  let found = 0;
  for (let chunk = 0; chunk < layout.chunks; chunk++) {
    const record = recordAt(m, chunk);
    const owner = words[record + C_OWNER] as number;
    if (owner === 0) {
      freeWords += layout.chunkWords;
      continue;
    }
    if (owner >= THREAD_OWNER) {
      if (owner < STORE_OWNER && owner > THREAD_OWNER + layout.threads)
        problems.push(`chunk ${chunk}: owner ${owner}`);
      usedWords += layout.chunkWords;
      continue;
    }
    const kind = words[record + C_KIND] as number;
    if (kind === TAIL) usedWords += layout.chunkWords;
    else if (kind === SPAN) {
      usedWords += layout.chunkWords;
      if (used.get(chunkStart(m, chunk)) === owner - 1) found++;
      else problems.push(`chunk ${chunk}: a run that nothing names`);
    } else {
      const counted = auditChunk(m, chunk, owner - 1, kind, used, problems);
      found += counted.blocks;
      usedWords += counted.words;
      freeWords += layout.chunkWords - counted.words;
    }
  }
  if (found !== used.size) problems.push(`${used.size} blocks are named, ${found} are in use`);
  return { problems, entries, usedWords, freeWords, arenaWords: layout.chunks * layout.chunkWords };
}

function auditStripe(m: Memory, stripe: number, used: Map<number, number>, problems: string[]): number {
  const { words } = m;
  const at = stripeAt(m, stripe);
  const say = (problem: string): void => void problems.push(`stripe ${stripe}: ${problem}`);
  const name = (block: number): void => {
    if (used.has(block)) say(`block ${block} is named twice`);
    used.set(block, stripe);
  };
  if (((words[at + S_LOCK] as number) & OWNER_MASK) !== 0)
    say(`held by ${(words[at + S_LOCK] as number) & OWNER_MASK}`);
  const index = indexOf(m, stripe);
  if (index !== 0) name(index);
  if (words[at + S_HEAP] !== 0) name(words[at + S_HEAP] as number);
  const counts = { live: 0, tombs: 0, locks: 0, stones: 0, expiring: 0, entries: 0 };
  const byMap = new Map<number, number>();
  const newest = newestVersion(m);
  const pairs = pairsOf(m, index);
  for (let i = 0; i < pairs; i++) {
    const block = words[pairAt(index, i) + 1] as number;
    if (block === TOMB) counts.tombs++;
    if (block === EMPTY || block === TOMB) continue;
    name(block);
    counts.live++;
    if (hashAt(m, block) !== words[pairAt(index, i)]) say(`block ${block} under another hash`);
    if (stripeOf(m, hashAt(m, block)) !== stripe) say(`block ${block} of another stripe`);
    if (versionAt(m, block) > newest) say(`version ${versionAt(m, block)} above ${newest}`);
    if (expiryAt(m, block) !== 0) counts.expiring++;
    const kind = kindAt(m, block);
    if (kind === LOCK) counts.locks++;
    if (kind === STONE) counts.stones++;
    if (kind !== ENTRY) continue;
    counts.entries++;
    byMap.set(mapAt(m, block), (byMap.get(mapAt(m, block)) ?? 0) + 1);
    const record = words[m.layout.mapsAt + mapAt(m, block) - 1] as number;
    if (generationAt(m, block) !== words[record + M_GENERATION]) say(`block ${block} of another generation`);
  }
  const same = (what: string, told: number | undefined, real: number): void => {
    if (told !== real) say(`${what}: ${told} instead of ${real}`);
  };
  same('live', words[at + S_LIVE], counts.live);
  same('tombs', words[at + S_TOMBS], counts.tombs);
  same('locks', words[at + S_LOCKS], counts.locks);
  same('stones', words[at + S_STONES], counts.stones);
  same('expiring', words[at + S_EXPIRING], counts.expiring);
  if ((words[at + S_HEAP_LENGTH] as number) < counts.expiring) say('a heap that is too short');
  const first = words[at + S_HEAP_LENGTH] === 0 ? NEVER : words[words[at + S_HEAP] as number];
  same('first tick', firstDue(m, stripe), first ?? NEVER);
  for (let map = 1; map <= (words[MAP_COUNT] as number); map++) {
    const record = words[m.layout.mapsAt + map - 1] as number;
    same(`count of map ${map}`, words[record + M_COUNTS + stripe], byMap.get(map) ?? 0);
  }
  auditLists(m, stripe, say);
  return counts.entries;
}

/** The lists of chunks with room, and what they say to have free. */
function auditLists(m: Memory, stripe: number, say: (problem: string) => void): void {
  const { words, layout } = m;
  const at = stripeAt(m, stripe);
  let slack = 0;
  for (let chunk = 0; chunk < layout.chunks; chunk++) {
    const record = recordAt(m, chunk);
    const kind = words[record + C_KIND] as number;
    if (words[record + C_OWNER] !== stripe + 1 || kind === SPAN || kind === TAIL) continue;
    const size = layout.classes[kind] as number;
    slack +=
      (words[record + C_FRESH] as number) - chunkStart(m, chunk) - (words[record + C_USED] as number) * size;
  }
  if (slack !== words[at + S_SLACK]) say(`slack: ${words[at + S_SLACK]} instead of ${slack}`);
  for (let kind = 0; kind < layout.classes.length; kind++) {
    const seen = new Set<number>();
    for (let next = words[at + S_CLASSES + kind] as number; next !== 0;) {
      if (seen.has(next) || words[recordAt(m, next - 1) + C_OWNER] !== stripe + 1) {
        say(`the list of class ${kind}`);
        break;
      }
      seen.add(next);
      next = words[recordAt(m, next - 1) + C_NEXT] as number;
    }
  }
}

function auditChunk(
  m: Memory,
  chunk: number,
  stripe: number,
  kind: number,
  used: ReadonlyMap<number, number>,
  problems: string[],
): { readonly blocks: number; readonly words: number } {
  const { words, layout } = m;
  const record = recordAt(m, chunk);
  const start = chunkStart(m, chunk);
  const size = layout.classes[kind];
  if (size === undefined) {
    problems.push(`chunk ${chunk}: kind ${kind}`);
    return { blocks: 0, words: 0 };
  }
  const free = new Set<number>();
  for (let block = words[record + C_FREE] as number; block !== 0; block = words[block] as number) {
    if (free.has(block) || block < start || block >= start + layout.chunkWords) {
      problems.push(`chunk ${chunk}: its list of free blocks`);
      break;
    }
    free.add(block);
  }
  let blocks = 0;
  for (let block = start; block + size <= (words[record + C_FRESH] as number); block += size) {
    const inUse = used.get(block) === stripe;
    if (inUse) blocks++;
    if (inUse === free.has(block))
      problems.push(`chunk ${chunk}: block ${block} is ${inUse ? 'used and free' : 'lost'}`);
  }
  if (blocks !== words[record + C_USED])
    problems.push(`chunk ${chunk}: ${words[record + C_USED]} used, ${blocks} real`);
  return { blocks, words: blocks * size };
}
