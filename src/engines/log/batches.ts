import { StoreError } from '../../base/errors.ts';
import { RecordReader } from '../../parts/record-reader.ts';
import { BATCH_HEADER, type BatchHeader, readBatchHeader, SEGMENT_HEADER } from './format.ts';
import type { Segment } from './segment.ts';

/** The batches of a segment that was verified, one after the other. */
export class Batches {
  at: number = SEGMENT_HEADER;
  batch: BatchHeader | undefined;
  /** Where the records of the batch lie. */
  from = 0;
  to = 0;
  readonly #segment: Segment;
  readonly #limit: number;

  /** @param limit - batches that begin at this offset or above are left out */
  constructor(segment: Segment, limit: number = segment.tail) {
    this.#segment = segment;
    this.#limit = limit;
  }

  next(): boolean {
    if (this.at >= this.#limit) return false;
    const { bytes, view, header } = this.#segment;
    const batch = readBatchHeader(bytes, view, this.at, header.salt);
    if (batch === undefined) {
      throw new StoreError('CORRUPT', `segment ${header.id}: no batch in memory at offset ${this.at}`);
    }
    this.batch = batch;
    this.from = this.at + BATCH_HEADER;
    this.to = this.at = this.from + batch.length;
    return true;
  }
}

/** A reader of the records of a segment; set its `end` to where to begin. */
export function readerOf({ bytes, tail }: Segment, where = 0): RecordReader {
  return new RecordReader(bytes.subarray(0, tail), 0, 0, where);
}
