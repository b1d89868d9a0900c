/**
 * The history in a tree of its own, so that bookmarks resume after the store was opened again.
 * The changes of one batch make one block, or several when they are many; its key is the running
 * number of its first change. A block is, little-endian (docs/formats/lmdb.md):
 *
 * ```text
 *  0        4               12              20              28
 *  +--------+---------------+---------------+---------------+---------+
 *  | crc32  | last version  | written at    | behind its    | changes |
 *  |        | float64       | float64, ms   | last: float64 |         |
 *  +--------+---------------+---------------+---------------+---------+
 *  change:  kind 1 | version, float64 | key length 2 | entry length 4 | key | entry (row.ts)
 * ```
 */
import { StoreError } from '../../base/errors.ts';
import { crc32Of } from '../../parts/checksum.ts';
import type { ChangeKind } from '../../parts/history.ts';
import { type BlockHeader, KnownBlocks } from './known-blocks.ts';
import { keyEncoder, sortable } from './keys.ts';
import { readNumber, writeNote } from './note.ts';
import type { Item, Tree } from './tree.ts';

const KINDS: readonly ChangeKind[] = ['insert', 'update', 'delete', 'expire', 'evict'];
const HEADER = 28;
const CHANGE = 15;
/** A block is ended when it grew to so many bytes. */
const BLOCK_BYTES = 256 * 1024;
/** No block has more changes: each has {@link CHANGE} bytes at least. */
const MOST_CHANGES = 2 ** 16;
/** The most blocks that one trimming removes. */
const TRIM_BLOCKS = 64;

/** A change on its way into a block. */
interface Noted {
  readonly kind: ChangeKind;
  readonly key: string;
  readonly version: number;
  /** The entry as it stands now; `undefined` for a removal. */
  readonly entry: Uint8Array | undefined;
}

/** Receives changes in the order in which they were made; the entry's bytes are its own. */
export type NotedVisitor = (
  kind: ChangeKind,
  key: string,
  version: number,
  entry: Uint8Array | undefined,
) => void;

/** How much is remembered. */
interface Bounds {
  readonly historyLimit: number;
  readonly historyMs: number;
}

/**
 * A block that cannot be read costs bookmarks, never the store: all that was noted so far is
 * forgotten then, so that a gap is told and never passed over.
 */
export class ChangeLog {
  readonly #tree: Tree;
  readonly #meta: Tree;
  readonly #bounds: Bounds;
  readonly #version: () => number;
  #damaged = 0;
  #noted: Noted[] = [];
  /** Running number behind the newest change. */
  #next = 0;
  #first = 0;
  #floor = 0;
  /** As far as it was looked up. */
  #oldest: BlockHeader | undefined;
  readonly #known = new KnownBlocks();

  /** @param version - the newest version that was taken */
  constructor(tree: Tree, meta: Tree, bounds: Bounds, version: () => number) {
    this.#tree = tree;
    this.#meta = meta;
    this.#bounds = bounds;
    this.#version = version;
    this.reload();
  }

  /** All changes of a higher version are here. */
  get floor(): number {
    return this.#floor;
  }

  /** Changes kept, those not written yet included. */
  get size(): number {
    return this.#next - this.#first + this.#noted.length;
  }

  /** How often a block could not be read. */
  get damaged(): number {
    return this.#damaged;
  }

  add(kind: ChangeKind, key: string, version: number, entry: Uint8Array | undefined): void {
    this.#noted.push({ kind, key, version, entry });
  }

