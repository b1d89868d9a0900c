/**
 * The layout of a segment: a header, then batches of records. Little-endian, without padding.
 *
 * ```text
 * segment header
 *  0              8        12       16       20       24       28       32       36      60       64
 *  +--------------+--------+--------+--------+--------+--------+--------+--------+-------+--------+
 *  | "SAMELOG\n"  | format | kind   | id     |previous| flags  | salt   |previous| zeros | crc32  |
 *  |              |        |        |        | id     |        |        | length |       |        |
 *  +--------------+--------+--------+--------+--------+--------+--------+--------+-------+--------+
 * batch header
 *  0        4        8        12       16       20       24       28       32       36       40
 *  +--------+--------+--------+--------+--------+--------+--------+--------+--------+--------+
 *  | "BTCH" | crc32  | length | count  | crc32  | offset | synced | flags  | map    | zeros  |
 *  |        | header | of the | of     | of the | of this| up to  |        |        |        |
 *  |        |        | records| records| records| header |        |        |        |        |
 *  +--------+--------+--------+--------+--------+--------+--------+--------+--------+--------+
 * ```
 *
 * The checksum of a batch header begins with the salt of its segment, a random number, so that no
 * bytes of a value can pass for a batch header.
 */
import { crc32 } from '../../parts/checksum.ts';

export const SEGMENT_HEADER = 64;
export const BATCH_HEADER = 40;
/** Number of the format this release reads and writes. */
export const FORMAT = 1;

const SEGMENT_MAGIC: Uint8Array = Uint8Array.from('SAMELOG\n', (c) => c.charCodeAt(0));
export const BATCH_MAGIC: Uint8Array = Uint8Array.from('BTCH', (c) => c.charCodeAt(0));

/** Kinds of segments: written record by record, by compaction, by a load. */
export const ORDINARY = 0;
export const COMPACTED = 1;
export const LOADED = 2;

/** Segment flag: when it was begun, all segments before it were synced to their ends. */
export const BEFORE_IS_SYNCED = 1;
/** Batch flag: nothing but sets of one map that never expire. */
export const PLAIN = 1;

/** Kinds of control records. */
/** What the store is: JSON of {@link StateRecord}; the one of the highest sequence counts. */
export const STATE = 16;
/** What a map is: JSON of {@link MapRecord}, key: its name; the one of the highest sequence counts. */
export const MAP = 17;
/** A stamp left behind where no entry was; its expiry says how long it is remembered. */
export const STAMPED = 18;
/** So many of the records that follow are one commit; a float64. */
export const GROUP = 19;
/** In a segment made by compaction: JSON of {@link ReplacesRecord}. */
export const REPLACES = 20;

export interface StateRecord {
  readonly sequence: number;
  readonly lineage: string;
  /** Versions up to this one may have been used. */
  readonly reserved: number;
  /** The newest version, when the store was closed behind this record; 0 otherwise. */
  readonly clean: number;
  /** Changes up to this version may be gone from the log. */
  readonly floor: number;
  /** The segments that make up the store: pairs of id and length, which is 0 for one that still grows. */
  readonly segments: readonly (readonly [number, number])[];
  /** Added to the versions of the records of a loaded segment: pairs of id and version. */
  readonly bases: readonly (readonly [number, number])[];
}

export interface MapRecord {
  readonly sequence: number;
  readonly codec: string;
  readonly shape: number;
  readonly stored: boolean;
  /** Entries of this version and below are gone. */
  readonly clearedAt: number;
}

export interface ReplacesRecord {
  /** Ids of the segments it stands for. */
  readonly segments: readonly number[];
  /** Changes up to this version may be gone with them. */
  readonly floor: number;
}

/** What the header of a segment says. */
export interface SegmentHeader {
  readonly format: number;
  readonly kind: number;
  readonly id: number;
  /** Id of the ordinary segment before it; 0 for none. */
  readonly previous: number;
  readonly flags: number;
  readonly salt: number;
  /** How long the segment before it is. */
  readonly previousTail: number;
}

/** What the header of a batch says. */
export interface BatchHeader {
  /** Of the records, without this header. */
  readonly length: number;
  readonly count: number;
  readonly sum: number;
  /** Up to here the segment had been synced when the batch was written. */
  readonly synced: number;
  readonly flags: number;
  /** The map of a {@link PLAIN} batch. */
  readonly map: number;
}

export function writeSegmentHeader(bytes: Uint8Array, view: DataView, header: SegmentHeader): void {
  bytes.fill(0, 0, SEGMENT_HEADER);
  bytes.set(SEGMENT_MAGIC, 0);
  view.setUint32(8, header.format, true);
  view.setUint32(12, header.kind, true);
  view.setUint32(16, header.id, true);
  view.setUint32(20, header.previous, true);
  view.setUint32(24, header.flags, true);
  view.setUint32(28, header.salt, true);
  view.setUint32(32, header.previousTail, true);
  view.setUint32(60, crc32(bytes, view, 0, 60), true);
}

/** The header of a segment; `undefined` when the bytes are none. */
export function readSegmentHeader(bytes: Uint8Array, view: DataView): SegmentHeader | undefined {
  if (bytes.length < SEGMENT_HEADER) return undefined;
  if (SEGMENT_MAGIC.some((byte, i) => bytes[i] !== byte)) return undefined;
  if (crc32(bytes, view, 0, 60) !== view.getUint32(60, true)) return undefined;
  return {
    format: view.getUint32(8, true),
    kind: view.getUint32(12, true),
    id: view.getUint32(16, true),
    previous: view.getUint32(20, true),
    flags: view.getUint32(24, true),
    salt: view.getUint32(28, true),
    previousTail: view.getUint32(32, true),
  };
}

export function writeBatchHeader(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  salt: number,
  header: Omit<BatchHeader, 'sum'>,
): void {
  const from = at + BATCH_HEADER;
  bytes.set(BATCH_MAGIC, at);
  view.setUint32(at + 8, header.length, true);
  view.setUint32(at + 12, header.count, true);
  view.setUint32(at + 16, crc32(bytes, view, from, from + header.length), true);
  view.setUint32(at + 20, at, true);
  view.setUint32(at + 24, header.synced, true);
  view.setUint32(at + 28, header.flags, true);
  view.setUint32(at + 32, header.map, true);
  view.setUint32(at + 36, 0, true);
  view.setUint32(at + 4, crc32(bytes, view, at + 8, at + BATCH_HEADER, salt), true);
}

/** The header of a batch; `undefined` when what lies there is none of this segment, at this place. */
export function readBatchHeader(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  salt: number,
): BatchHeader | undefined {
  if (at + BATCH_HEADER > bytes.length) return undefined;
  if (BATCH_MAGIC.some((byte, i) => bytes[at + i] !== byte)) return undefined;
  if (crc32(bytes, view, at + 8, at + BATCH_HEADER, salt) !== view.getUint32(at + 4, true)) return undefined;
  if (view.getUint32(at + 20, true) !== at) return undefined;
  return {
    length: view.getUint32(at + 8, true),
    count: view.getUint32(at + 12, true),
    sum: view.getUint32(at + 16, true),
    synced: view.getUint32(at + 24, true),
    flags: view.getUint32(at + 28, true),
    map: view.getUint32(at + 32, true),
  };
}
