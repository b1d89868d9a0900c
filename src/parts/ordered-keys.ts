import { compareUtf8, needsUtf8Order } from '../base/utf8.ts';

/**
 * What can be kept in order. Unless the items can be found by key, who removes one sets its version to 0.
 *
 * @example
 * ```ts
 * import type { Ordered } from 'samemap/engine';
 * const item: Ordered = { key: 'a', version: 1 };
 * ```
 */
export interface Ordered {
  readonly key: string;
  /** 0 once it was removed. */
  readonly version: number;
  /** Milliseconds since the epoch, 0 or missing for never. */
  readonly expiresAt?: number;
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
/** So many renewed keys are noted one by one, and a part of the size; beyond that all items are found anew. */
const NOTED_KEYS = 1024;
const NOTED_PART = 1 / 8;
/** A chunk is cleaned when one read met so many removed items in it. */
const CLEAN_AFTER = 16;

/**
 * Items in the order of the UTF-8 bytes of their keys. Adding costs a push and removing a count;
 * the order is restored by the next ordered read, which inserts few new items one by one and sorts
 * many at once. Removed items are thrown out where a read meets them, or all at once when there
 * are too many. A page names its place by key, so that whatever happens between two pages is fine.
 *
 * Where items can be found by their keys they need never change: {@link OrderedKeys.renew} says that
 * another item stands at a key, or none, and the next ordered read finds it.
 *
 * @example
 * ```ts
 * import { OrderedKeys } from 'samemap/engine';
 * const order = new OrderedKeys([{ key: 'b', version: 1 }]);
 * order.add({ key: 'a', version: 2 });
 * console.log(order.page('', undefined, 10, false, 0).entries.map(({ key }) => key)); // [ 'a', 'b' ]
 * ```
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
  readonly #find: ((key: string) => Item | undefined) | undefined;
  /** Keys whose items are to be found anew; `undefined`: all of them. */
  #noted: string[] | undefined = [];
  /** Chunks whose items are to be found anew when they are read. */
  #stale = new Set<Chunk<Item>>();
  /** When there are so many pending items, those that were replaced or removed since are thrown out. */
  #mostPending = 2 * CHUNK_ITEMS;

  /** @param find - the item that stands at a key, for those who call {@link OrderedKeys.renew} */
  constructor(items: Iterable<Item>, find?: (key: string) => Item | undefined) {
    this.#pending = Array.from(items);
    this.#find = find;
  }

  /** Items held, removed ones included. */
  get size(): number {
    return this.#sorted + this.#pending.length;
  }

