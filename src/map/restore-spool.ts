import type { Spool } from '../fs/spool.ts';

/**
 * A spool in memory up to a bound, and in another one beyond.
 *
 * @param memoryBytes - the most bytes kept in memory
 * @param openNext - makes the other one, when it is needed
 */
export function boundedSpool(memoryBytes: number, openNext: () => Promise<Spool>): Spool {
  return new BoundedSpool(memoryBytes, openNext);
}

class BoundedSpool implements Spool {
  readonly #memoryBytes: number;
  readonly #openNext: () => Promise<Spool>;
  #pieces: Uint8Array[] = [];
  #length = 0;
  #next: Spool | undefined;
  #closed = false;

  constructor(memoryBytes: number, openNext: () => Promise<Spool>) {
    this.#memoryBytes = memoryBytes;
    this.#openNext = openNext;
  }

  get inMemory(): boolean {
    return this.#next?.inMemory ?? true;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#length += bytes.length;
    if (this.#next === undefined && this.#length <= this.#memoryBytes) {
      this.#pieces.push(bytes.slice());
      return;
    }
    this.#next ??= await this.#moveOn();
    await this.#next.write(bytes);
  }

  read(): AsyncIterable<Uint8Array> {
    return this.#next?.read() ?? inTurns(this.#pieces);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#pieces = [];
    await this.#next?.close();
  }

  async #moveOn(): Promise<Spool> {
    const next = await this.#openNext();
    for (const piece of this.#pieces) await next.write(piece);
    this.#pieces = [];
    if (this.#closed) await next.close();
    return next;
  }
}

async function* inTurns(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* pieces;
}
