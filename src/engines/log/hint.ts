/**
 * The hint: what a log that is closed in order leaves behind, so that the next opening need not read
 * every record. It counts only when every file is byte for byte what it was; it is removed before
 * anything is written.
 *
 * ```text
 *  0              8        12       16       20       24
 *  +--------------+--------+--------+--------+--------+------+-------------------------------+
 *  | "SAMEHINT"   | format | length | crc32  | 1      | JSON | bits of dead records, indexes |
 *  |              | 2      | of JSON| of rest|        | (+pad| and addresses: 32-bit numbers |
 *  +--------------+--------+--------+--------+--------+------+-------------------------------+
 * ```
 *
 * The 1 and the numbers at the end are in the byte order of the machine; on another the 1 reads otherwise.
 */
import type { Files } from '../../fs/files.ts';
import { writeAll } from '../../fs/files.ts';
import { crc32Of } from '../../parts/checksum.ts';
import { type StateRecord, readSegmentHeader } from './format.ts';
import { KeyDirectory } from './key-directory.ts';
import { HINT_NAME, idOfName, isUnfinished, segmentName } from './names.ts';
import { Segment } from './segment.ts';
import type { State, Table } from './state.ts';

const HEADER = 24;
/** Number of the format of the hint; it changes with the hash of keys, too. */
const HINT_FORMAT = 2;
const MAGIC: Uint8Array = Uint8Array.from('SAMEHINT', (c) => c.charCodeAt(0));
const LITTLE = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
/** The hint is written in pieces of this many bytes. */
const PIECE_BYTES = 4 * 1024 * 1024;

/** A segment as it was closed; the words of its dead bits follow the JSON. */
interface HintSegment {
  readonly id: number;
  readonly place: number;
  readonly length: number;
  readonly sum: number;
  readonly versionBase: number;
  readonly liveCount: number;
  readonly liveBytes: number;
  readonly spentBytes: number;
  readonly deadBy: number;
  readonly top: number;
  readonly dead: number;
}

/** A map as it was closed; the slots of its index follow the dead bits. */
export interface HintTable {
  readonly id: number;
  readonly name: string;
  readonly codec: string;
  readonly shape: number;
  readonly stored: boolean;
  readonly clearedAt: number;
  /** Place and offset of the record that defines it. */
  readonly definition: readonly [number, number] | undefined;
  /** Depth, words and slots in use of each part of its index. */
  readonly index: readonly (readonly [number, number, number])[];
  /** Entries that will expire: so many addresses follow the index. */
  readonly expiring: number;
}

interface Meta {
  readonly seed: number;
  readonly state: StateRecord;
  readonly segments: readonly HintSegment[];
  readonly tables: readonly HintTable[];
  /** Stamps that are remembered: map, key, stamp, until when. */
  readonly stamps: readonly (readonly [number, string, string, number])[];
}

/** A hint that fits the files. */
export interface Hint {
  readonly seed: number;
  readonly state: StateRecord;
  /** In order of their ids; each has its place. */
  readonly segments: readonly Segment[];
  readonly tables: readonly {
    readonly table: HintTable;
    readonly directory: KeyDirectory;
    readonly expiring: Uint32Array;
  }[];
  readonly stamps: Meta['stamps'];
}

/**
 * Reads the hint and all segments, and removes the hint.
 *
 * @param most - bytes that the segment which goes on may grow to
 * @returns `undefined` when there is none, or when anything is not as it says
 */
