import { StoreError } from '../../base/errors.ts';

/** What a cache does by itself: the reader of the watch, evictions, renewals, reloads. Its faults are told until it is closed. */
export class Background {
  readonly #onError: (error: unknown) => void;
  readonly #work = new Set<Promise<unknown>>();
  #closed = false;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** @throws StoreError `CLOSED` */
  checkOpen(): void {
    if (this.#closed) throw closedError();
  }

  /** Lets work go on. */
  run(work: Promise<unknown>): void {
    const done = work.catch((error: unknown) => this.tell(error)).finally(() => this.#work.delete(done));
    this.#work.add(done);
  }

  tell(error: unknown): void {
    if (!this.#closed) this.#onError(error);
  }

  /** From here on it is closed. */
  close(): void {
    this.#closed = true;
  }

  /** Resolves when all work has ended. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#work);
  }
}

export function closedError(): StoreError {
  return new StoreError('CLOSED', 'the cache was closed');
}
