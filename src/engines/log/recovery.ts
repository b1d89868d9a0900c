import { StoreError } from '../../base/errors.ts';
import type { Files } from '../../fs/files.ts';
import { writeAll } from '../../fs/files.ts';
import { RecordReader } from '../../parts/record-reader.ts';
import { Batches } from './batches.ts';
import { corrupt } from './errors.ts';
import * as format from './format.ts';
import { idOfName, isUnfinished, segmentName, unfinishedName } from './names.ts';
import { scanSegment, type Scan } from './scan.ts';
import { Segment } from './segment.ts';

/** A directory as it was found, verified; damage that a crash explains is cut away, other is `CORRUPT`. */
export interface Recovered {
  /** Those that make up the store, oldest first. */
  readonly segments: Segment[];
  readonly state: format.StateRecord | undefined;
  /** Changes up to this version may be gone. */
  readonly floor: number;
  /** The store was closed in order, and nothing came after. */
  readonly clean: boolean;
  /** The ordinary segment that goes on. */
  readonly last: Segment | undefined;
  /** Nothing proves that what lies behind this offset of it is on disk. */
  readonly lastSynced: number;
  readonly nextSegment: number;
  /** Bytes that were cut away. */
  readonly cutBytes: number;
  /** Files that counted for nothing and were removed. */
  readonly removedFiles: number;
}

interface Read {
  readonly name: string;
  readonly segment: Segment;
  readonly scan: Scan;
  readonly length: number;
}

/**
 * Reads a directory.
 *
 * @param most - bytes that the segment which goes on may grow to
 * @throws StoreError `CORRUPT` naming file and offset, `FORMAT` for the format of another release
 */
export async function recover(files: Files, most: number): Promise<Recovered> {
  const names = await files.list();
  let removedFiles = 0;
  for (const name of names.filter(isUnfinished)) {
    await files.remove(name);
    removedFiles++;
  }
  const ids = names.flatMap((name) => idOfName(name) ?? []).sort((a, b) => a - b);
  const found: Read[] = [];
  for (const id of ids) {
    const read = await readSegment(files, id, id === ids.at(-1), most);
    if (read === undefined) {
      await files.remove(segmentName(id));
      removedFiles++;
    } else found.push(read);
  }
  const tail = cutTail(
    files,
    found.filter(({ segment }) => segment.ordinary),
  );
  const kept = found.filter((read) => !tail.dropped.includes(read));
  const state = newestState(kept.filter(({ segment }) => segment.ordinary));
  const orphan = kept.find(({ segment }) => !segment.ordinary || segment.tail > format.SEGMENT_HEADER);
  if (state === undefined && orphan !== undefined) {
    const { name, scan } = kept.findLast(({ segment }) => segment.ordinary) ?? orphan;
    throw corrupt(files.where, name, scan.damage?.offset ?? scan.end, 'the state of the store is missing');
  }
  const chosen = choose(files, kept, state?.record);
  for (const { name } of [...tail.dropped, ...chosen.unused]) {
    await files.remove(name);
    removedFiles++;
  }
  for (const read of chosen.used) checkWhole(files, read);
  // What was removed must not come back beside what is begun from here on.
  if (removedFiles > 0) await files.sync();
  let cutBytes = tail.dropped.reduce((sum, { length }) => sum + length, 0);
  for (const read of chosen.used) if (read.scan.damage !== undefined) cutBytes += await cut(files, read);
  const bases = new Map(state?.record.bases ?? []);
  for (const { segment } of chosen.used) segment.versionBase = bases.get(segment.id) ?? 0;
  const segments = chosen.used.map(({ segment }) => segment);
  const last = chosen.used.findLast(({ segment }) => segment.ordinary);
  return {
    segments,
    state: state?.record,
    floor: chosen.floor,
    clean: state !== undefined && state.record.clean > 0 && state.last && cutBytes === 0,
    last: last?.segment,
    lastSynced: last?.scan.synced ?? 0,
    nextSegment: (ids.at(-1) ?? 0) + 1,
    cutBytes,
    removedFiles,
  };
}

