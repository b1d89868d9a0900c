/**
 * Where things lie under the prefix of a store (docs/formats/etcd.md). Keys are text in UTF-8, so the bytes 0xFE
 * and 0xFF, which no text has, end them and bound ranges.
 */

/** A range of keys of etcd: from `key` to before `end`; without an end, one key. */
export interface ByteRange {
  readonly key: Buffer;
  readonly end: Buffer | undefined;
}

/** The layout that this release writes and reads. */
export const LAYOUT = 1;

const LAST = Buffer.from([0xff]);
const HOLDER = Buffer.from([0xfe]);

/** The keys of a store. */
export interface Layout {
  /** Lineage and layout of the store. */
  readonly store: Buffer;
  /** Which partition of how many the store is; missing where it is the only one. */
  readonly place: Buffer;
  /** Written for a fresh number. */
  readonly counter: Buffer;
  /** Written in every commit that deletes an entry with a time to live, so that it is told from an expiry. */
  readonly deletion: Buffer;
  /** All records of maps. */
  readonly records: ByteRange;
  /** The record of a map. */
  record(name: string): Buffer;
  /** The name of the map of a record. */
  nameOf(record: Buffer): string;
  /** What the entries of a generation of a map begin with. */
  entries(name: string, generation: string): string;
  /** What the remembered stamps of a generation of a map begin with. */
  stamps(name: string, generation: string): string;
  /** Says that a generation is being loaded. */
  loading(name: string, generation: string): Buffer;
  /** All entries, of all maps and generations. */
  readonly allEntries: ByteRange;
  /** All holders and waiters of all locks. */
  readonly locks: ByteRange;
  /** Holders and waiters of one lock. */
  line(name: string, key: string): ByteRange;
  /** One holder or waiter. */
  holder(name: string, key: string, id: string): Buffer;
  /** Map and key of a lock. */
  lockOf(holder: Buffer): { readonly name: string; readonly key: string };
}

/** The keys of the store with this prefix. */
export function layoutOf(prefix: string): Layout {
  const base = `${prefix}/`;
  const recordBase = `${base}m/`;
  const lockBase = `${base}l/`;
  const lineBase = (name: string, key: string): string => `${lockBase}${name}/${key}`;
  return {
    store: Buffer.from(`${base}s`),
    place: Buffer.from(`${base}p`),
    counter: Buffer.from(`${base}n`),
    deletion: Buffer.from(`${base}x`),
    records: all(recordBase),
    record: (name) => Buffer.from(recordBase + name),
    nameOf: (record) => record.toString('utf8', Buffer.byteLength(recordBase)),
    entries: (name, generation) => `${base}e/${name}/${generation}/`,
    stamps: (name, generation) => `${base}t/${name}/${generation}/`,
    loading: (name, generation) => Buffer.from(`${base}g/${name}/${generation}`),
    allEntries: all(`${base}e/`),
    locks: all(lockBase),
    line(name, key) {
      const text = Buffer.from(lineBase(name, key));
      return { key: Buffer.concat([text, HOLDER]), end: Buffer.concat([text, LAST]) };
    },
    holder: (name, key, id) => Buffer.concat([Buffer.from(lineBase(name, key)), HOLDER, Buffer.from(id)]),
    lockOf(holder) {
      const text = holder.toString('utf8', Buffer.byteLength(lockBase), holder.lastIndexOf(0xfe));
      const slash = text.indexOf('/');
      return { name: text.slice(0, slash), key: text.slice(slash + 1) };
    },
  };
}

/** The range of all keys that begin with a text. */
export function all(text: string): ByteRange {
  const key = Buffer.from(text);
  return { key, end: Buffer.concat([key, LAST]) };
}

/** The range of keys that begin with `base`, from `start` to before `end`. */
export function between(base: string, start: string, end: string | undefined): ByteRange {
  return betweenBytes(base, Buffer.from(start), end === undefined ? undefined : Buffer.from(end));
}

/** {@link between} for bytes, which need be no text. */
export function betweenBytes(base: string, from: Buffer, to: Buffer = LAST): ByteRange {
  const begin = Buffer.from(base);
  return { key: Buffer.concat([begin, from]), end: Buffer.concat([begin, to]) };
}
