import { OrderedKeys } from '../../parts/ordered-keys.ts';
import { compareUtf8 } from '../../base/utf8.ts';
import type { FileTree } from './environment.ts';
import { translated } from './errors.ts';

/** A write that is not committed yet; without bytes, a removal. */
interface Pending {
  readonly key: string;
  /** Never 0: a removal is told by its missing bytes. */
  readonly version: 1;
  readonly expiresAt: 0;
  bytes: Uint8Array | undefined;
}

/** Writes of one batch, by key, and in order once somebody reads in order. */
interface Layer {
  readonly writes: Map<string, Pending>;
  ordered: OrderedKeys<Pending> | undefined;
}

/** An item of a range: never borrowed. */
export interface Item {
  readonly key: string;
  readonly bytes: Uint8Array;
}

/** Items of a range in order. */
export interface Items {
  readonly items: readonly Item[];
  /** `true`: the range goes on behind the last item. */
  readonly more: boolean;
}

/** Behind every key: no key begins with a byte above 0x7f. */
const BEHIND_ALL = '\u07ff';

/**
 * A tree of the file with the writes that are on their way to it. The library shows a write only
 * when it is committed; here it is seen at once: first in the batch that is being collected, then in
 * the one being committed, then in the file. What is in both a batch and the file is the same.
 */
export class Tree {
  #file: FileTree;
  #collecting: Layer = layer();
  #committing: Layer = layer();
  /** Length of what {@link Tree.get} found. */
  length = 0;

  constructor(file: FileTree) {
    this.#file = file;
  }

  /** Reads from another file that holds the same. */
  moveTo(file: FileTree): void {
    this.#file = file;
  }

  /** The bytes of a key: the first {@link Tree.length} of what is returned, valid until the next read. */
  get(key: string): Uint8Array | undefined {
    const pending = this.#collecting.writes.get(key) ?? this.#committing.writes.get(key);
    if (pending !== undefined) {
      this.length = pending.bytes?.length ?? 0;
      return pending.bytes;
    }
    try {
      const bytes = this.#file.getBinaryFast(key);
      this.length = this.#file.lastSize;
      return bytes;
    } catch (error) {
      throw translated(error, 'lmdb: reading failed');
    }
  }

  put(key: string, bytes: Uint8Array): void {
    this.#write(key, bytes);
  }

  remove(key: string): void {
    this.#write(key, undefined);
  }

  /**
   * The items of a range.
   *
   * @param start - inclusive
   * @param end - exclusive; `undefined` for the end of the tree
   */
  page(start: string, end: string | undefined, limit: number, reverse: boolean): Items {
    const found: Item[] = [];
    let [low, high] = [start, end ?? BEHIND_ALL];
    for (;;) {
      const file = this.#fileItems(low, high, limit + 1, reverse);
      const last = file.length > limit ? file.pop() : undefined;
      // What lies beyond the last item that was read is looked at in the next round.
      const [from, to] = last === undefined || !reverse ? [low, last?.key ?? high] : [last.key + '\0', high];
      for (const item of this.#merged(file, from, to, reverse)) {
        if (found.length === limit) return { items: found, more: true };
        found.push(item);
      }
      if (last === undefined) return { items: found, more: false };
      if (reverse) high = last.key + '\0';
      else low = last.key;
    }
  }

  /** Hands the collected writes to the library; called within its batch. */
  handOver(): void {
    this.#committing = this.#collecting;
    this.#collecting = layer();
    for (const [key, { bytes }] of this.#committing.writes) {
      if (bytes === undefined) this.#file.remove(key);
      else this.#file.put(key, bytes);
    }
  }

  /** Says that what was handed over lies in the file. */
  committed(): void {
    this.#committing = layer();
  }

  /** Takes back all that is not committed. */
  retract(): void {
    this.#collecting = layer();
    this.#committing = layer();
  }

  #write(key: string, bytes: Uint8Array | undefined): void {
    const { writes, ordered } = this.#collecting;
    const pending = writes.get(key);
    if (pending !== undefined) {
      pending.bytes = bytes;
      return;
    }
    const fresh: Pending = { key, version: 1, expiresAt: 0, bytes };
    writes.set(key, fresh);
    ordered?.add(fresh);
  }

  #fileItems(low: string, high: string, limit: number, reverse: boolean): Item[] {
    const range = reverse
      ? { start: high, end: low, exclusiveStart: true, inclusiveEnd: true, reverse, limit }
      : { start: low, end: high, limit };
    const items: Item[] = [];
    try {
      for (const { key, value } of this.#file.getRange(range)) items.push({ key, bytes: value });
    } catch (error) {
      throw translated(error, 'lmdb: reading failed');
    }
    return items;
  }

  /** Items of the file, and over them what is pending in the same range. */
  #merged(file: readonly Item[], low: string, high: string, reverse: boolean): Item[] {
    const above = this.#pendingIn(low, high, reverse);
    if (above.length === 0) return [...file];
    const direction = reverse ? -1 : 1;
    const merged: Item[] = [];
    let at = 0;
    for (const { key, bytes } of above) {
      let item = file[at];
      for (; item !== undefined && compareUtf8(item.key, key) * direction < 0; item = file[++at])
        merged.push(item);
      if (item?.key === key) at++;
      if (bytes !== undefined) merged.push({ key, bytes });
    }
    return merged.concat(file.slice(at));
  }

  /** Pending writes of a range, the newer of two. */
  #pendingIn(low: string, high: string, reverse: boolean): Pending[] {
    const newer = inLayer(this.#collecting, low, high, reverse);
    const older = inLayer(this.#committing, low, high, reverse);
    if (older.length === 0) return newer;
    if (newer.length === 0) return older;
    const direction = reverse ? -1 : 1;
    const { writes } = this.#collecting;
    return [...newer, ...older.filter(({ key }) => !writes.has(key))].sort(
      (a, b) => compareUtf8(a.key, b.key) * direction,
    );
  }
}

function layer(): Layer {
  return { writes: new Map(), ordered: undefined };
}

function inLayer(from: Layer, low: string, high: string, reverse: boolean): Pending[] {
  if (from.writes.size === 0) return [];
  from.ordered ??= new OrderedKeys(from.writes.values());
  return from.ordered.page(low, high, Infinity, reverse, 0).entries;
}
