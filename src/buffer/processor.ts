/**
 * What a processor is told besides the batch.
 *
 * @example
 * ```ts
 * import type { BatchContext } from 'samemap/buffer';
 * const send = async (rows: readonly unknown[], { signal }: BatchContext) => {
 *   await fetch('http://localhost:8080/rows', { method: 'POST', body: JSON.stringify(rows), signal });
 * };
 * ```
 */
export interface BatchContext {
  /** Aborts when `timeoutMs` ran out or the buffer was closed over it: whatever comes later is ignored. */
  readonly signal: AbortSignal;
  /** Which partition the batch is from. Batches of one partition never overlap. */
  readonly partition: number;
  /** 1 for the first time, 2 for the first repetition … */
  readonly attempt: number;
}

/**
 * One element of a batch that was not processed.
 *
 * @example
 * ```ts
 * import type { BatchFailure } from 'samemap/buffer';
 * const failures: BatchFailure[] = [{ index: 3, error: new Error('refused by the database') }];
 * ```
 */
export interface BatchFailure {
  /** Its place in the batch, from 0. */
  readonly index: number;
  readonly error: unknown;
}

/**
 * What a processor may answer: which elements failed. All others are confirmed.
 *
 * @example
 * ```ts
 * import type { BatchResult } from 'samemap/buffer';
 * const allButTheFirst = (error: unknown): BatchResult => ({ failures: [{ index: 0, error }] });
 * ```
 */
export interface BatchResult {
  readonly failures: readonly BatchFailure[];
}

/**
 * Takes batches. Returning, or resolving, confirms the batch, except for the failures it names; a throw, a
 * rejection or a timeout leaves all of it unconfirmed, and it is repeated.
 *
 * @example
 * ```ts
 * import type { BufferEntry, Processor } from 'samemap/buffer';
 * const processor: Processor<BufferEntry<number>> = async (batch) => {
 *   for (const { key, value } of batch) console.log(key, value);
 * };
 * ```
 */
export type Processor<Item> = (
  batch: readonly Item[],
  context: BatchContext,
) => void | BatchResult | Promise<void | BatchResult>;

/**
 * An element that was given up.
 *
 * @example
 * ```ts
 * import type { DeadLetter } from 'samemap/buffer';
 * const tell = ({ attempts, error }: DeadLetter<unknown>) => console.error(`given up after ${attempts}`, error);
 * ```
 */
export interface DeadLetter<Item> {
  readonly entry: Item;
  /** What it failed with the last time. */
  readonly error: unknown;
  /** How often it was tried. */
  readonly attempts: number;
}

/**
 * Takes elements that are given up, one by one; a throw, a rejection or a timeout keeps the element in the buffer.
 *
 * @example
 * ```ts
 * import type { BufferEntry, DeadLetterHandler } from 'samemap/buffer';
 * const onDeadLetter: DeadLetterHandler<BufferEntry<number>> = ({ entry, error }) =>
 *   console.error(entry.key, error);
 * ```
 */
export type DeadLetterHandler<Item> = (
  letter: DeadLetter<Item>,
  context: BatchContext,
) => void | Promise<void>;
