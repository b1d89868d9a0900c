import { StoreError } from '../base/errors.ts';
import { show } from '../base/options.ts';
import type { Codec } from '../contract/codec.ts';
import type { Loaded, RecordBlock } from '../contract/services.ts';
import { crc32Of } from '../parts/checksum.ts';
import { encodeRecord, recordBound, SET_BYTES, SET_NUMBER } from '../parts/record.ts';
import * as format from './snapshot-format.ts';
import { encodeEnd, encodeHeader } from './snapshot-header.ts';
import type { SnapshotHeader } from './snapshot-header.ts';

const { FRAME_HEADER_BYTES } = format;

/** Entries are gathered up to this many bytes before a frame is handed on. */
const FRAME_BYTES = 256 * 1024;

/**
 * Makes the pieces of a snapshot, in order: `begin`, then entries and blocks in any order, then `end`.
 * What is handed out is not used again.
 */
export class SnapshotWriter {
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = format.viewOf(this.#bytes);
  #at = 0;
  #map = 0;
  #count = 0;
  #entries = 0;
  #frames = 0;
  #chain = 0;

  begin(header: SnapshotHeader): Uint8Array[] {
    const preamble = format.preamble();
    this.#chain = crc32Of(preamble);
    const frame = encodeHeader(header, FRAME_HEADER_BYTES);
    return [preamble, this.#seal(frame, format.HEADER_FRAME, header.maps.length, 0, 0)];
  }

  /**
   * Adds an entry; a frame when one is full.
   *
   * @param value - its cell, as bytes or a number
   */
  add(map: number, entry: Loaded, value: Uint8Array | number): Uint8Array | undefined {
    const bound = recordBound(entry.key, value);
    let full: Uint8Array | undefined;
    if (this.#count > 0 && (map !== this.#map || this.#at + bound > this.#bytes.length)) full = this.flush();
    if (this.#count === 0) this.#open(map, bound);
    this.#at = encodeRecord(
      this.#bytes,
      this.#view,
      this.#at,
      typeof value === 'number' ? SET_NUMBER : SET_BYTES,
      0,
      entry.key,
      value,
      entry.version,
      entry.expiresAt,
      entry.shape,
      entry.stamp,
    );
    this.#count++;
    return full;
  }

  /** The frame of the entries gathered so far, if there are any. */
  flush(): Uint8Array | undefined {
    if (this.#count === 0) return undefined;
    const { length } = this.#bytes;
    const frame = this.#at > length / 2 ? this.#bytes.subarray(0, this.#at) : this.#bytes.slice(0, this.#at);
    const count = this.#count;
    this.#count = 0;
    this.#bytes = new Uint8Array(0);
    return this.#seal(frame, format.RECORDS_FRAME, count, this.#map, 0);
  }

  /** The frame of a block of records, which are copied as they are. */
  block({ bytes, count, mapBase, versionBase, sum }: RecordBlock): Uint8Array {
    // All of it is written over, so that zeroing it first would be half of the work.
    const frame = new Uint8Array(Buffer.allocUnsafeSlow(FRAME_HEADER_BYTES + bytes.length).buffer);
    frame.set(bytes, FRAME_HEADER_BYTES);
    return this.#seal(frame, format.RECORDS_FRAME, count, mapBase, versionBase, sum);
  }

  end(): Uint8Array {
    const end = { entries: this.#entries, frames: this.#frames, chain: this.#chain };
    return this.#seal(encodeEnd(end, FRAME_HEADER_BYTES), format.END_FRAME, 0, 0, 0);
  }

  #open(map: number, bound: number): void {
    this.#map = map;
    this.#bytes = new Uint8Array(FRAME_HEADER_BYTES + Math.max(FRAME_BYTES, bound));
    this.#view = format.viewOf(this.#bytes);
    this.#at = FRAME_HEADER_BYTES;
  }

  /** @param sum - of the body, where it is known */
  #seal(
    frame: Uint8Array,
    kind: number,
    count: number,
    mapBase: number,
    versionBase: number,
    sum?: number,
  ): Uint8Array {
    format.writeFrameHeader(frame, { kind, count, mapBase, versionBase }, sum);
    this.#chain = crc32Of(frame.subarray(0, FRAME_HEADER_BYTES), this.#chain);
    this.#frames++;
    if (kind === format.RECORDS_FRAME) this.#entries += count;
    return frame;
  }
}

/** The cell as a snapshot holds it. @throws StoreError `CODEC` for a reference, which only its codec can write */
export function plainCell({ key, value }: Loaded): Uint8Array | number {
  if (typeof value === 'number' || value instanceof Uint8Array) return value;
  throw new StoreError('CODEC', `key ${show(key)}: a reference without a codec cannot be written`);
}

/** The bytes of a reference. @throws StoreError `CODEC` naming the key */
export function encoded(codec: Codec<unknown>, { key, value }: Loaded): Uint8Array | number {
  try {
    return codec.encode(value);
  } catch (cause) {
    const why = cause instanceof StoreError ? cause.message : 'it cannot be encoded; see error.cause';
    throw new StoreError('CODEC', `key ${show(key)}: ${why}`, { cause });
  }
}
