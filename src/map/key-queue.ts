/** Runs work one after the other where the key is the same, and side by side where it is not. */
export class KeyQueue {
  readonly #last = new Map<string, Promise<void>>();

  /** Number of keys with work under way. */
  get size(): number {
    return this.#last.size;
  }

  /** Runs `work` when all earlier work of the key has settled, whatever became of it. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const result = before === undefined ? work() : before.then(work);
    const settled: Promise<void> = result.then(
      () => this.#leave(key, settled),
      () => this.#leave(key, settled),
    );
    this.#last.set(key, settled);
    return result;
  }

  #leave(key: string, settled: Promise<void>): void {
    if (this.#last.get(key) === settled) this.#last.delete(key);
  }
}
