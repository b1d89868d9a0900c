import {
  expiryAt,
  isNumberAt,
  keyByteAt,
  keyLengthAt,
  mapAt,
  shapeAt,
  valueByteAt,
  valueBytesAt,
} from './entries.ts';
import { RING_COUNT, RING_FLOOR, RING_HEAD, RING_TAIL } from './layout.ts';
import { damaged, type Memory } from './memory.ts';

/**
 * The ring of changes: records of whole commits in the order of their versions, written under its lock. Positions
 * count words since the beginning and never wrap. Of what lies between tail and head nothing is missing; the floor
 * is the version of the newest record that was dropped.
 */

/** Words of a record before its key. */
export const R_LENGTH = 0;
export const R_VERSION = 1;
export const R_KIND = 3;
export const R_MAP = 4;
export const R_KEY_BYTES = 5;
export const R_VALUE_BYTES = 6;
export const R_OLD_BYTES = 7;
export const R_SHAPES = 8;
export const R_EXPIRES = 9;
export const RECORD_WORDS = 11;

/** `R_LENGTH`: the last record of its commit. */
export const LAST: number = 1 << 30;
/** `R_KIND`, above the kind. */
export const HAS_VALUE: number = 1 << 4;
export const VALUE_NUMBER: number = 1 << 5;
export const HAS_OLD: number = 1 << 6;
export const OLD_NUMBER: number = 1 << 7;
export const KIND_MASK = 15;

/** Kinds of changes by their number in the ring. */
export const KINDS: readonly ('insert' | 'update' | 'delete' | 'expire' | 'evict')[] = [
  'insert',
  'update',
  'delete',
  'expire',
  'evict',
];
export const INSERTED = 0;
export const UPDATED = 1;
export const DELETED = 2;
export const EXPIRED = 3;
export const EVICTED = 4;

const HALF = 2 ** 32;

/** The records of a commit in the making; not shared. */
export interface Stage {
  words: Int32Array;
  used: number;
  /** Where the last record begins. */
  last: number;
}

export function newStage(): Stage {
  return { words: new Int32Array(1024), used: 0, last: 0 };
}

/** Adds a change to the commit: the block that stands from now on, and the one that stood; 0 for none. */
export function stageChange(m: Memory, stage: Stage, kind: number, block: number, old: number): void {
  const named = block === 0 ? old : block;
  const keyWords = (keyLengthAt(m, named) + 3) >> 2;
  const valueBytes = block === 0 ? 0 : valueBytesAt(m, block);
  const oldBytes = old === 0 ? 0 : valueBytesAt(m, old);
  const length = RECORD_WORDS + keyWords + ((valueBytes + 3) >> 2) + ((oldBytes + 3) >> 2);
  const at = stage.used;
  const { words } = stage.words.length >= at + length ? stage : grown(stage, at + length);
  const expiresAt = block === 0 ? 0 : expiryAt(m, block);
  words[at + R_LENGTH] = length;
  words[at + R_KIND] =
    kind |
    (block === 0 ? 0 : isNumberAt(m, block) ? HAS_VALUE | VALUE_NUMBER : HAS_VALUE) |
    (old === 0 ? 0 : isNumberAt(m, old) ? HAS_OLD | OLD_NUMBER : HAS_OLD);
  words[at + R_MAP] = mapAt(m, named);
  words[at + R_KEY_BYTES] = keyLengthAt(m, named);
  words[at + R_VALUE_BYTES] = valueBytes;
  words[at + R_OLD_BYTES] = oldBytes;
  words[at + R_SHAPES] = (block === 0 ? 0 : shapeAt(m, block)) | (old === 0 ? 0 : shapeAt(m, old) << 16);
  words[at + R_EXPIRES] = expiresAt | 0;
  words[at + R_EXPIRES + 1] = Math.floor(expiresAt / HALF);
  let to = at + RECORD_WORDS;
  to = copyWords(m, keyByteAt(m, named), keyWords, words, to);
  if (block !== 0) to = copyWords(m, valueByteAt(m, block), (valueBytes + 3) >> 2, words, to);
  if (old !== 0) copyWords(m, valueByteAt(m, old), (oldBytes + 3) >> 2, words, to);
  stage.last = at;
  stage.used = at + length;
}

