import type { OpenFile } from '../../fs/files.ts';
import { ORDINARY, SEGMENT_HEADER, type SegmentHeader, writeSegmentHeader } from './format.ts';

/** The least room a segment begins with, in bytes. */
const FIRST_BYTES = 16 * 1024;
/** Records begin at least this far from each other, so that a bit for so many bytes tells them apart. */
const GRAIN_SHIFT = 4;

/** A segment: its bytes in memory exactly as they lie in its file, and what is known of them. */
export class Segment {
  readonly header: SegmentHeader;
  /** Number of the segment within the memory of this store; addresses are place and offset. */
  place = 0;
  bytes: Uint8Array;
  view: DataView;
  text: Buffer;
  /** Behind the last byte in use. */
  tail: number;
  /** Added to the versions of the records. */
  versionBase = 0;
  /** Entries that stand: how many, and the bytes of their records. */
  liveCount = 0;
  liveBytes = 0;
  /** Bytes of records that compaction can drop: of entries that were superseded, and removals. */
  spentBytes = 0;
  /** Highest version by which a record of this segment was superseded. */
  deadBy = 0;
  /** Highest version of a record. */
  top = 0;
  file: OpenFile | undefined;
  /** The file exists and holds the header. */
  begun = false;
  /** Nothing is appended any more. */
  sealed = false;
  /** It does not count yet: what it holds is being loaded, or copied. */
  staged = false;
  /** Up to here the file is synced. */
  synced = 0;
  /** Up to here the file has been given room. */
  room = 0;
  /** A bit for each record that is no standing entry. */
  dead: Uint32Array;

  /** @param bytes - of an existing segment, and the rest of their buffer is its own too; a new one gets room and a header */
  constructor(header: SegmentHeader, bytes?: Uint8Array, tail: number = SEGMENT_HEADER) {
    this.header = header;
    this.bytes =
      bytes === undefined ? new Uint8Array(FIRST_BYTES) : new Uint8Array(bytes.buffer, bytes.byteOffset);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
    this.text = Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
    this.tail = tail;
    this.dead = new Uint32Array(words(this.bytes.length));
    if (bytes === undefined) writeSegmentHeader(this.bytes, this.view, header);
  }

  get id(): number {
    return this.header.id;
  }

  get ordinary(): boolean {
    return this.header.kind === ORDINARY;
  }

  /** Makes room for so many bytes in all; what was handed out of the bytes stays as it is. */
  ensure(length: number, most: number): void {
    if (length <= this.bytes.length) return;
    const capacity = Math.max(length, Math.min(this.bytes.length * 2, most));
    const grown = Buffer.allocUnsafeSlow(capacity);
    grown.set(this.bytes.subarray(0, this.tail));
    this.bytes = new Uint8Array(grown.buffer, 0, capacity);
    this.view = new DataView(grown.buffer, 0, capacity);
    this.text = grown;
    const dead = new Uint32Array(words(capacity));
    dead.set(this.dead);
    this.dead = dead;
  }

  /** Numbers of {@link dead} that are in use. */
  get deadWords(): number {
    return words(this.tail);
  }

  isDead(offset: number): boolean {
    const grain = offset >>> GRAIN_SHIFT;
    return ((this.dead[grain >>> 5] ?? 0) & (1 << (grain & 31))) !== 0;
  }

  markDead(offset: number): void {
    const grain = offset >>> GRAIN_SHIFT;
    this.dead[grain >>> 5] = (this.dead[grain >>> 5] ?? 0) | (1 << (grain & 31));
  }

  unmark(offset: number): void {
    const grain = offset >>> GRAIN_SHIFT;
    this.dead[grain >>> 5] = (this.dead[grain >>> 5] ?? 0) & ~(1 << (grain & 31));
  }

  /** Marks everything up to the tail, also where no record begins; the bits as they were. */
  markAllDead(): Uint32Array {
    const before = this.dead.slice(0, this.deadWords);
    this.putDead(new Uint32Array(before.length).fill(0xffff_ffff), this.tail);
    return before;
  }

  /** Puts the bits of all records that begin before an offset, which is where one ends. */
  putDead(dead: Uint32Array, to: number): void {
    const grains = to >>> GRAIN_SHIFT;
    const whole = grains >>> 5;
    this.dead.set(dead.subarray(0, whole));
    const rest = 2 ** (grains & 31) - 1;
    this.dead[whole] = ((this.dead[whole] ?? 0) & ~rest) | ((dead[whole] ?? 0) & rest);
  }

  /** Forgets everything from an offset on. */
  cut(offset: number): void {
    for (let at = offset; at < this.tail; at += 1 << GRAIN_SHIFT) this.unmark(at);
    if (this.tail > offset) this.unmark(this.tail - 1);
    this.tail = offset;
  }
}

/** `true` when a bitmap has a bit in a range of offsets. */
export function anyDead(dead: Uint32Array, from: number, to: number): boolean {
  const last = (to - 1) >>> GRAIN_SHIFT;
  let grain = from >>> GRAIN_SHIFT;
  while (grain <= last) {
    if ((grain & 31) === 0 && grain + 31 <= last) {
      if (dead[grain >>> 5] !== 0) return true;
      grain += 32;
      continue;
    }
    if (((dead[grain >>> 5] ?? 0) & (1 << (grain & 31))) !== 0) return true;
    grain++;
  }
  return false;
}

/** {@link Segment.isDead} of a bitmap. */
export function deadIn(dead: Uint32Array, offset: number): boolean {
  const grain = offset >>> GRAIN_SHIFT;
  return ((dead[grain >>> 5] ?? 0) & (1 << (grain & 31))) !== 0;
}

function words(length: number): number {
  return (length >>> (GRAIN_SHIFT + 5)) + 1;
}
