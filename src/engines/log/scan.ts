import { RecordReader } from '../../parts/record-reader.ts';
import { crc32 } from '../../parts/checksum.ts';
import {
  BATCH_HEADER,
  BATCH_MAGIC,
  GROUP,
  readBatchHeader,
  SEGMENT_HEADER,
  type SegmentHeader,
} from './format.ts';

/** What the bytes of a segment are found to be. */
export interface Scan {
  /** Behind the last byte that is good; whole commits only. */
  readonly end: number;
  /** Where the batch begins in which the good part ends, when it ends inside a batch; 0 otherwise. */
  readonly insideBatch: number;
  /** Good records of that batch. */
  readonly insideCount: number;
  /** Good batches say that the segment was synced up to here. */
  readonly synced: number;
  /** The first byte that is bad; `undefined` when all is good. */
  readonly damage: Damage | undefined;
}

export interface Damage {
  readonly offset: number;
  readonly what: string;
  /** `true`: what is bad had been synced, for what lies behind it says so. */
  readonly proven: boolean;
}

/** Verifies all checksums of a segment whose header is good. */
export function scanSegment(bytes: Uint8Array, view: DataView, header: SegmentHeader): Scan {
  let at = SEGMENT_HEADER;
  let synced = 0;
  for (;;) {
    const batch = readBatchHeader(bytes, view, at, header.salt);
    if (batch === undefined) {
      const damage = allZero(bytes, at)
        ? undefined
        : damageAt(bytes, view, header, at, at, 'no batch header');
      return { end: at, insideBatch: 0, insideCount: 0, synced, damage };
    }
    synced = Math.max(synced, batch.synced);
    const from = at + BATCH_HEADER;
    const to = from + batch.length;
    if (to <= bytes.length && crc32(bytes, view, from, to) === batch.sum) {
      at = to;
      continue;
    }
    const good = goodRecords(bytes, from, Math.min(to, bytes.length));
    const damage = damageAt(bytes, view, header, good.bad, at, good.what);
    const none = good.count === 0;
    return { end: none ? at : good.end, insideBatch: none ? 0 : at, insideCount: good.count, synced, damage };
  }
}

/** How far the records of a damaged batch are good; a commit of several counts when it is whole. */
function goodRecords(
  bytes: Uint8Array,
  from: number,
  to: number,
): { readonly end: number; readonly count: number; readonly bad: number; readonly what: string } {
  const reader = new RecordReader(bytes.subarray(0, to));
  reader.end = from;
  let end = from;
  let count = 0;
  let seen = 0;
  let group = 0;
  for (;;) {
    const at = reader.end;
    let good = false;
    try {
      good = reader.next() && reader.verify();
    } catch {}
    if (!good) return { end, count, bad: at, what: 'a record is damaged or cut off' };
    seen++;
    if (group > 0) group--;
    else if (reader.kind === GROUP) group = Number(groupSize(bytes, reader));
    if (group === 0) {
      end = reader.end;
      count = seen;
    }
  }
}

/** How many records a group has. */
export function groupSize(bytes: Uint8Array, { valueAt, end }: RecordReader): number {
  if (end - valueAt !== 8) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset + valueAt, 8).getFloat64(0, true);
}

function damageAt(
  bytes: Uint8Array,
  view: DataView,
  header: SegmentHeader,
  offset: number,
  batchAt: number,
  what: string,
): Damage {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const magic = Buffer.from(BATCH_MAGIC);
  let proven = false;
  for (let at = text.indexOf(magic, batchAt + 1); at >= 0 && !proven; at = text.indexOf(magic, at + 1)) {
    const later = readBatchHeader(bytes, view, at, header.salt);
    proven = later !== undefined && later.synced > batchAt;
  }
  return { offset, what, proven };
}

function allZero(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at < bytes.length; at++) if (bytes[at] !== 0) return false;
  return true;
}