export async function takeHint(files: Files, most: number): Promise<Hint | undefined> {
  const names = await files.list();
  if (!names.includes(HINT_NAME)) return undefined;
  const hint = await readSummed(files, HINT_NAME, hintSum());
  // From here on the files may change, and then it must not be there.
  await files.remove(HINT_NAME);
  await files.sync();
  const parsed = parse(hint);
  if (parsed === undefined || names.some(isUnfinished)) return undefined;
  const { meta, words } = parsed;
  const ids = names.flatMap((name) => idOfName(name) ?? []);
  if (ids.length !== meta.segments.length) return undefined;
  if (!meta.segments.every(({ id }) => ids.includes(id))) return undefined;
  const newest = Math.max(...ids);
  const found = await inPairs(meta.segments, ({ id }) =>
    readSummed(files, segmentName(id), crc32Of, id === newest ? most : 0),
  );
  const segments: Segment[] = [];
  for (const [i, each] of meta.segments.entries()) {
    const segment = segmentOf(each, found[i] as Summed, words.take(each.dead));
    if (segment === undefined) return undefined;
    segments.push(segment);
  }
  const tables = meta.tables.map((table) => ({
    table,
    directory: KeyDirectory.of(
      table.index.map(([depth, length, used]) => ({ depth, used, slots: words.take(length) })),
    ),
    expiring: words.take(table.expiring * 2),
  }));
  return { seed: meta.seed, state: meta.state, segments, tables, stamps: meta.stamps };
}

/** Bytes and their checksum. */
interface Summed {
  readonly bytes: Uint8Array;
  readonly sum: number;
}

/** Goes on with a checksum. */
type Sum = (part: Uint8Array, before: number) => number;

/** Reads a file and sums what there is of it while the rest is being read. */
async function readSummed(files: Files, name: string, add: Sum, most = 0): Promise<Summed> {
  let sum = 0;
  const onPart = (part: Uint8Array): void => {
    sum = add(part, sum);
  };
  const bytes = await files.read(name, onPart, most);
  return { bytes, sum };
}

/** Does something for each, two at a time; the results in order. */
async function inPairs<From, To>(all: readonly From[], work: (each: From) => Promise<To>): Promise<To[]> {
  const results: To[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < all.length; i = next++) results[i] = await work(all[i] as From);
  };
  await Promise.all([worker(), worker()]);
  return results;
}

function parse({ bytes, sum }: Summed): { readonly meta: Meta; readonly words: Words } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < HEADER || MAGIC.some((byte, i) => bytes[i] !== byte)) return undefined;
  if (view.getUint32(8, true) !== HINT_FORMAT || view.getUint32(20, LITTLE) !== 1) return undefined;
  if (sum !== view.getUint32(16, true)) return undefined;
  const length = view.getUint32(12, true);
  const from = HEADER + padded(length);
  if (from > bytes.length) return undefined;
  // SAFETY: the checksum says that it is what was written.
  const meta = JSON.parse(new TextDecoder().decode(bytes.subarray(HEADER, HEADER + length))) as Meta;
  const total =
    meta.segments.reduce((sum, { dead }) => sum + dead, 0) +
    meta.tables.reduce((sum, { index, expiring }) => sum + wordsOf(index) + expiring * 2, 0);
  if (bytes.length !== from + total * 4) return undefined;
  return { meta, words: new Words(bytes, from) };
}

function wordsOf(index: HintTable['index']): number {
  return index.reduce((sum, [, length]) => sum + length, 0);
}

