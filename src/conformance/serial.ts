/** Runs pieces of work one after another. */
export class Serial {
  readonly #waiting: (() => void)[] = [];
  #busy = false;

  /** Runs behind all that waits. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return this.#enter(work, (start) => this.#waiting.push(start));
  }

  /** Runs before all that waits; at once, when nothing is running. */
  runFirst<T>(work: () => Promise<T>): Promise<T> {
    return this.#enter(work, (start) => this.#waiting.unshift(start));
  }

  #enter<T>(work: () => Promise<T>, queue: (start: () => void) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const start = (): void => {
        this.#busy = true;
        work()
          .then(resolve, reject)
          .finally(() => {
            this.#busy = false;
            this.#waiting.shift()?.();
          });
      };
      if (this.#busy) queue(start);
      else start();
    });
  }
}
