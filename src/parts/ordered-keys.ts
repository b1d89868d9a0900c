import { compareUtf8, needsUtf8Order } from '../base/utf8.ts';

/** What can be kept in order: whoever removes it sets its version to 0 and says {@link OrderedKeys.removed}. */
export interface Ordered {
  readonly key: string;
  /** 0 once it was removed. */
  readonly version: number;
  /** Milliseconds since the epoch, 0 for never. */
  readonly expiresAt: number;
}

/** A page of an ordered range. */
export interface Page<Item> {
  readonly entries: Item[];
  /** `true`: the range goes on behind the last entry. */
  readonly more: boolean;
}

/** A sorted run of items, never empty. */
type Chunk<Item> = Item[];

/** Part of a chunk, from `low` up to, not including, `high`. */
interface Slice<Item> {
  readonly chunk: Chunk<Item>;
  readonly low: number;
  readonly high: number;
}

/** A chunk is cut in two when it grows beyond this. */
const CHUNK_ITEMS = 1024;
/** A chunk is cleaned when one read met so many removed items in it. */
const CLEAN_AFTER = 16;

/**
 * Items in the order of the UTF-8 bytes of their keys. Adding costs a push and removing a count;
 * the order is restored by the next ordered read, which inserts few new items one by one and sorts
 * many at once. Removed items are thrown out where a read meets them, or all at once when there
 * are too many. A page names its place by key, so that whatever happens between two pages is fine.
 */
export class OrderedKeys<Item extends Ordered> {
  /** Every key of a chunk is below every key of the next. */
  #chunks: Chunk<Item>[] = [];
  /** Added since the last read, in no order. */
  #pending: Item[];
  /** Items in the chunks, removed ones included. */
  #sorted = 0;
  /** Removed items still held, at most. */
  #removed = 0;
  /** Removed items met by the current read. */
  #met = 0;
  /** `true` while the order of UTF-16 code units is that of UTF-8 bytes for all keys. */
  #plain = true;

  constructor(items: Iterable<Item>) {
    this.#pending = Array.from(items);
  }

  /** Items held, removed ones included. */
  get size(): number {
    return this.#sorted + this.#pending.length;
  }

  /** Adds an item whose key no other item has that was not removed. */
  add(item: Item): void {
    this.#pending.push(item);
  }

  /** Says that the version of an item is 0 from now on. */
  removed(): void {
    this.#removed++;
    if (this.#removed > CHUNK_ITEMS && this.#removed * 2 > this.size) this.compact();
  }

  /** Throws out removed items. */
  compact(): void {
    this.#pending = this.#pending.filter(stands);
    this.#chunks = this.#chunks.map((chunk) => chunk.filter(stands)).filter(({ length }) => length > 0);
    this.#sorted = this.#chunks.reduce((sum, { length }) => sum + length, 0);
    this.#removed = 0;
  }

  /**
   * The items of a range that have not expired at `now`.
   *
   * @param start - inclusive; `''` for the beginning
   * @param end - exclusive; `undefined` for the end
   */
  page(start: string, end: string | undefined, limit: number, reverse: boolean, now: number): Page<Item> {
    const entries: Item[] = [];
    let more = false;
    this.#read(start, end, reverse, ({ chunk, low, high }) => {
      const step = reverse ? -1 : 1;
      const stop = reverse ? low - 1 : high;
      for (let i = reverse ? high - 1 : low; i !== stop; i += step) {
        const item = chunk[i] as Item;
        if (!this.#counts(item, now)) continue;
        more = entries.length === limit;
        if (more) return false;
        entries.push(item);
      }
      return true;
    });
    return { entries, more };
  }