  /** Puts the changes of the batch into blocks, and removes blocks that are too old or too many. */
  seal(now: number): void {
    const noted = this.#noted;
    this.#noted = [];
    for (let from = 0; from < noted.length;) {
      let to = from;
      let length = HEADER;
      for (; to < noted.length && length < HEADER + BLOCK_BYTES; to++) length += lengthOf(noted[to] as Noted);
      const header = {
        key: sortable(this.#next),
        first: this.#next,
        lastVersion: noted[to - 1]?.version ?? 0,
        writtenAt: now,
        behind: this.#next + to - from,
      };
      this.#tree.put(header.key, encodeBlock(header, noted, from, to, length));
      this.#known.add(header);
      this.#next = header.behind;
      from = to;
    }
    this.trim(now);
  }

  /** Removes blocks that are too old or too many, a bounded number of them; `true` when some were. */
  trim(now: number): boolean {
    const { historyLimit, historyMs } = this.#bounds;
    let trimmed = false;
    for (let i = 0; i < TRIM_BLOCKS; i++) {
      const oldest = (this.#oldest ??= this.#known.oldest() ?? this.#known.note(this.#headerAtEnd(false)));
      this.#first = oldest?.first ?? this.#next;
      if (oldest === undefined) break;
      const { key, lastVersion, writtenAt, behind } = oldest;
      const over =
        this.#next - behind >= historyLimit || writtenAt + historyMs <= now || lastVersion <= this.#floor;
      if (!over) break;
      this.#tree.remove(key);
      this.#known.removed(key);
      this.#oldest = undefined;
      this.#first = behind;
      this.#floor = Math.max(this.#floor, lastVersion);
      trimmed = true;
    }
    if (trimmed) writeNote(this.#meta, 'floor', this.#floor);
    return trimmed;
  }

  /** Forgets everything up to a version; the blocks go with the next trimmings. */
  forget(version: number): void {
    this.#noted = [];
    this.#floor = version;
    writeNote(this.#meta, 'floor', version);
  }

  /**
   * Visits all changes above a version that is not below the floor, oldest first.
   *
   * @returns `false` when some of them cannot be read; then everything is forgotten
   */
  replay(after: number, visit: NotedVisitor): boolean {
    try {
      this.#replay(after, visit);
      return true;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#forgetDamaged();
      return false;
    }
  }

  /** Reads anew what the tree knows: at the beginning, and after pending writes were taken back. */
  reload(): void {
    this.#noted = [];
    this.#oldest = undefined;
    this.#known.clear();
    this.#floor = readNumber(this.#meta, 'floor', 0);
    this.#first = this.#headerAtEnd(false)?.first ?? 0;
    this.#next = this.#headerAtEnd(true)?.behind ?? 0;
  }

  #replay(after: number, visit: NotedVisitor): void {
    for (let from = ''; ;) {
      const { items, more } = this.#tree.page(from, undefined, 16, false);
      for (const item of items) replayBlock(item, after, visit);
      const last = items.at(-1);
      if (!more || last === undefined) break;
      from = last.key + '\0';
    }
    for (const { kind, key, version, entry } of this.#noted)
      if (version > after) visit(kind, key, version, entry);
  }

  /** What the oldest or the newest block says of itself; of one that cannot be read, what is sure to be enough. */
  #headerAtEnd(newest: boolean): BlockHeader | undefined {
    const item = this.#tree.page('', undefined, 1, newest).items[0];
    if (item === undefined) return undefined;
    try {
      return headerOf(item);
    } catch {
      this.#forgetDamaged();
      const first = firstOf(item.key);
      return { key: item.key, first, lastVersion: 0, writtenAt: 0, behind: first + MOST_CHANGES };
    }
  }

  #forgetDamaged(): void {
    this.#damaged++;
    this.forget(this.#version());
  }
}

function lengthOf({ key, entry }: Noted): number {
  return CHANGE + key.length * 3 + (entry?.length ?? 0);
}

/** @param most - bytes that are enough */
function encodeBlock(
  { lastVersion, writtenAt, behind }: BlockHeader,
  noted: readonly Noted[],
  from: number,
  to: number,
  most: number,
): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(most);
  const view = new DataView(bytes.buffer, bytes.byteOffset, most);
  view.setFloat64(4, lastVersion, true);
  view.setFloat64(12, writtenAt, true);
  view.setFloat64(20, behind, true);
  let at = HEADER;
  for (let i = from; i < to; i++) {
    const { kind, key, version, entry } = noted[i] as Noted;
    const keyLength = keyEncoder.writeKey(key, bytes, at + CHANGE) - at - CHANGE;
    view.setUint8(at, KINDS.indexOf(kind));
    view.setFloat64(at + 1, version, true);
    view.setUint16(at + 9, keyLength, true);
    view.setUint32(at + 11, entry?.length ?? 0, true);
    at += CHANGE + keyLength;
    if (entry === undefined) continue;
    bytes.set(entry, at);
    at += entry.length;
  }
  view.setUint32(0, crc32Of(bytes.subarray(4, at)), true);
  return bytes.subarray(0, at);
}

/** @throws StoreError `CORRUPT` */
function firstOf(key: string): number {
  const first = parseInt(key, 36);
  if (Number.isSafeInteger(first)) return first;
  throw new StoreError('CORRUPT', 'lmdb: a block of the history has no number');
}

function headerOf(item: Item): BlockHeader {
  const block = checked(item);
  const { key } = item;
  return {
    key,
    first: firstOf(key),
    lastVersion: block.readDoubleLE(4),
    writtenAt: block.readDoubleLE(12),
    behind: block.readDoubleLE(20),
  };
}

function replayBlock(item: Item, after: number, visit: NotedVisitor): void {
  const block = checked(item);
  if (headerOf(item).lastVersion <= after) return;
  for (let at = HEADER; at < block.length;) {
    const kind = KINDS[block[at] ?? 0] ?? 'delete';
    const version = block.readDoubleLE(at + 1);
    const keyAt = at + CHANGE;
    const entryAt = keyAt + block.readUInt16LE(at + 9);
    const end = entryAt + block.readUInt32LE(at + 11);
    const entry = end === entryAt ? undefined : new Uint8Array(block.subarray(entryAt, end));
    if (version > after) visit(kind, block.toString('utf8', keyAt, entryAt), version, entry);
    at = end;
  }
}

/** The bytes of a block. @throws StoreError `CORRUPT` */
function checked({ key, bytes }: Item): Buffer {
  const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (block.length >= HEADER && crc32Of(block.subarray(4)) === block.readUInt32LE(0)) return block;
  throw new StoreError('CORRUPT', `lmdb: the checksum of block ${key} of the history is wrong`);
}
