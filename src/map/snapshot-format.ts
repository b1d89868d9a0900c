/**
 * The bytes of a snapshot, version 1 (docs/formats/snapshot.md): a preamble, then *frames*, each with a
 * header that is checked before its body is waited for. Little-endian.
 *
 * ```text
 * preamble  0        8    10   12     16
 *           +--------+----+----+------+
 *           | magic  |ver | 0  |crc32 |
 *           +--------+----+----+------+
 *
 * frame     0      4      8      12     16       20   24            32
 * header    +------+------+------+------+--------+----+-------------+
 *           |crc32 |crc32 | body | count| map    |kind| version     |
 *           |header|body  |length|      | base   |000 | base        |
 *           +------+------+------+------+--------+----+-------------+
 * ```
 */
import { StoreError } from '../base/errors.ts';
import { MAX_BLOCK_BYTES, MAX_KEY_BYTES } from '../contract/limits.ts';
import { crc32Of } from '../parts/checksum.ts';
import { RECORD_HEADER } from '../parts/record.ts';

/** Length of what a snapshot begins with. */
export const PREAMBLE_BYTES = 16;
/** So many bytes tell whether it is a snapshot at all. */
export const MAGIC_BYTES = 8;
/** Length of a frame's header. */
export const FRAME_HEADER_BYTES = 32;

/** The first frame: position and maps. */
export const HEADER_FRAME = 1;
/** A block of records. */
export const RECORDS_FRAME = 2;
/** The last frame: counts, and a checksum over all that came before. */
export const END_FRAME = 3;

/** Length of the body of the last frame. */
export const END_BYTES = 24;

const FORMAT_VERSION = 1;
/** Not text, and changed by whatever rewrites line ends. */
const MAGIC: Uint8Array = new Uint8Array([0x89, 0x73, 0x61, 0x6d, 0x65, 0x0d, 0x0a, 0x1a]);
const TWO_32 = 0x1_0000_0000;
/** What a record may have besides its value: header, expiry, stamp, key. */
const RECORD_EXTRAS = RECORD_HEADER + 16 + MAX_KEY_BYTES;

/** A frame's header. */
export interface FrameHeader {
  readonly kind: number;
  readonly bodyCrc: number;
  readonly bodyLength: number;
  readonly count: number;
  readonly mapBase: number;
  readonly versionBase: number;
}

export function preamble(): Uint8Array {
  const bytes = new Uint8Array(PREAMBLE_BYTES);
  bytes.set(MAGIC);
  const view = viewOf(bytes);
  view.setUint16(8, FORMAT_VERSION, true);
  view.setUint32(12, crc32Of(bytes.subarray(0, 12)), true);
  return bytes;
}

/** @throws StoreError `FORMAT` for what does not begin like a snapshot */
export function checkMagic(bytes: Uint8Array): void {
  if (MAGIC.some((byte, i) => bytes[i] !== byte))
    throw new StoreError('FORMAT', 'not a snapshot: it begins otherwise');
}

/** @throws StoreError `FORMAT` for what is no snapshot, or one of a later format; `CORRUPT` for a damaged one */
export function checkPreamble(bytes: Uint8Array): void {
  checkMagic(bytes);
  const view = viewOf(bytes);
  const version = view.getUint16(8, true);
  if (version !== FORMAT_VERSION) {
    throw new StoreError(
      'FORMAT',
      `a snapshot of format ${version}; this release reads format ${FORMAT_VERSION}`,
    );
  }
  const sum = crc32Of(bytes.subarray(0, 12));
  if (view.getUint16(10, true) !== 0 || view.getUint32(12, true) !== sum)
    throw corrupt('the preamble is damaged', 0);
}

/**
 * Writes a frame's header in front of its body, which lies at {@link FRAME_HEADER_BYTES}.
 *
 * @param bodyCrc - the checksum of the body, where it is known
 */
export function writeFrameHeader(
  frame: Uint8Array,
  header: Omit<FrameHeader, 'bodyCrc' | 'bodyLength'>,
  bodyCrc: number = crc32Of(frame.subarray(FRAME_HEADER_BYTES)),
): void {
  const view = viewOf(frame);
  view.setUint32(4, bodyCrc, true);
  view.setUint32(8, frame.length - FRAME_HEADER_BYTES, true);
  view.setUint32(12, header.count, true);
  view.setUint32(16, header.mapBase, true);
  view.setUint32(20, header.kind, true);
  view.setUint32(24, header.versionBase >>> 0, true);
  view.setUint32(28, Math.floor(header.versionBase / TWO_32), true);
  view.setUint32(0, crc32Of(frame.subarray(4, FRAME_HEADER_BYTES)), true);
}

/**
 * Reads and checks a frame's header.
 *
 * @param bytes - {@link FRAME_HEADER_BYTES} of them
 * @param at - offset in the snapshot, for the message
 * @param valueBytes - the longest value that is taken
 * @throws StoreError `CORRUPT` for a damaged or impossible one, `LIMIT` for a value that is too long
 */
export function readFrameHeader(bytes: Uint8Array, at: number, valueBytes: number): FrameHeader {
  const view = viewOf(bytes);
  if (crc32Of(bytes.subarray(4)) !== view.getUint32(0, true)) throw corrupt('a frame header is damaged', at);
  const header = {
    bodyCrc: view.getUint32(4, true),
    bodyLength: view.getUint32(8, true),
    count: view.getUint32(12, true),
    mapBase: view.getUint32(16, true),
    kind: view.getUint32(20, true),
    versionBase: view.getUint32(28, true) * TWO_32 + view.getUint32(24, true),
  };
  if (!Number.isSafeInteger(header.versionBase)) throw corrupt('a version base is out of range', at);
  if (header.kind === RECORDS_FRAME) checkRecordsHeader(header, at, valueBytes);
  else if (header.bodyLength > (header.kind === END_FRAME ? END_BYTES : MAX_BLOCK_BYTES)) {
    throw corrupt('a frame is longer than it may be', at);
  }
  return header;
}

function checkRecordsHeader({ bodyLength, count }: FrameHeader, at: number, valueBytes: number): void {
  if (count === 0 || bodyLength < count * (RECORD_HEADER + 1))
    throw corrupt('a frame is too short for its records', at);
  if (bodyLength <= MAX_BLOCK_BYTES) return;
  if (count > 1) throw corrupt('a frame is longer than it may be', at);
  if (bodyLength > valueBytes + RECORD_EXTRAS) {
    throw new StoreError('LIMIT', `a value at offset ${at} is longer than the ${valueBytes} bytes that fit`);
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The fault of a snapshot that is damaged at this offset. */
export function corrupt(what: string, at: number): StoreError {
  return new StoreError('CORRUPT', `the snapshot is damaged: ${what}, at offset ${at}`);
}
