import { Slab } from '../../codec/slab.ts';
import type { Stamp } from '../../contract/entry.ts';
import type { Cell } from '../../contract/core.ts';
import { takeBlock } from './blocks.ts';
import { textAt } from './keys.ts';
import { GRANULE_WORDS } from './layout.ts';
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

/**
 * Words of what a block is written over with: where it lies, what its words become, and its value. Of the other words
 * none changes.
 */
const O_BLOCK = 0;
const O_META = 1;
const O_VERSION_LOW = 2;
const O_VERSION_HIGH = 3;
const O_VALUE_BYTES = 4;
const O_SHAPE = 5;
const O_STAMP = 6;
const O_VALUE = 8;
/** The longest value that is written over another one: beyond, copying it twice costs more than another block. */
const OVER_BYTES = 1024;

/** `true` when a block has just the room that another value needs. */
export function fitsOver(m: Memory, block: number, cell: Cell, stamp: Stamp | undefined): boolean {
  const { words } = m;
  const meta = words[block + E_META] as number;
  if (((meta & STAMPED) !== 0) !== (stamp !== undefined)) return false;
  const bytes = typeof cell === 'number' ? 8 : (cell as Uint8Array).length;
  if (bytes > OVER_BYTES) return false;
  const from = valueByteAt(m, block);
  const before = from + (words[block + VALUE_BYTES] as number) - 4 * block;
  const after = from + bytes - 4 * block;
  const granule = 4 * GRANULE_WORDS;
  return Math.ceil(before / granule) === Math.ceil(after / granule);
}

/** Writes down what a block is going to be written over with. */
export function putCover(
  m: Memory,
  cover: number,
  block: number,
  version: number,
  cell: Cell,
  stamp: Stamp | undefined,
  shape: number,
): void {
  const { words } = m;
  const number = typeof cell === 'number';
  words[cover + O_BLOCK] = block;
  words[cover + O_META] = ((words[block + E_META] as number) & ~NUMBER) | (number ? NUMBER : 0);
  words[cover + O_VERSION_LOW] = version | 0;
  words[cover + O_VERSION_HIGH] = Math.floor(version / HALF);
  words[cover + O_VALUE_BYTES] = number ? 8 : (cell as Uint8Array).length;
  words[cover + O_SHAPE] = ((words[block + SHAPE] as number) & USED) | shape;
  if (stamp !== undefined) {
    long[0] = BigInt(stamp);
    words[cover + O_STAMP] = longWords[0] as number;
    words[cover + O_STAMP + 1] = longWords[1] as number;
  }
  if (number) {
    float[0] = cell;
    words[cover + O_VALUE] = floatWords[0] as number;
    words[cover + O_VALUE + 1] = floatWords[1] as number;
  } else m.bytes.set(cell as Uint8Array, (cover + O_VALUE) * 4);
}

/** Writes a block over with what was written down; can be done again. */
export function coverWords(m: Memory, cover: number): void {
  const { words, layout } = m;
  const block = words[cover + O_BLOCK] as number;
  const meta = words[cover + O_META] as number;
  const bytes = words[cover + O_VALUE_BYTES] as number;
  const length = (bytes + 3) >> 2;
  const value = keyWord(block, meta) + ((((meta >> LENGTH_SHIFT) & 0x7ff) + 3) >> 2);
  if (block < layout.chunksAt || bytes < 0 || bytes > OVER_BYTES || value + length > layout.totalWords) {
    throw damaged(`an entry at ${block} that was being written`);
  }
  words[block + E_META] = meta;
  words[block + VERSION_LOW] = words[cover + O_VERSION_LOW] as number;
  words[block + VERSION_HIGH] = words[cover + O_VERSION_HIGH] as number;
  words[block + VALUE_BYTES] = bytes;
  words[block + SHAPE] = words[cover + O_SHAPE] as number;
  if ((meta & STAMPED) !== 0) {
    const at = keyWord(block, meta) - 2;
    words[at] = words[cover + O_STAMP] as number;
    words[at + 1] = words[cover + O_STAMP + 1] as number;
  }
  for (let i = 0; i < length; i++) words[value + i] = words[cover + O_VALUE + i] as number;
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

/** Up to so many bytes a value is copied word by word. */
const WORDWISE = 256;
const slab = new Slab();

/** The value of a block: a number, or bytes that are the caller's own. @throws StoreError `CORRUPT` */
export function cellAt(m: Memory, block: number): Cell {
  const from = valueByteAt(m, block);
  if (isNumberAt(m, block)) return numberAt(m.words, from >> 2);
  const length = valueBytesAt(m, block);
  if (length < 0 || from + length > m.bytes.length) throw damaged(`a value of ${length} bytes`);
  const cell = slab.cut(length);
  if (cell === undefined) return new Uint8Array(m.bytes.subarray(from, from + length));
  if (length > WORDWISE) cell.set(m.bytes.subarray(from, from + length));
  else {
    const { words } = m;
    const { words: into } = slab;
    for (let to = slab.at, at = from >> 2, end = (from + length + 3) >> 2; at < end;) {
      into[to++] = words[at++] as number;
    }
  }
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
