/**
 * The layout of a record, shared by snapshot blocks and the log: little-endian, without padding.
 *
 * ```text
 *  0        4        8     10 11 12    14    16               24
 *  +--------+--------+-----+--+--+-----+-----+----------------+
 *  | crc32  | value  | key |ki|fl| map |shape| version        |
 *  |        | length | len |nd|ag|     |     |                |
 *  +--------+--------+-----+--+--+-----+-----+----------------+
 *  | expiry, 8, if flag 1 | stamp, 8, if flag 2 | key | value |
 *  +----------------------+---------------------+-----+-------+
 * ```
 *
 * The checksum covers all that follows it. Map and version are relative to the bases of the block or
 * batch that holds the record, so that whole blocks can be given other ids and versions untouched.
 */
import { MAX_KEY_BYTES } from '../contract/limits.ts';
import type { Stamp } from '../contract/entry.ts';
import { crc32 } from './checksum.ts';

/** Length of the part that every record has. */
export const RECORD_HEADER = 24;

/** A key was given a value of bytes. */
export const SET_BYTES = 1;
/** A key was given a number: 8 bytes of value, a float64. */
export const SET_NUMBER = 2;
/** A key was deleted. */
export const DELETED = 3;
/** A key's time was up. */
export const EXPIRED = 4;
/** A key was removed to make room. */
export const EVICTED = 5;
/** From here up, kinds mean what the log says they mean. */
export const FIRST_CONTROL = 16;

/** Flag: an expiry follows the header, a float64 of milliseconds since the epoch. */
export const HAS_EXPIRY = 1;
/** Flag: a stamp follows, a signed 64-bit integer. */
export const HAS_STAMP = 2;

/** Offsets within the header. */
export const AT = {
  valueLength: 4,
  keyLength: 8,
  kind: 10,
  flags: 11,
  map: 12,
  shape: 14,
  version: 16,
} as const;

const TWO_32 = 0x1_0000_0000;

/** No record of this key and value is longer; cheap, for making room. */
export function recordBound(key: string, value: Uint8Array | number | undefined): number {
  const valueLength = value === undefined ? 0 : typeof value === 'number' ? 8 : value.length;
  return RECORD_HEADER + 16 + Math.min(key.length * 3, MAX_KEY_BYTES) + valueLength;
}

/**
 * Writes a record and returns where it ends. There must be room for {@link recordBound}.
 *
 * @param bytes - where to write
 * @param view - over the same bytes, from their first to their last
 * @param at - offset of the record's first byte
 * @param kind - {@link SET_BYTES}, {@link SET_NUMBER} …; must fit the value
 * @param map - relative to the block's base, 0 to 65,535
 * @param key - well-formed, up to 1,024 bytes in UTF-8
 * @param value - `undefined` for none
 * @param version - relative to the block's base, a safe integer from 0 up
 * @param expiresAt - 0 for never
 */
export function encodeRecord(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  kind: number,
  map: number,
  key: string,
  value: Uint8Array | number | undefined,
  version: number,
  expiresAt: number,
  shape: number,
  stamp: Stamp | undefined,
): number {
  let flags = 0;
  let end = at + RECORD_HEADER;
  if (expiresAt !== 0) {
    flags = HAS_EXPIRY;
    view.setFloat64(end, expiresAt, true);
    end += 8;
  }
  if (stamp !== undefined) {
    flags |= HAS_STAMP;
    writeStamp(view, end, stamp);
    end += 8;
  }
  const keyAt = end;
  end = writeUtf8(bytes, end, key);
  const keyLength = end - keyAt;
  if (typeof value === 'number') {
    view.setFloat64(end, value, true);
    end += 8;
  } else if (value !== undefined) {
    bytes.set(value, end);
    end += value.length;
  }
  view.setUint32(at + AT.valueLength, end - keyAt - keyLength, true);
  view.setUint16(at + AT.keyLength, keyLength, true);
  view.setUint8(at + AT.kind, kind);
  view.setUint8(at + AT.flags, flags);
  view.setUint16(at + AT.map, map, true);
  view.setUint16(at + AT.shape, shape, true);
  view.setUint32(at + AT.version, version >>> 0, true);
  view.setUint32(at + AT.version + 4, Math.floor(version / TWO_32), true);
  view.setUint32(at, crc32(bytes, view, at + 4, end), true);
  return end;
}

/** Writes the stamp as a signed 64-bit integer. */
export function writeStamp(view: DataView, at: number, stamp: Stamp): void {
  if (typeof stamp === 'bigint') view.setBigInt64(at, stamp, true);
  else {
    view.setUint32(at, stamp >>> 0, true);
    view.setInt32(at + 4, Math.floor(stamp / TWO_32), true);
  }
}

/** Reads a stamp: a number where that is exact, else a bigint. */
export function readStamp(view: DataView, at: number): Stamp {
  const stamp = view.getInt32(at + 4, true) * TWO_32 + view.getUint32(at, true);
  return Number.isSafeInteger(stamp) ? stamp : view.getBigInt64(at, true);
}

/** Writes a well-formed string and returns where it ends. */
function writeUtf8(bytes: Uint8Array, at: number, text: string): number {
  let end = at;
  for (let i = 0; i < text.length; i++) {
    let point = text.charCodeAt(i);
    if (point < 0x80) {
      bytes[end++] = point;
    } else if (point < 0x800) {
      bytes[end++] = 0xc0 | (point >> 6);
      bytes[end++] = 0x80 | (point & 0x3f);
    } else if (point < 0xd800 || point > 0xdfff) {
      bytes[end++] = 0xe0 | (point >> 12);
      bytes[end++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[end++] = 0x80 | (point & 0x3f);
    } else {
      point = 0x10000 + ((point & 0x3ff) << 10) + (text.charCodeAt(++i) & 0x3ff);
      bytes[end++] = 0xf0 | (point >> 18);
      bytes[end++] = 0x80 | ((point >> 12) & 0x3f);
      bytes[end++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[end++] = 0x80 | (point & 0x3f);
    }
  }
  return end;
}
