/** What a block of the history says of itself. */
export interface BlockHeader {
  readonly key: string;
  /** Running number of its first change. */
  readonly first: number;
  readonly lastVersion: number;
  readonly writtenAt: number;
  readonly behind: number;
}

/** More are not remembered; those beyond are read again. */
const MOST = 4096;

/**
 * The headers of blocks that were written by this process, oldest first, so that trimming need not read each block
 * to learn what was known when it was written.
 *
 * INVARIANT: what {@link KnownBlocks.oldest} gives is the oldest block of the tree.
 */
export class KnownBlocks {
  #headers: BlockHeader[] = [];
  /** How many of the first were removed. */
  #at = 0;
  /** `true`: the tree has no block that is older than the first of these. */
  #complete = false;

  add(header: BlockHeader): void {
    if (this.#headers.length - this.#at >= MOST) this.clear();
    this.#headers.push(header);
  }

  /** The oldest block of the tree, if it is known. */
  oldest(): BlockHeader | undefined {
    return this.#complete ? this.#headers[this.#at] : undefined;
  }

  /** Takes notice of what is the oldest block of the tree; gives it back. */
  note(oldest: BlockHeader | undefined): BlockHeader | undefined {
    if (oldest !== undefined && oldest.key === this.#headers[this.#at]?.key) this.#complete = true;
    return oldest;
  }

  /** The oldest block was removed. */
  removed(key: string): void {
    if (this.#headers[this.#at]?.key !== key) return;
    this.#at++;
    if (this.#at < MOST) return;
    this.#headers = this.#headers.slice(this.#at);
    this.#at = 0;
  }

  /** Nothing is known any more. */
  clear(): void {
    this.#headers = [];
    this.#at = 0;
    this.#complete = false;
  }
}
