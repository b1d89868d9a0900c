import { ByIdentity } from './by-identity.ts';
import { Job } from './job.ts';
import { Hidden } from './pending.ts';
import type { Pending, Table } from './pending.ts';

/** What a partition got of one table: pieces of a batch each, so that most batches are a piece as it is. */
interface Segment {
  readonly table: Table;
  readonly pieces: Pending[][];
  /** How many of the first piece were taken. */
  at: number;
  /** How many are left. */
  left: number;
  /** `true`: the table has nothing more for this partition. */
  complete: boolean;
}

/** Longer lists would be moved to where a garbage collector looks after them one write at a time. */
const LONGEST_PIECE = 4096;

/** Puts the newer of two changes of one key into the older; `false` when it cannot. */
export type Coalesce = (older: Pending, newer: Pending) => boolean;

/**
 * What a partition has not yet handed to the processor for the first time: segments in the order of their
 * tables, changes held back because an earlier one of their key is unconfirmed, and those released since.
 * No batch has an identity twice: each is cut from one segment, or from what was released.
 */
export class Backlog {
  /** Not held back. */
  queued = 0;
  /** Held back. */
  held = 0;
  readonly #coalesce: Coalesce;
  readonly #batchSize: () => number;
  readonly #segments: Segment[] = [];
  /** The piece of the last segment that is added to. */
  #piece: Pending[] | undefined;
  #pieceLength = 0;
  readonly #released: Pending[] = [];
  /** By identity of what is unconfirmed: what is held back behind it, in order. */
  readonly #blocked = new ByIdentity<Pending[]>();
  /** Identities of which nothing goes on its way any more. */
  readonly #withdrawn = new ByIdentity<true>();
  /** What came for them since {@link takeWithdrawn}. */
  #aside: Pending[] = [];

  /** @param batchSize - the most of a batch, as it stands */
  constructor(coalesce: Coalesce, batchSize: () => number) {
    this.#coalesce = coalesce;
    this.#batchSize = batchSize;
  }

  /** Takes a change of this table. */
  accept(pending: Pending, table: Table): void {
    let segment = this.#segments[this.#segments.length - 1];
    if (segment?.table !== table) {
      segment = { table, pieces: [], at: 0, left: 0, complete: false };
      this.#segments.push(segment);
      this.#piece = undefined;
    }
    let piece = this.#piece;
    if (piece === undefined || piece.length >= this.#pieceLength) {
      this.#piece = piece = [];
      this.#pieceLength = Math.min(this.#batchSize(), LONGEST_PIECE);
      segment.pieces.push(piece);
    }
    piece.push(pending);
    segment.left++;
    this.queued++;
  }

  /** Says that the table has nothing more. */
  complete(table: Table): void {
    const segment = this.#segments.at(-1);
    if (segment?.table === table) segment.complete = true;
  }

  /** Whether {@link cut} may have a batch; it is asked often and looks no closer. */
  ready(): boolean {
    if (this.#released.length > 0) return true;
    const [first] = this.#segments;
    return first !== undefined && (first.complete || first.left >= this.#batchSize());
  }

  /** The next batch. */
  cut(): Job | undefined {
    const batchSize = this.#batchSize();
    if (this.#released.length > 0) {
      const items = this.#released.splice(0, Math.min(batchSize, this.#released.length));
      this.queued -= items.length;
      return new Job(items, 1, false);
    }
    for (let segment = this.#segments[0]; segment !== undefined; segment = this.#segments[0]) {
      if (!segment.complete && segment.left < batchSize) return undefined;
      const items = this.#take(segment, Math.min(segment.left, batchSize));
      if (segment.complete && segment.left === 0) this.#segments.shift();
      this.queued -= items.length;
      const allFree = this.#blocked.size === 0 && this.#withdrawn.size === 0;
      const free = allFree ? items : items.filter((pending) => !this.#hold(pending));
      if (free.length > 0) return new Job(free, 1, false, segment.table);
    }
    return undefined;
  }

  /** Takes that many off a segment, which has them. */
  #take(segment: Segment, count: number): Pending[] {
    segment.left -= count;
    let taken: Pending[] | undefined;
    for (let missing = count; missing > 0;) {
      const [piece = []] = segment.pieces;
      const end = Math.min(piece.length, segment.at + missing);
      const part = segment.at === 0 && end === piece.length ? piece : piece.slice(segment.at, end);
      missing -= part.length;
      segment.at = end;
      if (end === piece.length) {
        segment.pieces.shift();
        segment.at = 0;
        // What is taken is not added to.
        if (piece === this.#piece) this.#piece = undefined;
      }
      if (taken === undefined) taken = part;
      else taken = taken.concat(part);
    }
    return taken ?? [];
  }

  /** From here on what comes for these identities waits for {@link release}. */
  block(pendings: readonly Pending[]): void {
    for (const pending of pendings) {
      const [partitionKey, key] = [Hidden.partitionKey(pending), Hidden.key(pending)];
      if (this.#blocked.get(partitionKey, key) === undefined) this.#blocked.set(partitionKey, key, []);
    }
  }

  /** These have their outcome: what waits behind them is next. */
  release(pendings: readonly Pending[]): void {
    if (this.#blocked.size === 0) return;
    for (const pending of pendings) {
      const [partitionKey, key] = [Hidden.partitionKey(pending), Hidden.key(pending)];
      const line = this.#blocked.get(partitionKey, key);
      const next = line?.shift();
      // What is released goes on blocking its identity, until it has its own outcome.
      if (next === undefined) this.#blocked.delete(partitionKey, key);
      else {
        this.held--;
        this.queued++;
        this.#released.push(next);
      }
    }
  }

  /** From here on nothing of this identity is cut; see {@link takeWithdrawn}. */
  withdraw(pending: Pending): void {
    const [partitionKey, key] = [Hidden.partitionKey(pending), Hidden.key(pending)];
    const line = this.#blocked.get(partitionKey, key) ?? [];
    this.#blocked.delete(partitionKey, key);
    this.#withdrawn.set(partitionKey, key, true);
    this.held -= line.length;
    this.queued += line.length;
    this.#aside.push(...line);
  }

  /** What is not to go on its way, in order. */
  takeWithdrawn(): readonly Pending[] {
    if (this.#aside.length === 0) return this.#aside;
    const taken = this.#aside;
    this.#aside = [];
    this.queued -= taken.length;
    return taken;
  }

  /** Everything, in the order of each identity. */
  *all(): Iterable<Pending> {
    yield* this.#aside;
    yield* this.#released;
    for (const line of this.#blocked.values()) yield* line;
    for (const { pieces, at } of this.#segments) {
      for (const [i, piece] of pieces.entries()) yield* i === 0 ? piece.slice(at) : piece;
    }
  }

  clear(): void {
    this.queued = 0;
    this.held = 0;
    this.#segments.length = 0;
    this.#piece = undefined;
    this.#released.length = 0;
    this.#aside = [];
    this.#blocked.clear();
  }

  #hold(pending: Pending): boolean {
    if (this.#withdrawn.size > 0 && this.#withdrawn.get(pending.partitionKey, pending.key) === true) {
      this.#aside.push(pending);
      this.queued++;
      return true;
    }
    const line = this.#blocked.get(pending.partitionKey, pending.key);
    if (line === undefined) return false;
    const last = line.at(-1);
    if (last === undefined || !this.#coalesce(last, pending)) {
      line.push(pending);
      this.held++;
    }
    return true;
  }
}
