import { crc32 as nativeCrc32 } from 'node:zlib';

/**
 * Spans up to this length are summed here: a call into the native code costs as much as summing
 * about 250 bytes.
 */
const SHORT_SPAN = 256;

/** For each distance from the end of an 8-byte group (0 to 7), what a byte there does to the sum. */
const TABLE: Int32Array = makeTable();

/**
 * The CRC-32 (polynomial 0xEDB88320, as in zlib) of a span of bytes.
 *
 * @param bytes - where the span lies
 * @param view - over the same bytes, from their first to their last
 * @param from - first byte of the span
 * @param to - behind its last byte
 * @param before - the sum of what goes before the span; 0 for nothing
 */
export function crc32(bytes: Uint8Array, view: DataView, from: number, to: number, before = 0): number {
  if (to - from > SHORT_SPAN) return nativeCrc32(bytes.subarray(from, to), before);
  let sum = ~before;
  let at = from;
  for (; at + 8 <= to; at += 8) {
    const low = sum ^ view.getInt32(at, true);
    const high = view.getInt32(at + 4, true);
    sum =
      entry(7, low) ^
      entry(6, low >>> 8) ^
      entry(5, low >>> 16) ^
      entry(4, low >>> 24) ^
      entry(3, high) ^
      entry(2, high >>> 8) ^
      entry(1, high >>> 16) ^
      entry(0, high >>> 24);
  }
  for (; at < to; at++) sum = (sum >>> 8) ^ entry(0, sum ^ view.getUint8(at));
  return ~sum >>> 0;
}

/** {@link crc32} of all bytes of an array. */
export function crc32Of(bytes: Uint8Array, before = 0): number {
  // zlib takes no bytes for a new beginning and forgets what was before.
  return bytes.length === 0 ? before : nativeCrc32(bytes, before);
}

function entry(distance: number, byte: number): number {
  return TABLE[(distance << 8) | (byte & 255)] ?? 0;
}

function makeTable(): Int32Array {
  const table = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
    table[byte] = sum;
  }
  for (let i = 256; i < table.length; i++) {
    const nearer = table[i - 256] ?? 0;
    table[i] = (nearer >>> 8) ^ (table[nearer & 255] ?? 0);
  }
  return table;
}