/** Reads a segment; `undefined` for one whose making was cut off. */
async function readSegment(
  files: Files,
  id: number,
  newest: boolean,
  most: number,
): Promise<Read | undefined> {
  const name = segmentName(id);
  const bytes = await files.read(name, undefined, newest ? most : 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const header = format.readSegmentHeader(bytes, view);
  if (header === undefined) {
    const onlyHeader = bytes.subarray(format.SEGMENT_HEADER).every((byte) => byte === 0);
    if (newest && onlyHeader) return undefined;
    throw corrupt(files.where, name, 0, 'the header of a segment is damaged');
  }
  if (header.format !== format.FORMAT) {
    const text = `${files.where}/${name}: format ${header.format}, this release reads format ${format.FORMAT}`;
    throw new StoreError('FORMAT', text);
  }
  if (header.id !== id) throw corrupt(files.where, name, 16, `the segment says its id is ${header.id}`);
  const scan = scanSegment(bytes, view, header);
  const segment = new Segment(header, bytes, scan.end);
  segment.begun = true;
  segment.sealed = true;
  segment.room = bytes.length;
  return { name, segment, scan, length: bytes.length };
}

/** Where ordinary segments are cut, by a crash that lost what was not synced, the later ones count for nothing. */
function cutTail(files: Files, ordinary: readonly Read[]): { readonly dropped: readonly Read[] } {
  const broken = ordinary.findIndex(({ segment, scan }, i) => {
    const next = ordinary[i + 1]?.segment.header;
    return scan.damage !== undefined || (next?.previous === segment.id && segment.tail < next.previousTail);
  });
  if (broken < 0) return { dropped: [] };
  const later = ordinary.slice(broken + 1);
  const { name, scan } = ordinary[broken] as Read;
  const end = ordinary.at(-1) as Read;
  const closed = end.scan.damage === undefined && (newestState([end])?.record.clean ?? 0) > 0;
  const proven =
    closed || later.some(({ segment }) => (segment.header.flags & format.BEFORE_IS_SYNCED) !== 0);
  if (proven || scan.damage?.proven === true) {
    throw corrupt(
      files.where,
      name,
      scan.damage?.offset ?? scan.end,
      scan.damage?.what ?? 'the end is missing',
    );
  }
  return { dropped: later };
}

/** The state of the store as it was written last, and whether nothing was written behind it. */
function newestState(
  ordinary: readonly Read[],
): { readonly record: format.StateRecord; readonly last: boolean } | undefined {
  let behind = 0;
  // Every segment begins with one, so that the last segments are enough.
  for (const { segment } of ordinary.toReversed()) {
    let newest = -1;
    const batches = new Batches(segment);
    const reader = new RecordReader(segment.bytes.subarray(0, segment.tail));
    while (batches.next()) {
      const { count = 0, flags = 0 } = batches.batch ?? {};
      if ((flags & format.PLAIN) !== 0) {
        behind += count;
        continue;
      }
      reader.end = batches.from;
      const to = Math.min(batches.to, segment.tail);
      while (reader.end < to && reader.next()) {
        behind++;
        if (reader.kind !== format.STATE) continue;
        newest = reader.at;
        behind = 0;
      }
    }
    if (newest < 0) continue;
    reader.end = newest;
    reader.next();
    return { record: readJson<format.StateRecord>(reader), last: behind === 0 };
  }
  return undefined;
}

/** Which segments make up the store. */
function choose(
  files: Files,
  found: readonly Read[],
  state: format.StateRecord | undefined,
): { readonly used: readonly Read[]; readonly unused: readonly Read[]; readonly floor: number } {
  const listed = new Map(state?.segments);
  const newest = Math.max(0, ...listed.keys());
  const replaced = new Set<number>();
  let floor = state?.floor ?? 0;
  const used = found.filter(({ segment }) => {
    const { id, header } = segment;
    if (header.kind === format.COMPACTED) {
      const stands = replacesOf(segment);
      // One that is not in the list yet stands for segments that still are.
      if (!listed.has(id) && !stands.segments.every((each) => listed.has(each))) return false;
      for (const each of stands.segments) replaced.add(each);
      floor = Math.max(floor, stands.floor);
      return true;
    }
    return listed.has(id) || (header.kind === format.ORDINARY && id > newest);
  });
  const standing = used.filter(({ segment }) => !replaced.has(segment.id));
  const present = new Set(found.map(({ segment }) => segment.id));
  for (const id of listed.keys()) {
    if (present.has(id) || replaced.has(id)) continue;
    throw corrupt(files.where, segmentName(id), 0, 'the file is missing');
  }
  for (const { name, segment, scan } of standing) {
    const length = listed.get(segment.id) ?? 0;
    if (scan.end < length)
      throw corrupt(files.where, name, scan.damage?.offset ?? scan.end, 'the end is missing');
  }
  return { used: standing, unused: found.filter((read) => !standing.includes(read)), floor };
}

/** Segments that were written as a whole before they counted have no excuse. */
function checkWhole({ where }: Files, { name, segment, scan }: Read): void {
  if (segment.ordinary || scan.damage === undefined) return;
  throw corrupt(where, name, scan.damage.offset, scan.damage.what);
}

/** Cuts a file behind what is good; how many bytes went. */
async function cut(files: Files, { name, segment, scan, length }: Read): Promise<number> {
  const { end, insideBatch, insideCount } = scan;
  if (insideBatch > 0) {
    // The batch becomes shorter, and so its header another: beside the file first, so that no crash tears it.
    format.writeBatchHeader(segment.bytes, segment.view, insideBatch, segment.header.salt, {
      length: end - insideBatch - format.BATCH_HEADER,
      count: insideCount,
      synced: insideBatch,
      flags: 0,
      map: 0,
    });
    const aside = unfinishedName(segment.id);
    const file = await files.open(aside, 'create', false);
    try {
      await writeAll(file, segment.bytes.subarray(0, end), 0);
      await file.sync();
    } finally {
      await file.close();
    }
    await files.rename(aside, name);
    await files.sync();
  } else {
    const file = await files.open(name, 'open', false);
    try {
      await file.truncate(end);
      await file.sync();
    } finally {
      await file.close();
    }
  }
  segment.room = end;
  return length - end;
}

/** What a compacted segment stands for: its first record. */
function replacesOf(segment: Segment): format.ReplacesRecord {
  const batches = new Batches(segment);
  const reader = new RecordReader(segment.bytes.subarray(0, segment.tail));
  if (batches.next()) {
    reader.end = batches.from;
    if (reader.next() && reader.kind === format.REPLACES) return readJson<format.ReplacesRecord>(reader);
  }
  return { segments: [], floor: 0 };
}

/** Visits the good records of a segment. */
export function eachRecord(segment: Segment, visit: (reader: RecordReader) => void): void {
  const reader = new RecordReader(segment.bytes.subarray(0, segment.tail), 0, segment.versionBase);
  const batches = new Batches(segment);
  while (batches.next()) {
    reader.end = batches.from;
    const to = Math.min(batches.to, segment.tail);
    while (reader.end < to && reader.next()) visit(reader);
  }
}

/** The value of a control record. */
export function readJson<Value>(reader: RecordReader): Value {
  const { bytes, valueAt, end } = reader;
  // SAFETY: the checksum says that it is what was written.
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + valueAt, end - valueAt).toString()) as Value;
}