  /** How many items of a range have not expired at `now`. */
  count(start: string, end: string | undefined, now: number): number {
    let count = 0;
    this.#read(start, end, false, ({ chunk, low, high }) => {
      for (let i = low; i < high; i++) if (this.#counts(chunk[i] as Item, now)) count++;
      return true;
    });
    return count;
  }

  /** `true` for an item that was neither removed nor has expired. */
  #counts(item: Item, now: number): boolean {
    if (item.version === 0) {
      this.#met++;
      return false;
    }
    return item.expiresAt === 0 || item.expiresAt > now;
  }

  /** Visits the slices of a range until `visit` says `false`, and cleans the chunks that need it. */
  #read(
    start: string,
    end: string | undefined,
    reverse: boolean,
    visit: (slice: Slice<Item>) => boolean,
  ): void {
    this.#settle();
    const plain = this.#plain && !needsUtf8Order(start) && (end === undefined || !needsUtf8Order(end));
    const chunks = this.#chunks;
    const first = Math.max(0, chunkAbove(chunks, start, plain) - 1);
    const last = end === undefined ? chunks.length - 1 : chunkAbove(chunks, end, plain) - 1;
    const dirty: number[] = [];
    const step = reverse ? -1 : 1;
    for (let left = last - first + 1, at = reverse ? last : first; left > 0; left--, at += step) {
      const chunk = chunks[at] as Chunk<Item>;
      const low = at === first ? lowerBound(chunk, start, plain) : 0;
      const high = at === last && end !== undefined ? lowerBound(chunk, end, plain) : chunk.length;
      this.#met = 0;
      const goOn = low >= high || visit({ chunk, low, high });
      if (this.#met >= CLEAN_AFTER) dirty.push(at);
      if (!goOn) break;
    }
    if (dirty.length > 0) this.#clean(dirty);
  }

  /** Throws removed items out of some chunks. */
  #clean(dirty: readonly number[]): void {
    let empty = false;
    for (const at of dirty) {
      const chunk = this.#chunks[at] as Chunk<Item>;
      const kept = chunk.filter(stands);
      this.#chunks[at] = kept;
      this.#sorted -= chunk.length - kept.length;
      this.#removed -= chunk.length - kept.length;
      empty ||= kept.length === 0;
    }
    if (empty) this.#chunks = this.#chunks.filter(({ length }) => length > 0);
  }

  /** Brings the pending items into the chunks. */
  #settle(): void {
    if (this.#pending.length === 0) return;
    const pending = this.#pending.filter(stands);
    this.#removed -= this.#pending.length - pending.length;
    this.#pending = [];
    if (this.#plain) this.#plain = !pending.some(({ key }) => needsUtf8Order(key));
    if (pending.length * 8 > this.#sorted) this.#rebuild(pending);
    else for (const item of pending) this.#insert(item);
  }

  #rebuild(pending: Item[]): void {
    const order = this.#plain ? byCodeUnits : byBytes;
    pending.sort(order);
    const all = this.#chunks.length === 0 ? pending : this.#chunks.flat().concat(pending).sort(order);
    this.#chunks = [];
    for (let i = 0; i < all.length; i += CHUNK_ITEMS / 2)
      this.#chunks.push(all.slice(i, i + CHUNK_ITEMS / 2));
    this.#sorted = all.length;
  }

  #insert(item: Item): void {
    const at = Math.max(0, chunkAbove(this.#chunks, item.key, this.#plain) - 1);
    const chunk = this.#chunks[at];
    this.#sorted++;
    if (chunk === undefined) {
      this.#chunks.push([item]);
      return;
    }
    chunk.splice(lowerBound(chunk, item.key, this.#plain), 0, item);
    if (chunk.length > CHUNK_ITEMS) this.#chunks.splice(at + 1, 0, chunk.splice(CHUNK_ITEMS / 2));
  }
}

function stands(item: Ordered): boolean {
  return item.version !== 0;
}

function byCodeUnits(a: Ordered, b: Ordered): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

function byBytes(a: Ordered, b: Ordered): number {
  return compareUtf8(a.key, b.key);
}

/** Index of the first chunk that begins at or above a key. */
function chunkAbove<Item extends Ordered>(
  chunks: readonly Chunk<Item>[],
  key: string,
  plain: boolean,
): number {
  let low = 0;
  let high = chunks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const first = chunks[middle]?.[0] as Item;
    if (plain ? first.key < key : compareUtf8(first.key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the first item of a chunk at or above a key. */
function lowerBound<Item extends Ordered>(chunk: Chunk<Item>, key: string, plain: boolean): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = chunk[middle] as Item;
    if (plain ? at.key < key : compareUtf8(at.key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
