/**
 * Keys of the trees: strings, ordered by their UTF-8 bytes. An entry's key begins with the number of
 * its map, so that all maps lie in one tree; times and sequence numbers are written so that they sort.
 */

/** Characters by which a map's number is written: 7 bits each, so that each is one byte. */
const MAP_DIGITS = 3;
/** The highest number of a map. */
export const MAX_STORAGE: number = 2 ** (7 * MAP_DIGITS) - 2;
/** Characters by which a time or a sequence number is written. */
const NUMBER_DIGITS = 11;

/** Keys up to this length are written byte by byte: a call of native code costs more. */
const SHORT_KEY = 64;

/** What the keys of a map's entries begin with. */
export function mapPrefix(storage: number): string {
  return String.fromCharCode((storage >> 14) & 0x7f, (storage >> 7) & 0x7f, storage & 0x7f);
}

/** What is above the keys of all entries of a map, and not above those of the next. */
export function behindMap(storage: number): string {
  return mapPrefix(storage + 1);
}

/** The number of the map that an entry's key names. */
export function storageOf(key: string): number {
  return (key.charCodeAt(0) << 14) | (key.charCodeAt(1) << 7) | key.charCodeAt(2);
}

/** The key of an entry within its map. */
export function keyWithin(key: string): string {
  return key.slice(MAP_DIGITS);
}

/** A number from 0 up as text that sorts like it. */
export function sortable(number: number): string {
  return Math.floor(number).toString(36).padStart(NUMBER_DIGITS, '0');
}

/** The key under which an entry waits for its end. */
export function dueKey(expiresAt: number, key: string): string {
  return sortable(expiresAt) + key;
}

/** The time of a {@link dueKey}, in whole milliseconds. */
export function dueTime(key: string): number {
  return parseInt(key.slice(0, NUMBER_DIGITS), 36);
}

/** The entry of a {@link dueKey}. */
export function dueEntry(key: string): string {
  return key.slice(NUMBER_DIGITS);
}

/** How the keys of all trees are written and read. */
export const keyEncoder = {
  writeKey(key: string, target: Buffer, at: number): number {
    if (key.length > SHORT_KEY) return at + target.write(key, at);
    for (let i = 0; i < key.length; i++) {
      const unit = key.charCodeAt(i);
      if (unit >= 0x80) return at + target.write(key, at);
      target[at + i] = unit;
    }
    return at + key.length;
  },
  readKey(source: Buffer, start: number, end: number): string {
    return source.toString('utf8', start, end);
  },
};
