import { fileError } from '../../fs/errors.ts';
import { writeAll } from '../../fs/files.ts';
import { newSegment } from './append.ts';
import { BATCH_HEADER, LOADED, PLAIN, SEGMENT_HEADER, writeBatchHeader } from './format.ts';
import { segmentName } from './names.ts';
import type { Segment } from './segment.ts';
import { addSegment, type State } from './state.ts';

/** Records are written to batches of this length. */
const BATCH_BYTES = 1024 * 1024;
/** What was written is synced whenever it is so much, so that little is left to wait for at the end. */
const SYNC_BYTES = 8 * 1024 * 1024;

/** The segments of a load: they are written while they are filled, and count for nothing until told otherwise. */
export class LoadWriter {
  readonly segments: Segment[] = [];
  readonly #state: State;
  /** How many bytes will come, as far as that is known. */
  #expected: number;
  #batchAt = 0;
  #count = 0;
  #map = -1;
  #written: Promise<void> = Promise.resolve();
  #unsynced = 0;
  #fault: unknown;

  constructor(state: State, expectedBytes: number) {
    this.#state = state;
    this.#expected = expectedBytes;
  }

  /** A segment with room behind its tail. @throws StoreError `FULL` or `IO` when writing failed meanwhile */
  room(bytes: number): Segment {
    if (this.#fault !== undefined) throw this.#fault;
    const { segmentBytes } = this.#state.settings;
    let segment = this.segments.at(-1);
    if (segment !== undefined && segment.tail - this.#batchAt > BATCH_BYTES) this.#endBatch(segment);
    if (
      segment === undefined ||
      (segment.liveCount > 0 && segment.tail + BATCH_HEADER + bytes > segmentBytes)
    ) {
      if (segment !== undefined) this.#endSegment(segment);
      segment = this.#begin(bytes);
    }
    segment.ensure(segment.tail + BATCH_HEADER + bytes, segmentBytes);
    if (this.#batchAt === 0) {
      this.#batchAt = segment.tail;
      segment.tail += BATCH_HEADER;
    }
    return segment;
  }

  /**
   * Counts entries that were put behind the tail of the segment, and moves the tail.
   *
   * @param map - of all of them, when none of them expires; 0 otherwise
   */
  added(segment: Segment, to: number, count: number, map: number): void {
    segment.liveCount += count;
    segment.liveBytes += to - segment.tail;
    this.#expected -= to - segment.tail;
    segment.tail = to;
    this.#count += count;
    this.#map = this.#map === -1 || this.#map === map ? map : 0;
  }

  /** Ends the last segment; resolves when all of them are on disk. */
  async finish(): Promise<void> {
    const last = this.segments.at(-1);
    if (last === undefined) return;
    this.#endSegment(last);
    await this.#written;
    if (this.#fault !== undefined) throw this.#fault;
    await this.#state.files.sync().catch((error: unknown) => {
      throw loadFault(error);
    });
  }

  /** Removes the segments. */
  async discard(): Promise<void> {
    await this.#written;
    for (const segment of this.segments) {
      this.#state.segments[segment.place] = undefined;
      await segment.file?.close().catch(() => undefined);
      segment.file = undefined;
      if (segment.begun) await this.#state.files.remove(segmentName(segment.id)).catch(() => undefined);
    }
  }

  #begin(bytes: number): Segment {
    const { segmentBytes } = this.#state.settings;
    const segment = newSegment(LOADED, this.#state.nextSegment++, 0);
    segment.staged = true;
    segment.sealed = true;
    addSegment(this.#state, segment);
    this.segments.push(segment);
    this.#batchAt = 0;
    const batches = Math.ceil(this.#expected / BATCH_BYTES) + 1;
    const expected = segment.tail + this.#expected + batches * BATCH_HEADER;
    segment.ensure(
      Math.max(segment.tail + BATCH_HEADER + bytes, Math.min(expected, segmentBytes)),
      segmentBytes,
    );
    return segment;
  }

  #endBatch(segment: Segment): void {
    const from = this.#batchAt;
    if (from === 0) return;
    this.#batchAt = 0;
    if (this.#count === 0) {
      segment.tail = from;
      return;
    }
    const map = Math.max(0, this.#map);
    writeBatchHeader(segment.bytes, segment.view, from, segment.header.salt, {
      length: segment.tail - from - BATCH_HEADER,
      count: this.#count,
      synced: 0,
      flags: map > 0 ? PLAIN : 0,
      map,
    });
    this.#count = 0;
    this.#map = -1;
    const to = segment.tail;
    this.#then(() => this.#write(segment, from === SEGMENT_HEADER ? 0 : from, to));
  }

  #endSegment(segment: Segment): void {
    this.#endBatch(segment);
    if (segment.liveCount > 0) {
      this.#then(() => this.#close(segment));
      return;
    }
    this.segments.pop();
    this.#state.segments[segment.place] = undefined;
  }

  async #write(segment: Segment, from: number, to: number): Promise<void> {
    const file = segment.file ?? (await this.#state.files.open(segmentName(segment.id), 'create', false));
    segment.file = file;
    segment.begun = true;
    await writeAll(file, segment.bytes.subarray(from, to), from);
    this.#unsynced += to - from;
    if (this.#unsynced < SYNC_BYTES) return;
    this.#unsynced = 0;
    await file.sync();
  }

  async #close(segment: Segment): Promise<void> {
    this.#unsynced = 0;
    await segment.file?.sync();
    const { file } = segment;
    segment.file = undefined;
    segment.room = segment.tail;
    await file?.close();
  }

  /** Does something behind all that was to be done before, unless that failed. */
  #then(work: () => Promise<void>): void {
    this.#written = this.#written
      .then(() => (this.#fault === undefined ? work() : undefined))
      .catch((error: unknown) => {
        this.#fault = loadFault(error);
      });
  }
}

function loadFault(error: unknown): unknown {
  return fileError('a loaded segment could not be written', error);
}
