import { markAsUntransferable } from 'node:worker_threads';
import type { Stamp } from '../../contract/entry.ts';
import type { Cell } from '../../contract/core.ts';
import { takeBlock } from './blocks.ts';
import { textAt } from './keys.ts';
import { damaged, type Memory } from './memory.ts';

/**
 * A block that the index names: an entry, a stamp that was left behind, or the state of a lock. But for
 * the bit of recency it is never changed once the index names it.
 */

const HASH = 0;
/** Map, kind, length of the key, and the flags below. */
export const E_META = 1;
export const E_GENERATION = 2;
const VERSION_LOW = 3;
const VERSION_HIGH = 4;
const VALUE_BYTES = 5;
/** The shape of the value, and the bit of recency. */
const SHAPE = 6;
const HEADER = 7;

export const ENTRY = 0;
export const STONE = 1;
export const LOCK = 2;

const KIND_SHIFT = 12;
const LENGTH_SHIFT = 14;
const NUMBER = 1 << 25;
const EXPIRES = 1 << 26;
const STAMPED = 1 << 27;
/** Map, kind and length: what must be equal, besides the key. */
const IDENTITY = NUMBER - 1;
const USED = 1 << 30;
const HALF = 2 ** 32;

const float = new Float64Array(1);
const floatWords = new Int32Array(float.buffer);
const long = new BigInt64Array(1);
const longWords = new Int32Array(long.buffer);

/** What the key in the scratch looks like in `E_META`. */
export function identityOf(m: Memory, map: number, kind: number): number {
  return map | (kind << KIND_SHIFT) | (m.keyLength << LENGTH_SHIFT);
}

/** `true` when a block has the key in the scratch. */
export function isAt(m: Memory, block: number, identity: number, generation: number): boolean {
  const { words, key, keyLength } = m;
  const meta = words[block + E_META] as number;
  if ((meta & IDENTITY) !== identity || words[block + E_GENERATION] !== generation) return false;
  const at = keyWord(block, meta);
  for (let i = 0, end = (keyLength + 3) >> 2; i < end; i++) if (words[at + i] !== key[i]) return false;
  return true;
}

/** {@link isAt} without the lock: every word through Atomics. */
export function isAtUnlocked(m: Memory, block: number, identity: number, generation: number): boolean {
  const { words, key, keyLength } = m;
  if (block < m.layout.chunksAt || block + HEADER + keyLength > m.layout.totalWords) return false;
  const meta = Atomics.load(words, block + E_META);
  if ((meta & IDENTITY) !== identity || Atomics.load(words, block + E_GENERATION) !== generation)
    return false;
  const at = keyWord(block, meta);
  for (let i = 0, end = (keyLength + 3) >> 2; i < end; i++) {
    if (Atomics.load(words, at + i) !== key[i]) return false;
  }
  return true;
}

/** The version of a block, read without the lock. */
export function versionUnlocked(m: Memory, block: number): number {
  const low = Atomics.load(m.words, block + VERSION_LOW);
  return Atomics.load(m.words, block + VERSION_HIGH) * HALF + (low >>> 0);
}

/** When an entry expires, read without the lock; 0 for never. */
export function expiryUnlocked(m: Memory, block: number): number {
  if ((Atomics.load(m.words, block + E_META) & EXPIRES) === 0) return 0;
  const low = Atomics.load(m.words, block + HEADER);
  return Atomics.load(m.words, block + HEADER + 1) * HALF + (low >>> 0);
}

function keyWord(block: number, meta: number): number {
  return block + HEADER + ((meta & EXPIRES) === 0 ? 0 : 2) + ((meta & STAMPED) === 0 ? 0 : 2);
}

/**
 * Makes a block for the key in the scratch; all but its version is written.
 *
 * @param expiresAt - 0 for never
 * @returns 0 when there is no room
 */
export function makeBlock(
  m: Memory,
  stripe: number,
  identity: number,
  generation: number,
  cell: Cell,
  expiresAt: number,
  stamp: Stamp | undefined,
  shape: number,
): number {
  const { words, key } = m;
  const keyWords = (m.keyLength + 3) >> 2;
  const bytes = typeof cell === 'number' ? 8 : (cell as Uint8Array).length;
  const extras = (expiresAt === 0 ? 0 : 2) + (stamp === undefined ? 0 : 2);
  const block = takeBlock(m, stripe, HEADER + extras + keyWords + ((bytes + 3) >> 2));
  if (block === 0) return 0;
  words[block + HASH] = m.hash;
  words[block + E_META] =
    identity |
    (typeof cell === 'number' ? NUMBER : 0) |
    (expiresAt === 0 ? 0 : EXPIRES) |
    (stamp === undefined ? 0 : STAMPED);
  words[block + E_GENERATION] = generation;
  words[block + VALUE_BYTES] = bytes;
  words[block + SHAPE] = shape;
  let at = block + HEADER;
  if (expiresAt !== 0) {
    words[at++] = expiresAt | 0;
    words[at++] = Math.floor(expiresAt / HALF);
  }
  if (stamp !== undefined) {
    long[0] = BigInt(stamp);
    words[at++] = longWords[0] as number;
    words[at++] = longWords[1] as number;
  }
  for (let i = 0; i < keyWords; i++) words[at++] = key[i] as number;
  if (typeof cell === 'number') {
    float[0] = cell;
    words[at] = floatWords[0] as number;
    words[at + 1] = floatWords[1] as number;
  } else m.bytes.set(cell as Uint8Array, at * 4);
  return block;
}

/** Gives a block its version. */
export function setVersion(m: Memory, block: number, version: number): void {
  m.words[block + VERSION_LOW] = version | 0;
  m.words[block + VERSION_HIGH] = Math.floor(version / HALF);
}

