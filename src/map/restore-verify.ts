import { StoreError } from '../base/errors.ts';
import type { RecordBlock } from '../contract/services.ts';
import { RecordReader } from '../parts/record-reader.ts';
import { SET_BYTES, SET_NUMBER } from '../parts/record.ts';
import { RestorePace } from './restore-pace.ts';
import { corrupt } from './snapshot-format.ts';
import type { SnapshotHeader } from './snapshot-header.ts';
import type { RecordsFrame, SnapshotReader } from './snapshot-reader.ts';

/** How much a map has in a snapshot. */
interface Size {
  entries: number;
  /** Of its records. */
  bytes: number;
}

/** What a whole, good snapshot holds. */
export interface Contents {
  readonly header: SnapshotHeader;
  /** How much each map has, by the map's id in the snapshot. */
  readonly sizes: ReadonlyMap<number, Readonly<Size>>;
}

/** How a snapshot is verified. */
export interface Verifying {
  /** The longest value that is taken. */
  readonly valueBytes: number;
  /** Throws when nobody waits for the outcome any more. */
  check(): void;
  /** Called with the header, before the entries are read; may refuse them. */
  onHeader(header: SnapshotHeader): Promise<void>;
}

/**
 * Reads a snapshot to its end and checks all of it: frames, records, keys, and that every record is an
 * entry of a map of its header.
 *
 * @throws StoreError `CORRUPT` with the offset, `FORMAT`, or `LIMIT` for a value that is too long
 */
export async function verifySnapshot(reader: SnapshotReader, how: Verifying): Promise<Contents> {
  how.check();
  const header = await reader.begin();
  await how.onHeader(header);
  const sizes = new Map(header.maps.map(({ id }) => [id, { entries: 0, bytes: 0 }]));
  const shapes = new Map(header.maps.map(({ id, shape }) => [id, shape]));
  const pace = new RestorePace();
  for (let frame = await reader.next(); frame !== undefined; frame = await reader.next()) {
    how.check();
    verifyRecords(frame, sizes, shapes, how.valueBytes);
    await pace.after(frame.bodyLength);
  }
  how.check();
  return { header, sizes };
}

/** The frame as an engine takes it. */
export function blockOf({ count, mapBase, versionBase, body }: RecordsFrame): RecordBlock {
  return { kind: 'records', count, mapBase, versionBase, bytes: body };
}

function verifyRecords(
  frame: RecordsFrame,
  sizes: ReadonlyMap<number, Size>,
  shapes: ReadonlyMap<number, number>,
  valueBytes: number,
): void {
  const reader = new RecordReader(frame.body, frame.mapBase, frame.versionBase, frame.at);
  let count = 0;
  let map = -1;
  let size: Size | undefined;
  let shape = -1;
  /** Where the run of records of this map began: its number, and its first byte. */
  let [first, from] = [0, 0];
  const endRun = (at: number): void => {
    if (size !== undefined) {
      size.entries += count - first;
      size.bytes += at - from;
    }
    [first, from] = [count, at];
  };
  while (reader.next()) {
    const at = frame.at + reader.at;
    if (reader.kind !== SET_BYTES && reader.kind !== SET_NUMBER) throw corrupt('a record is no entry', at);
    if (reader.map !== map) {
      endRun(reader.at);
      map = reader.map;
      size = sizes.get(map);
      shape = shapes.get(map) ?? -1;
    }
    if (reader.shape > shape)
      throw corrupt('an entry is of no map, or of a shape that its map does not have', at);
    if (!reader.verify()) throw corrupt('a record has the wrong checksum, or a key that is no text', at);
    if (reader.end - reader.valueAt > valueBytes) {
      throw new StoreError(
        'LIMIT',
        `a value at offset ${at} is longer than the ${valueBytes} bytes that fit`,
      );
    }
    count++;
  }
  endRun(frame.body.length);
  if (count !== frame.count)
    throw corrupt('a frame has other than the announced number of records', frame.at);
}
