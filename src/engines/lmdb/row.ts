/**
 * The layout of an entry in its tree, little-endian (docs/formats/lmdb.md):
 *
 * ```text
 *  0        4     5     6       8               16
 *  +--------+-----+-----+-------+---------------+----------------------+---------------------+-------+
 *  | crc32  | kind|flags| shape | version       | expiry, 8, if flag 1 | stamp, 8, if flag 2 | value |
 *  +--------+-----+-----+-------+---------------+----------------------+---------------------+-------+
 * ```
 *
 * The checksum covers the entry's key and all that follows it, so that a value is never served under
 * another key or version. Version 0 stands for the version at which the whole map was loaded.
 */
import { StoreError } from '../../base/errors.ts';
import type { Cell, Stored } from '../../contract/core.ts';
import type { Stamp } from '../../contract/entry.ts';
import { crc32 } from '../../parts/checksum.ts';
import { HAS_EXPIRY, HAS_STAMP, readStamp, SET_BYTES, SET_NUMBER, writeStamp } from '../../parts/record.ts';
import { keyEncoder, keyWithin } from './keys.ts';

const HEADER = 16;
const FLAGS_AT = 5;
const TWO_32 = 0x1_0000_0000;
/** Records are cut from slabs, because each new piece of memory costs a call to find its address. */
const SLAB_BYTES = 256 * 1024;

/** An entry as it was read. Its value is borrowed unless it was copied. */
export interface Row extends Required<Stored> {
  readonly stamp: Stamp | undefined;
  /** `true`: it cannot be read; only its key is true. */
  readonly damaged?: true;
}

/** What stands for an entry that cannot be read, where it is only written over or removed. */
export function damagedRow(key: string): Row {
  const nothing = new Uint8Array();
  return { key, value: nothing, version: 0, expiresAt: 0, shape: 0, stamp: undefined, damaged: true };
}

/** Bytes and a view over all of them. */
interface Memory {
  readonly bytes: Buffer;
  readonly view: DataView;
}

let slab: Memory = memoryOf(Buffer.allocUnsafeSlow(SLAB_BYTES));
let slabAt = 0;
const scratch = memoryOf(Buffer.allocUnsafeSlow(8192));
/** The memory that is read into again and again. */
let lastRead: DataView = scratch.view;
let readBytes: Uint8Array = scratch.bytes;
/** All bytes that {@link viewOf} was asked about last. */
let lastBytes: Uint8Array = scratch.bytes;

/** A piece of memory that nobody else has; 8 bytes aligned. */
export function allocate(length: number): Uint8Array {
  if (length > SLAB_BYTES / 4) return Buffer.allocUnsafeSlow(length);
  if (slabAt + length > SLAB_BYTES) {
    slab = memoryOf(Buffer.allocUnsafeSlow(SLAB_BYTES));
    slabAt = 0;
  }
  const at = slabAt;
  slabAt = (slabAt + length + 7) & ~7;
  return new Uint8Array(slab.bytes.buffer, at, length);
}

/** Writes an entry. */
export function encodeRow(
  key: string,
  cell: Cell,
  version: number,
  expiresAt: number,
  stamp: Stamp | undefined,
  shape: number,
): Uint8Array {
  const number = typeof cell === 'number';
  // SAFETY: engines that keep bytes only are never handed references.
  const value = cell as Uint8Array;
  const flags = (expiresAt === 0 ? 0 : HAS_EXPIRY) | (stamp === undefined ? 0 : HAS_STAMP);
  const valueAt = HEADER + (expiresAt === 0 ? 0 : 8) + (stamp === undefined ? 0 : 8);
  const bytes = allocate(valueAt + (number ? 8 : value.length));
  const from = bytes.byteOffset;
  const view = viewOf(bytes);
  view.setUint8(from + 4, number ? SET_NUMBER : SET_BYTES);
  view.setUint8(from + 5, flags);
  view.setUint16(from + 6, shape, true);
  view.setUint32(from + 8, version >>> 0, true);
  view.setUint32(from + 12, Math.floor(version / TWO_32), true);
  if (expiresAt !== 0) view.setFloat64(from + HEADER, expiresAt, true);
  if (stamp !== undefined) writeStamp(view, from + valueAt - 8, stamp);
  if (number) view.setFloat64(from + valueAt, cell, true);
  else bytes.set(value, valueAt);
  view.setUint32(from, crc32(lastBytes, view, from + 4, from + bytes.length, sumOfKey(key)), true);
  return bytes;
}

/** Whether an entry says that it has an end; looks at nothing else. */
export function saysExpiry(bytes: Uint8Array, length: number): boolean {
  return length >= HEADER && ((bytes[FLAGS_AT] ?? 0) & HAS_EXPIRY) !== 0;
}

/**
 * Reads an entry.
 *
 * @param key - the key in the tree
 * @param bytes - what lies there; maybe used again by the next read
 * @param length - how many of them count
 * @param loadedAt - what version 0 stands for
 * @param copy - `true`: the value must not be borrowed
 * @throws StoreError `CORRUPT` when the checksum is wrong
 */
export function decodeRow(
  key: string,
  bytes: Uint8Array,
  length: number,
  loadedAt: number,
  copy: boolean,
): Row {
  const view = viewOf(bytes);
  const from = bytes.byteOffset;
  const flags = length < HEADER ? 0 : view.getUint8(from + 5);
  const expiryAt = from + HEADER;
  const stampAt = expiryAt + (flags & HAS_EXPIRY ? 8 : 0);
  const valueAt = stampAt + (flags & HAS_STAMP ? 8 : 0);
  const valueLength = from + length - valueAt;
  if (length < HEADER || valueLength < 0) throw corrupt(key);
  const sum = crc32(lastBytes, view, from + 4, from + length, sumOfKey(key));
  if (sum !== view.getUint32(from, true)) throw corrupt(key);
  const number = view.getUint8(from + 4) === SET_NUMBER;
  const version = view.getUint32(from + 12, true) * TWO_32 + view.getUint32(from + 8, true);
  return {
    key: keyWithin(key),
    value: number
      ? view.getFloat64(valueAt, true)
      : copy
        ? new Uint8Array(bytes.buffer.slice(valueAt, valueAt + valueLength))
        : new Uint8Array(bytes.buffer, valueAt, valueLength),
    version: version === 0 ? loadedAt : version,
    expiresAt: flags & HAS_EXPIRY ? view.getFloat64(expiryAt, true) : 0,
    shape: view.getUint16(from + 6, true),
    stamp: flags & HAS_STAMP ? readStamp(view, stampAt) : undefined,
  };
}

/** A view over the memory that bytes lie in. */
function viewOf(bytes: Uint8Array): DataView {
  if (slab.bytes.buffer === bytes.buffer) {
    lastBytes = slab.bytes;
    return slab.view;
  }
  if (lastRead.buffer !== bytes.buffer) {
    lastRead = new DataView(bytes.buffer);
    readBytes = new Uint8Array(bytes.buffer);
  }
  lastBytes = readBytes;
  return lastRead;
}

/** The checksum of a key. */
function sumOfKey(key: string): number {
  const end = keyEncoder.writeKey(key, scratch.bytes, 0);
  return crc32(scratch.bytes, scratch.view, 0, end);
}

function corrupt(key: string): StoreError {
  return new StoreError('CORRUPT', `lmdb: the checksum of key ${JSON.stringify(keyWithin(key))} is wrong`);
}

function memoryOf(bytes: Buffer): Memory {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
}