export function versionAt(m: Memory, block: number): number {
  return (m.words[block + VERSION_HIGH] as number) * HALF + ((m.words[block + VERSION_LOW] as number) >>> 0);
}

export function hashAt(m: Memory, block: number): number {
  return m.words[block + HASH] as number;
}

export function mapAt(m: Memory, block: number): number {
  return (m.words[block + E_META] as number) & 0xfff;
}

export function generationAt(m: Memory, block: number): number {
  return m.words[block + E_GENERATION] as number;
}

export function kindAt(m: Memory, block: number): number {
  return ((m.words[block + E_META] as number) >> KIND_SHIFT) & 3;
}

export function shapeAt(m: Memory, block: number): number {
  return (m.words[block + SHAPE] as number) & 0xffff;
}

/** When an entry expires, or a stamp is forgotten; 0 for never. */
export function expiryAt(m: Memory, block: number): number {
  if (((m.words[block + E_META] as number) & EXPIRES) === 0) return 0;
  return (m.words[block + HEADER + 1] as number) * HALF + ((m.words[block + HEADER] as number) >>> 0);
}

export function stampAt(m: Memory, block: number): Stamp | undefined {
  const meta = m.words[block + E_META] as number;
  if ((meta & STAMPED) === 0) return undefined;
  const at = keyWord(block, meta) - 2;
  longWords[0] = m.words[at] as number;
  longWords[1] = m.words[at + 1] as number;
  return long[0] as bigint;
}

/** Bytes of the key of a block. */
export function keyLengthAt(m: Memory, block: number): number {
  return ((m.words[block + E_META] as number) >> LENGTH_SHIFT) & 0x7ff;
}

/** The first byte of the key of a block. */
export function keyByteAt(m: Memory, block: number): number {
  return keyWord(block, m.words[block + E_META] as number) * 4;
}

export function keyAt(m: Memory, block: number): string {
  return textAt(m.bytes, keyByteAt(m, block), keyLengthAt(m, block));
}

/** Makes the key of a block the one that is looked for. */
export function takeKeyAt(m: Memory, block: number): void {
  const length = keyLengthAt(m, block);
  const at = keyWord(block, m.words[block + E_META] as number);
  for (let i = 0, end = (length + 3) >> 2; i < end; i++) m.key[i] = m.words[at + i] as number;
  m.keyLength = length;
  m.hash = hashAt(m, block);
}

/** The first byte of the value, and how many there are; checked. */
export function valueByteAt(m: Memory, block: number): number {
  const meta = m.words[block + E_META] as number;
  return (keyWord(block, meta) + ((((meta >> LENGTH_SHIFT) & 0x7ff) + 3) >> 2)) * 4;
}

export function valueBytesAt(m: Memory, block: number): number {
  return m.words[block + VALUE_BYTES] as number;
}

export function isNumberAt(m: Memory, block: number): boolean {
  return ((m.words[block + E_META] as number) & NUMBER) !== 0;
}

/** A number at an address of words. */
export function numberAt(words: Int32Array, at: number): number {
  floatWords[0] = words[at] as number;
  floatWords[1] = words[at + 1] as number;
  return float[0] as number;
}

/** The words of a number, into words that are not shared. */
export function putNumber(words: Int32Array, at: number, value: number): void {
  float[0] = value;
  words[at] = floatWords[0] as number;
  words[at + 1] = floatWords[1] as number;
}

/** A buffer that nobody can give away to another thread, for the sake of the other values in it. */
function newSlab(): ArrayBuffer {
  const buffer = new ArrayBuffer(SLAB_BYTES);
  markAsUntransferable(buffer);
  return buffer;
}

/** Small values are cut from a slab, which costs less than a buffer for each. */
const SLAB_BYTES = 16 * 1024;
const SLAB_MOST = 4096;
/** Up to so many bytes a value is copied word by word. */
const WORDWISE = 256;
let slab = newSlab();
let slabWords = new Int32Array(slab);
let slabUsed = 0;

/** The value of a block: a number, or bytes that are the caller's own. @throws StoreError `CORRUPT` */
export function cellAt(m: Memory, block: number): Cell {
  const from = valueByteAt(m, block);
  if (isNumberAt(m, block)) return numberAt(m.words, from >> 2);
  const length = valueBytesAt(m, block);
  if (length < 0 || from + length > m.bytes.length) throw damaged(`a value of ${length} bytes`);
  if (length > SLAB_MOST) return new Uint8Array(m.bytes.subarray(from, from + length));
  const room = (length + 3) & ~3;
  if (slabUsed + room > SLAB_BYTES) {
    slab = newSlab();
    slabWords = new Int32Array(slab);
    slabUsed = 0;
  }
  const cell = new Uint8Array(slab, slabUsed, length);
  if (length > WORDWISE) cell.set(m.bytes.subarray(from, from + length));
  else {
    const { words } = m;
    for (let to = slabUsed >> 2, at = from >> 2, end = (from + room) >> 2; at < end;) {
      slabWords[to++] = words[at++] as number;
    }
  }
  slabUsed += room;
  return cell;
}

/** Says that an entry was used, for eviction by recency. */
export function markUsed(m: Memory, block: number): void {
  const word = m.words[block + SHAPE] as number;
  if ((word & USED) === 0) m.words[block + SHAPE] = word | USED;
}

/** Takes the mark away; `true` when there was one. */
export function unmarkUsed(m: Memory, block: number): boolean {
  const word = m.words[block + SHAPE] as number;
  if ((word & USED) === 0) return false;
  m.words[block + SHAPE] = word & ~USED;
  return true;
}