function copyWords(m: Memory, fromByte: number, count: number, to: Int32Array, at: number): number {
  const from = fromByte >> 2;
  if (count > 64) to.set(m.words.subarray(from, from + count), at);
  else for (let i = 0; i < count; i++) to[at + i] = m.words[from + i] as number;
  return at + count;
}

function grown(stage: Stage, least: number): Stage {
  const words = new Int32Array(Math.max(least, stage.words.length * 2));
  words.set(stage.words);
  stage.words = words;
  return stage;
}

/**
 * Writes the staged records behind the head, which stays where it is; the caller holds the ring's lock.
 *
 * @returns where the head will be
 */
export function writeStage(m: Memory, stage: Stage, version: number): number {
  const { words, layout } = m;
  const size = 1 << layout.ringBits;
  const low = version | 0;
  const high = Math.floor(version / HALF);
  stage.words[stage.last] = (stage.words[stage.last] as number) | LAST;
  for (let at = 0; at < stage.used; at += (stage.words[at] as number) & ~LAST) {
    stage.words[at + R_VERSION] = low;
    stage.words[at + R_VERSION + 1] = high;
  }
  const { head } = ringEnds(m);
  const next = head + stage.used;
  dropUntil(m, next - size, version);
  if (stage.used > size) return next;
  const from = head % size;
  const before = Math.min(stage.used, size - from);
  words.set(stage.words.subarray(0, before), layout.ringAt + from);
  if (before < stage.used) words.set(stage.words.subarray(before, stage.used), layout.ringAt);
  return next;
}

/** Tail and head; the caller holds the ring's lock. @throws StoreError `CORRUPT` when they cannot be any */
export function ringEnds(m: Memory): { readonly tail: number; readonly head: number } {
  const tail = wordsAt(m, RING_TAIL);
  const head = wordsAt(m, RING_HEAD);
  const right = tail >= 0 && tail <= head && head < 2 ** 53 && head - tail <= 1 << m.layout.ringBits;
  if (!right) throw damaged(`a ring of changes from ${tail} to ${head}`);
  return { tail, head };
}

/** Drops records until the ring's tail has reached a position. */
function dropUntil(m: Memory, position: number, version: number): void {
  const { words, layout } = m;
  const size = 1 << layout.ringBits;
  const head = wordsAt(m, RING_HEAD);
  let tail = wordsAt(m, RING_TAIL);
  while (tail < position && tail < head) {
    const length = (words[layout.ringAt + (tail % size)] as number) & ~LAST;
    if (length < RECORD_WORDS || length > head - tail) {
      putWordsAt(m, RING_TAIL, head);
      putWordsAt(m, RING_FLOOR, version);
      return;
    }
    const low = words[layout.ringAt + ((tail + R_VERSION) % size)] as number;
    const high = words[layout.ringAt + ((tail + R_VERSION + 1) % size)] as number;
    putWordsAt(m, RING_FLOOR, high * HALF + (low >>> 0));
    tail += length;
    putWordsAt(m, RING_TAIL, tail);
  }
  if (tail < position) {
    // A commit larger than the ring.
    putWordsAt(m, RING_TAIL, position + size);
    putWordsAt(m, RING_FLOOR, version);
  }
}

/** Moves the head behind what was written: now the commit is told. */
export function advanceHead(m: Memory, head: number): void {
  putWordsAt(m, RING_HEAD, head);
  Atomics.add(m.words, RING_COUNT, 1);
}

/** A number of 53 bits in two words, which only the holder of a lock touches. */
export function wordsAt(m: Memory, at: number): number {
  return (m.words[at + 1] as number) * HALF + ((m.words[at] as number) >>> 0);
}

export function putWordsAt(m: Memory, at: number, value: number): void {
  m.words[at] = value | 0;
  m.words[at + 1] = Math.floor(value / HALF);
}