function segmentOf(hint: HintSegment, { bytes, sum }: Summed, dead: Uint32Array): Segment | undefined {
  if (bytes.length !== hint.length || sum !== hint.sum) return undefined;
  const header = readSegmentHeader(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
  if (header === undefined || header.id !== hint.id) return undefined;
  const segment = new Segment(header, bytes, bytes.length);
  const { place, versionBase, liveCount, liveBytes, spentBytes, deadBy, top } = hint;
  Object.assign(segment, { place, versionBase, liveCount, liveBytes, spentBytes, deadBy, top });
  segment.dead.set(dead);
  segment.begun = true;
  segment.sealed = true;
  segment.room = bytes.length;
  return segment;
}

/**
 * Writes the hint of a log that was closed in order: nothing is under way, and `state` is its last record.
 * What goes wrong only makes the next opening slower.
 *
 * @param tables - all maps
 */
export async function leaveHint(state: State, record: StateRecord, tables: readonly Table[]): Promise<void> {
  const segments = state.segments.flatMap((segment) =>
    segment === undefined || segment.staged ? [] : [segment],
  );
  const dead = segments.map((segment) => segment.dead.subarray(0, segment.deadWords));
  const indexes = tables.map(({ directory }) => directory.parts());
  const expiring = tables.map(addressesOf(state));
  const meta: Meta = {
    seed: state.probe.seed,
    state: record,
    segments: segments.map((segment, i) => {
      const { id, place, tail, versionBase, liveCount, liveBytes, spentBytes, deadBy, top } = segment;
      const sum = crc32Of(segment.bytes.subarray(0, tail));
      const kept = { versionBase, liveCount, liveBytes, spentBytes, deadBy, top };
      return { id, place, length: tail, sum, ...kept, dead: dead[i]?.length ?? 0 };
    }),
    tables: tables.map(({ id, name, format, stored, clearedAt, definition }, i) => ({
      id,
      name,
      codec: format.codec,
      shape: format.shape,
      stored,
      clearedAt,
      definition: definition === undefined ? undefined : [definition.segment.place, definition.offset],
      index: (indexes[i] ?? []).map(({ depth, slots, used }) => [depth, slots.length, used] as const),
      expiring: (expiring[i]?.length ?? 0) / 2,
    })),
    stamps: Array.from(state.tombstones.list(), ({ map, key, stamp, until }) => [
      map,
      key,
      String(stamp),
      until,
    ]),
  };
  const words = [
    ...dead,
    ...indexes.flatMap((parts, i) => [...parts.map(({ slots }) => slots), expiring[i] ?? new Uint32Array(0)]),
  ];
  await write(state.files, meta, words);
}

/** Places and offsets of the entries that will expire. */
function addressesOf(state: State): (table: Table) => Uint32Array {
  return ({ directory, expiring }) => {
    const found = new Uint32Array(expiring.size * 2);
    let at = 0;
    for (const key of expiring.keys()) {
      state.probe.text(key);
      directory.find(state.probe, state.segments);
      found[at++] = directory.place;
      found[at++] = directory.offset;
    }
    return found;
  };
}

async function write(files: Files, meta: Meta, words: readonly Uint32Array[]): Promise<void> {
  const text = new TextEncoder().encode(JSON.stringify(meta));
  const head = new Uint8Array(HEADER + padded(text.length));
  const view = new DataView(head.buffer);
  head.set(MAGIC);
  head.set(text, HEADER);
  view.setUint32(8, HINT_FORMAT, true);
  view.setUint32(12, text.length, true);
  view.setUint32(20, 1, LITTLE);
  const body = words.map(
    ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
  );
  const add = hintSum();
  view.setUint32(
    16,
    [head, ...body].reduce((sum, part) => add(part, sum), 0),
    true,
  );
  const file = await files.open(HINT_NAME, 'create', false);
  try {
    let at = 0;
    for (const part of [head, ...body]) {
      for (let from = 0; from < part.length; from += PIECE_BYTES) {
        const piece = part.subarray(from, from + PIECE_BYTES);
        await writeAll(file, piece, at);
        at += piece.length;
      }
    }
  } finally {
    await file.close();
  }
}

/** Sums the parts of a hint, all but the checksum itself, which lies in the first. */
function hintSum(): Sum {
  let add: Sum = (head) => {
    add = crc32Of;
    return crc32Of(head.subarray(20), crc32Of(head.subarray(0, 16)));
  };
  return (part, before) => add(part, before);
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

/** 32-bit numbers behind each other. */
class Words {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, from: number) {
    this.#bytes = bytes;
    this.#at = from;
  }

  take(count: number): Uint32Array {
    const from = this.#at;
    this.#at += count * 4;
    const { buffer, byteOffset } = this.#bytes;
    if ((byteOffset & 3) === 0) return new Uint32Array(buffer, byteOffset + from, count);
    return new Uint32Array(this.#bytes.slice(from, this.#at).buffer);
  }
}
