import type { Files } from '../../fs/files.ts';
import { crc32 } from '../../parts/checksum.ts';
import { RecordReader } from '../../parts/record-reader.ts';
import * as format from './format.ts';
import { idOfName, segmentName } from './names.ts';

/** Something bad in a file of a log. */
export interface Finding {
  readonly file: string;
  /** Of the first bad byte. */
  readonly offset: number;
  readonly what: string;
}

/** What is met when the files of a log are read from one end to the other. */
export type Met =
  | {
      readonly kind: 'segment';
      readonly file: string;
      readonly header: format.SegmentHeader;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'batch'; readonly at: number; readonly batch: format.BatchHeader }
  | { readonly kind: 'record'; readonly reader: RecordReader }
  | ({ readonly kind: 'bad' } & Finding);

/**
 * Reads all files of a log and goes on behind whatever is bad. The reader of a record is valid until
 * the next thing is met.
 */
export async function* meetAll(files: Files): AsyncGenerator<Met, void, undefined> {
  const ids = (await files.list()).flatMap((name) => idOfName(name) ?? []).sort((a, b) => a - b);
  for (const id of ids) {
    const file = segmentName(id);
    yield* meetFile(file, await files.read(file));
  }
}

function* meetFile(file: string, bytes: Uint8Array): Generator<Met, void, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const bad = (offset: number, what: string): Met => ({ kind: 'bad', file, offset, what });
  const header = format.readSegmentHeader(bytes, view);
  if (header === undefined) return yield bad(0, 'the header of the segment is damaged');
  if (header.format !== format.FORMAT)
    return yield bad(8, `format ${header.format} is that of another release`);
  yield { kind: 'segment', file, header, bytes };
  let at: number = format.SEGMENT_HEADER;
  while (at < bytes.length) {
    const batch = format.readBatchHeader(bytes, view, at, header.salt);
    if (batch === undefined) {
      if (bytes.subarray(at).every((byte) => byte === 0)) return;
      yield bad(at, 'no batch header');
      at = nextBatch(bytes, view, at + 1, header.salt);
      continue;
    }
    yield { kind: 'batch', at, batch };
    const from = at + format.BATCH_HEADER;
    const to = from + batch.length;
    at = to;
    const whole = to <= bytes.length && crc32(bytes, view, from, to) === batch.sum;
    const reader = new RecordReader(bytes.subarray(0, Math.min(to, bytes.length)));
    reader.end = from;
    for (;;) {
      const begin = reader.end;
      let read = false;
      try {
        read = reader.next();
      } catch {
        yield bad(begin, 'a record is cut off, or has a header that cannot be');
        break;
      }
      if (!read) break;
      if (whole || reader.verify()) yield { kind: 'record', reader };
      else yield bad(begin, 'the checksum of a record is wrong');
    }
    if (to > bytes.length) return yield bad(bytes.length, 'a batch is cut off');
  }
}

/** Where the next batch begins that can be read. */
function nextBatch(bytes: Uint8Array, view: DataView, from: number, salt: number): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const magic = Buffer.from(format.BATCH_MAGIC);
  for (let at = text.indexOf(magic, from); at >= 0; at = text.indexOf(magic, at + 1)) {
    if (format.readBatchHeader(bytes, view, at, salt) !== undefined) return at;
  }
  return bytes.length;
}