  /** Adds an item whose key no other item has that was not removed. */
  add(item: Item): void {
    this.#pending.push(item);
    if (this.#find === undefined || this.#pending.length < this.#mostPending) return;
    this.#pending = this.#current(this.#pending);
    this.#mostPending = 2 * Math.max(this.#pending.length, CHUNK_ITEMS);
  }

  /** Says that the item of a key was replaced or removed. */
  renew(key: string): void {
    if (this.#noted === undefined) return;
    if (this.#noted.length < NOTED_KEYS + this.size * NOTED_PART) this.#noted.push(key);
    else this.#noted = undefined;
  }

  /** Says that the version of an item is 0 from now on. */
  removed(): void {
    this.#removed++;
    if (this.#removed > CHUNK_ITEMS && this.#removed * 2 > this.size) this.compact();
  }

  /** Throws out removed items. */
  compact(): void {
    if (this.#find !== undefined) {
      this.#settle();
      for (let at = this.#chunks.length - 1; at >= 0; at--) this.#refresh(at);
    }
    this.#pending = this.#pending.filter(stands);
    this.#chunks = this.#chunks.map((chunk) => chunk.filter(stands)).filter(({ length }) => length > 0);
    this.#sorted = this.#chunks.reduce((sum, { length }) => sum + length, 0);
    this.#removed = 0;
  }

  /**
   * The items of a range that have not expired at `now`; 0 where none expires is faster.
   *
   * @param start - inclusive; `''` for the beginning
   * @param end - exclusive; `undefined` for the end
   */
  page(start: string, end: string | undefined, limit: number, reverse: boolean, now: number): Page<Item> {
    const entries: Item[] = [];
    const all = this.#countsAll(now);
    let more = false;
    this.#read(start, end, reverse, ({ chunk, low, high }) => {
      const step = reverse ? -1 : 1;
      const stop = reverse ? low - 1 : high;
      for (let i = reverse ? high - 1 : low; i !== stop; i += step) {
        const item = chunk[i] as Item;
        if (!all && !this.#counts(item, now)) continue;
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
    const all = this.#countsAll(now);
    let count = 0;
    this.#read(start, end, false, ({ chunk, low, high }) => {
      if (all) count += high - low;
      else for (let i = low; i < high; i++) if (this.#counts(chunk[i] as Item, now)) count++;
      return true;
    });
    return count;
  }

  /** `true` when no item of a chunk needs to be looked at: none was removed, none has expired at 0. */
  #countsAll(now: number): boolean {
    return now === 0 && this.#find !== undefined;
  }

  /** `true` for an item that was neither removed nor has expired. */
  #counts(item: Item, now: number): boolean {
    if (item.version === 0) {
      this.#met++;
      return false;
    }
    const { expiresAt } = item;
    return expiresAt === undefined || expiresAt === 0 || expiresAt > now;
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
      const chunk = this.#refresh(at);
      const low = at === first ? lowerBound(chunk, start, plain) : 0;
      const high = at === last && end !== undefined ? lowerBound(chunk, end, plain) : chunk.length;
      this.#met = 0;
      const goOn = low >= high || visit({ chunk, low, high });
      if (this.#met >= CLEAN_AFTER || chunk.length === 0) dirty.push(at);
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

  /** Brings the pending items into the chunks, and finds the noted ones anew. */
  #settle(): void {
    if (this.#noted === undefined) {
      this.#stale = new Set(this.#chunks);
      this.#noted = [];
    } else if (this.#noted.length > 0) {
      for (const key of this.#noted) this.#replace(key);
      this.#noted = [];
    }
    if (this.#pending.length === 0) return;
    const pending = this.#current(this.#pending);
    if (this.#find === undefined) this.#removed -= this.#pending.length - pending.length;
    this.#pending = [];
    if (this.#plain) this.#plain = !pending.some(({ key }) => needsUtf8Order(key));
    if (pending.length * 8 > this.#sorted) this.#rebuild(pending);
    else for (const item of pending) this.#insert(item);
  }

  /** The items that stand now, each once. */
  #current(items: readonly Item[]): Item[] {
    const find = this.#find;
    if (find === undefined) return items.filter(stands);
    const found = new Set<Item>();
    for (const { key } of items) {
      const item = find(key);
      if (item !== undefined) found.add(item);
    }
    return Array.from(found);
  }

  /** The chunk at an index, its items found anew if they have to be. */
  #refresh(at: number): Chunk<Item> {
    const chunk = this.#chunks[at] as Chunk<Item>;
    if (this.#stale.size === 0 || !this.#stale.delete(chunk)) return chunk;
    const fresh = this.#current(chunk);
    this.#sorted -= chunk.length - fresh.length;
    this.#chunks[at] = fresh;
    return fresh;
  }

  /** Finds the item of one key anew. */
  #replace(key: string): void {
    const at = this.#home(key);
    const chunk = this.#chunks[at];
    if (chunk === undefined || this.#stale.has(chunk)) return;
    const index = lowerBound(chunk, key, this.#plainWith(key));
    if (chunk[index]?.key !== key) return;
    const item = this.#find?.(key);
    if (item !== undefined) {
      chunk[index] = item;
      return;
    }
    chunk.splice(index, 1);
    this.#sorted--;
    if (chunk.length === 0) this.#chunks.splice(at, 1);
  }

  /** Index of the chunk that has a key, or would have it. */
  #home(key: string): number {
    const above = chunkAbove(this.#chunks, key, this.#plainWith(key));
    return above === 0 || this.#chunks[above]?.[0]?.key === key ? above : above - 1;
  }

  #plainWith(key: string): boolean {
    return this.#plain && !needsUtf8Order(key);
  }

  #rebuild(pending: Item[]): void {
    const order = this.#plain ? byCodeUnits : byBytes;
    const known = this.#chunks.flat();
    // What was removed and added again is in both.
    const all = Array.from(new Set(pending.concat(this.#stale.size > 0 ? this.#current(known) : known)));
    all.sort(order);
    this.#chunks = [];
    this.#stale.clear();
    for (let i = 0; i < all.length; i += CHUNK_ITEMS / 2)
      this.#chunks.push(all.slice(i, i + CHUNK_ITEMS / 2));
    this.#sorted = all.length;
  }

  #insert(item: Item): void {
    const at = this.#home(item.key);
    if (this.#chunks.length === 0) {
      this.#chunks.push([item]);
      this.#sorted++;
      return;
    }
    const chunk = this.#refresh(at);
    const index = lowerBound(chunk, item.key, this.#plain);
    if (chunk[index] === item) return;
    this.#sorted++;
    chunk.splice(index, 0, item);
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
