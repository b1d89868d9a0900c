import { crc32 as nativeCrc32 } from 'node:zlib';

/**
 * Spans up to this length are summed here: a call into the native code costs as much as summing
 * about 500 bytes.
 */
const SHORT_SPAN = 512;

/** The longest group of bytes that is summed at once. */
const GROUP = 16;
/** For each distance from the end of a group, what a byte there does to the sum. */
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
  for (; at + 16 <= to; at += 16) {
    const a = sum ^ view.getInt32(at, true);
    const b = view.getInt32(at + 4, true);
    const c = view.getInt32(at + 8, true);
    const d = view.getInt32(at + 12, true);
    sum = word(12, a) ^ word(8, b) ^ word(4, c) ^ word(0, d);
  }
  if (at + 8 <= to) {
    const a = sum ^ view.getInt32(at, true);
    sum = word(4, a) ^ word(0, view.getInt32(at + 4, true));
    at += 8;
  }
  if (at + 4 <= to) {
    sum = word(0, sum ^ view.getInt32(at, true));
    at += 4;
  }
  for (; at < to; at++) sum = (sum >>> 8) ^ entry(0, sum ^ view.getUint8(at));
  return ~sum >>> 0;
}

/** {@link crc32} of all bytes of an array. */
export function crc32Of(bytes: Uint8Array, before = 0): number {
  // zlib takes no bytes for a new beginning and forgets what was before.
  return bytes.length === 0 ? before : nativeCrc32(bytes, before);
}

/** What four bytes do to the sum, the last of which is so far from the end of their group. */
function word(distance: number, bytes: number): number {
  return (
    entry(distance + 3, bytes) ^
    entry(distance + 2, bytes >>> 8) ^
    entry(distance + 1, bytes >>> 16) ^
    entry(distance, bytes >>> 24)
  );
}

function entry(distance: number, byte: number): number {
  return TABLE[(distance << 8) | (byte & 255)] ?? 0;
}

function makeTable(): Int32Array {
  const table = new Int32Array(GROUP * 256);
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
