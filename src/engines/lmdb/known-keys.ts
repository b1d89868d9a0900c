/** How many keys are remembered for certain; at most twice as many are kept. */
const LIMIT = 32_768;

/**
 * Keys in the tree of entries that are known to be there and to have no end: those written lately. So writing over
 * them needs no look into the file, which takes longer than all the rest of a write that is accepted.
 *
 * INVARIANT: what is in here is there, counting what is accepted and not committed.
 */
export class KnownKeys {
  #young = new Set<string>();
  #old = new Set<string>();

  has(at: string): boolean {
    return this.#young.has(at) || this.#old.has(at);
  }

  add(at: string): void {
    if (this.#young.size >= LIMIT) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(at);
  }

  delete(at: string): void {
    this.#young.delete(at);
    this.#old.delete(at);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}
