import { crc32Of } from '../parts/checksum.ts';
import type { Pieces } from './restore-source.ts';
import * as format from './snapshot-format.ts';
import type { FrameHeader } from './snapshot-format.ts';
import { decodeEnd, decodeHeader } from './snapshot-header.ts';
import type { SnapshotHeader } from './snapshot-header.ts';

const { FRAME_HEADER_BYTES, MAGIC_BYTES, PREAMBLE_BYTES } = format;

/** A frame of records. Its bytes are valid until the next frame is asked for. */
export interface RecordsFrame extends FrameHeader {
  /** Offset of the body in the snapshot. */
  readonly at: number;
  readonly body: Uint8Array;
}

/** How a snapshot is read. */
export interface Reading {
  /** The longest value that is taken. */
  readonly valueBytes: number;
  /** `true`: the bodies were verified where they lie, and are not summed again. */
  readonly trusted?: boolean;
  /** Is given each frame that was read, and the preamble as a header without a body. */
  readonly onFrame?: (header: Uint8Array, body: Uint8Array) => Promise<void>;
}

/**
 * Reads a snapshot from its pieces: `begin`, then `next` until there is no more. Checks all checksums
 * and the order of the frames; takes in no more bytes than a checked header announced, and allocates
 * none before they came.
 */
export class SnapshotReader {
  readonly #pieces: Pieces;
  readonly #how: Reading;
  #piece: Uint8Array = new Uint8Array(0);
  /** Where in the piece the next byte lies. */
  #at = 0;
  /** Where the piece begins in the snapshot. */
  #base = 0;
  #frames = 0;
  #entries = 0;
  #chain = 0;

  constructor(pieces: Pieces, how: Reading) {
    this.#pieces = pieces;
    this.#how = how;
  }

  /** @throws StoreError `FORMAT` for what is no snapshot of this format, `CORRUPT` for a damaged one */
  async begin(): Promise<SnapshotHeader> {
    const magic = (await this.#take(MAGIC_BYTES)).slice();
    format.checkMagic(magic);
    const preamble = joined([magic, await this.#take(PREAMBLE_BYTES - MAGIC_BYTES)], PREAMBLE_BYTES);
    format.checkPreamble(preamble);
    this.#chain = crc32Of(preamble);
    await this.#how.onFrame?.(preamble, new Uint8Array(0));
    const frame = await this.#frame();
    if (frame.kind !== format.HEADER_FRAME)
      throw format.corrupt('it does not begin with its maps', PREAMBLE_BYTES);
    return decodeHeader(frame.body, frame.count, frame.at);
  }

  /** The next frame of records; `undefined` at the end, which is then checked. */
  async next(): Promise<RecordsFrame | undefined> {
    const [frames, chain] = [this.#frames, this.#chain];
    const frame = await this.#frame();
    if (frame.kind === format.RECORDS_FRAME) {
      this.#entries += frame.count;
      return frame;
    }
    if (frame.kind !== format.END_FRAME) throw format.corrupt('a frame of an unknown kind', frame.at);
    const end = decodeEnd(frame.body, frame.at);
    if (end.frames !== frames || end.entries !== this.#entries || end.chain !== chain) {
      throw format.corrupt('the last frame tells of other frames', frame.at);
    }
    await this.#nothingMore();
    return undefined;
  }

  get #offset(): number {
    return this.#base + this.#at;
  }

  async #frame(): Promise<RecordsFrame> {
    const start = this.#offset;
    // A copy: what was taken is void when the body is taken.
    const bytes = (await this.#take(FRAME_HEADER_BYTES)).slice();
    const header = format.readFrameHeader(bytes, start, this.#how.valueBytes);
    const at = this.#offset;
    const body = await this.#take(header.bodyLength);
    if (this.#how.trusted !== true && crc32Of(body) !== header.bodyCrc)
      throw format.corrupt('a frame has the wrong checksum', at);
    this.#chain = crc32Of(bytes, this.#chain);
    this.#frames++;
    await this.#how.onFrame?.(bytes, body);
    return { ...header, at, body };
  }

  /** The next bytes, in one span, valid until the next call. */
  async #take(length: number): Promise<Uint8Array> {
    const here = this.#piece.length - this.#at;
    if (length <= here) return this.#cut(length);
    const parts = [this.#cut(here).slice()];
    for (let missing = length - here; missing > 0;) {
      if (!(await this.#more())) throw format.corrupt('it is cut off', this.#offset);
      const part = this.#cut(Math.min(missing, this.#piece.length)).slice();
      missing -= part.length;
      parts.push(part);
    }
    return joined(parts, length);
  }

  #cut(length: number): Uint8Array {
    const from = this.#at;
    this.#at += length;
    return this.#piece.subarray(from, from + length);
  }

  /** Moves to the next piece; `false` at the end of the source. */
  async #more(): Promise<boolean> {
    const piece = await this.#pieces.next();
    if (piece === undefined) return false;
    this.#base += this.#piece.length;
    this.#piece = piece;
    this.#at = 0;
    return true;
  }

  async #nothingMore(): Promise<void> {
    const { length } = this.#piece;
    if (this.#at < length) throw format.corrupt('it goes on behind its end', this.#offset);
    while (await this.#more()) {
      if (this.#piece.length > 0) throw format.corrupt('it goes on behind its end', this.#offset);
    }
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
