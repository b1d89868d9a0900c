/** What a processor is told besides the batch. */
export interface BatchContext {
  /** Aborts when `timeoutMs` ran out or the buffer was closed over it: whatever comes later is ignored. */
  readonly signal: AbortSignal;
  /** Which partition the batch is from. Batches of one partition never overlap. */
  readonly partition: number;
  /** 1 for the first time, 2 for the first repetition … */
  readonly attempt: number;
}

/** One element of a batch that was not processed. */
export interface BatchFailure {
  /** Its place in the batch, from 0. */
  readonly index: number;
  readonly error: unknown;
}

/** What a processor may answer: which elements failed. All others are confirmed. */
export interface BatchResult {
  readonly failures: readonly BatchFailure[];
}

/**
 * Takes batches. Returning, or resolving, confirms the batch, except for the failures it names; a throw, a
 * rejection or a timeout leaves all of it unconfirmed, and it is repeated.
 */
export type Processor<Item> = (
  batch: readonly Item[],
  context: BatchContext,
) => void | BatchResult | Promise<void | BatchResult>;

/** An element that was given up. */
export interface DeadLetter<Item> {
  readonly entry: Item;
  /** What it failed with the last time. */
  readonly error: unknown;
  /** How often it was tried. */
  readonly attempts: number;
}

/** Takes elements that are given up, one by one; a throw, a rejection or a timeout keeps the element in the buffer. */
export type DeadLetterHandler<Item> = (
  letter: DeadLetter<Item>,
  context: BatchContext,
) => void | Promise<void>;
