import { deferred } from '../base/deferred.ts';
import type { Deferred } from '../base/deferred.ts';
import type { BatchContext, BatchResult, Processor } from './processor.ts';

/**
 * A batch that is read instead of being handed to a processor.
 *
 * @example
 * ```ts
 * import type { Batch } from 'samemap/buffer';
 * const work = (batch: Batch<string>) => {
 *   console.log(batch.entries.length, batch.partition);
 *   return batch.ack();
 * };
 * ```
 */
export interface Batch<Item> extends BatchContext {
  readonly entries: readonly Item[];
  /** Confirms it, except for the failures named; `false` when it came too late and the batch is repeated. */
  ack(result?: BatchResult): boolean;
  /** Says that nothing of it is confirmed: it is repeated. `false` when it came too late. */
  fail(error: unknown): boolean;
}

/**
 * Reads batches; leaving it repeats what it has not confirmed.
 *
 * @example
 * ```ts
 * import { openQueue, type Batches } from 'samemap/buffer';
 * const queue = await openQueue<string>({});
 * await queue.push('first');
 * const batches: Batches<string> = queue.batches();
 * const { value: batch } = await batches.next();
 * batch?.ack();
 * await queue.close();
 * ```
 */
export type Batches<Item> = AsyncIterableIterator<Batch<Item>>;

interface Reader {
  readonly got: Deferred<IteratorResult<Batch<unknown>>>;
  readonly open: Set<Batch<unknown>>;
}

interface Handed {
  readonly entries: readonly unknown[];
  readonly context: BatchContext;
  readonly answer: Deferred<void | BatchResult>;
}

/** Brings batches to those who read them. A partition is only let in when somebody reads. */
export class Pull {
  /** Hands each batch to a reader, and settles as it says. */
  readonly processor: Processor<unknown>;
  readonly #resize: (places: number) => void;
  /** Reads that wait for a batch, in order. */
  readonly #readers: Reader[] = [];
  /** Batches that wait for a reader, who left. */
  readonly #batches: Handed[] = [];
  /** Batches that are with a reader or wait for one. */
  #out = 0;
  #ended = false;

  constructor(resize: (places: number) => void) {
    this.#resize = resize;
    this.processor = (entries, context) => this.#hand(entries, context);
  }

  /** A reader; there may be several. */
  batches(): Batches<unknown> {
    const open = new Set<Batch<unknown>>();
    const waiting = new Set<Reader>();
    const next = (): Promise<IteratorResult<Batch<unknown>>> => {
      if (this.#ended) return Promise.resolve({ done: true, value: undefined });
      const reader = { got: deferred<IteratorResult<Batch<unknown>>>(), open };
      waiting.add(reader);
      this.#readers.push(reader);
      this.#match();
      return reader.got.promise.finally(() => waiting.delete(reader));
    };
    const leave = (): Promise<IteratorResult<Batch<unknown>>> => {
      const error = new Error('the reader of batches left without confirming');
      for (const batch of open) batch.fail(error);
      for (const reader of waiting) {
        this.#readers.splice(this.#readers.indexOf(reader), 1);
        reader.got.resolve({ done: true, value: undefined });
      }
      waiting.clear();
      this.#places();
      return Promise.resolve({ done: true, value: undefined });
    };
    const iterator: Batches<unknown> = { next, return: leave, [Symbol.asyncIterator]: () => iterator };
    return iterator;
  }

  /** Ends all readers. */
  end(): void {
    this.#ended = true;
    for (const { got } of this.#readers.splice(0)) got.resolve({ done: true, value: undefined });
  }

  #hand(entries: readonly unknown[], context: BatchContext): Promise<void | BatchResult> {
    const handed: Handed = { entries, context, answer: deferred<void | BatchResult>() };
    this.#out++;
    const over = (): void => {
      this.#out--;
      const at = this.#batches.indexOf(handed);
      if (at >= 0) this.#batches.splice(at, 1);
      this.#places();
    };
    context.signal.addEventListener('abort', () => handed.answer.reject(context.signal.reason), {
      once: true,
    });
    handed.answer.promise.then(over, over);
    this.#batches.push(handed);
    this.#match();
    return handed.answer.promise;
  }

  #match(): void {
    while (this.#readers.length > 0 && this.#batches.length > 0) {
      const reader = this.#readers.shift();
      const handed = this.#batches.shift();
      if (reader !== undefined && handed !== undefined) this.#give(reader, handed);
    }
    this.#places();
  }

  #give({ got, open }: Reader, { entries, context, answer }: Handed): void {
    const settle = (end: () => void): boolean => {
      if (!open.delete(batch)) return false;
      if (context.signal.aborted) return false;
      end();
      return true;
    };
    const batch: Batch<unknown> = {
      entries,
      partition: context.partition,
      attempt: context.attempt,
      signal: context.signal,
      ack: (result) => settle(() => answer.resolve(result)),
      fail: (error) => settle(() => answer.reject(error)),
    };
    open.add(batch);
    got.resolve({ done: false, value: batch });
  }

  /** As many partitions may come as there are reads that wait, beside those that are here. */
  #places(): void {
    this.#resize(this.#readers.length + this.#out);
  }
}
