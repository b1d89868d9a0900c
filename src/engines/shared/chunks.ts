import {
  C_FREE,
  C_FRESH,
  C_KIND,
  C_NEXT,
  C_OWNER,
  C_PREVIOUS,
  C_USED,
  CHUNK_RECORD_WORDS,
  FREE_HINT,
  SPAN,
  TAIL,
} from './layout.ts';
import type { Memory } from './memory.ts';

/**
 * Chunks: the pieces of the buffer that stripes take blocks from. A chunk belongs to a stripe, to a
 * thread (its list of stores) or to the store (the record of a map) for as long as its owner word says so; it is
 * claimed and given back by that one word, without a lock. All other words of its record are its owner's.
 */

/** Owners: a stripe's number plus one, a thread's number and this, or the store. */
export const THREAD_OWNER = 0x10000;
export const STORE_OWNER = 0x20000;

/** Where the record of a chunk lies. */
export function recordAt(m: Memory, chunk: number): number {
  return m.layout.recordsAt + chunk * CHUNK_RECORD_WORDS;
}

/** The chunk that a block lies in. */
export function chunkOf(m: Memory, block: number): number {
  return (block - m.layout.chunksAt) >> m.layout.chunkBits;
}

/** Where a chunk's blocks begin. */
export function chunkStart(m: Memory, chunk: number): number {
  return m.layout.chunksAt + (chunk << m.layout.chunkBits);
}

/** Claims a chunk for blocks of a class; -1 when there is none. */
export function claimChunk(m: Memory, owner: number, kind: number): number {
  const { words } = m;
  const { chunks } = m.layout;
  let chunk = Atomics.load(words, FREE_HINT) >>> 0;
  for (let looked = 0; looked < chunks; looked++, chunk++) {
    if (chunk >= chunks) chunk = 0;
    const record = recordAt(m, chunk);
    if (words[record + C_OWNER] !== 0) continue;
    if (Atomics.compareExchange(words, record + C_OWNER, 0, owner) !== 0) continue;
    prepare(m, record, kind, 0, chunkStart(m, chunk));
    Atomics.store(words, FREE_HINT, chunk + 1);
    return chunk;
  }
  return -1;
}

/** Claims a run of chunks; the first of them, or -1 when there is no such run. */
export function claimSpan(m: Memory, owner: number, length: number): number {
  const { words } = m;
  const { chunks } = m.layout;
  let run = 0;
  let begin = Atomics.load(words, FREE_HINT) >>> 0;
  if (begin + length > chunks) begin = 0;
  for (let looked = 0, chunk = begin; looked < chunks + length; looked++, chunk++) {
    if (chunk >= chunks) {
      releaseRun(m, chunk - run, run);
      run = 0;
      chunk = 0;
    }
    const record = recordAt(m, chunk);
    const free =
      words[record + C_OWNER] === 0 && Atomics.compareExchange(words, record + C_OWNER, 0, owner) === 0;
    if (!free) {
      releaseRun(m, chunk - run, run);
      run = 0;
      continue;
    }
    prepare(m, record, TAIL, 0, 0);
    if (++run < length) continue;
    const first = chunk - run + 1;
    prepare(m, recordAt(m, first), SPAN, length, 0);
    Atomics.store(words, FREE_HINT, chunk + 1);
    return first;
  }
  return -1;
}

function prepare(m: Memory, record: number, kind: number, used: number, fresh: number): void {
  const { words } = m;
  words[record + C_USED] = used;
  words[record + C_FREE] = 0;
  words[record + C_FRESH] = fresh;
  words[record + C_NEXT] = 0;
  words[record + C_PREVIOUS] = 0;
  words[record + C_KIND] = kind;
}

function releaseRun(m: Memory, first: number, length: number): void {
  for (let chunk = first; chunk < first + length; chunk++) releaseChunk(m, chunk);
}

/** Gives a chunk back. */
export function releaseChunk(m: Memory, chunk: number): void {
  const { words } = m;
  Atomics.store(words, recordAt(m, chunk) + C_OWNER, 0);
  if (chunk < Atomics.load(words, FREE_HINT)) Atomics.store(words, FREE_HINT, chunk);
}

/** Gives back a run of chunks by its first. */
export function releaseSpan(m: Memory, first: number): void {
  const { words } = m;
  const length = Math.min(words[recordAt(m, first) + C_USED] as number, m.layout.chunks - first);
  // From behind: a tail without its head is no run, and is found by the audit.
  for (let chunk = first + length - 1; chunk >= first; chunk--) releaseChunk(m, chunk);
}
