import { tracingChannel } from 'node:diagnostics_channel';

/**
 * The tracing channel of `node:diagnostics_channel` that tells of every operation of every map, and of atomic
 * commits. Each message is an {@link OperationMessage}, the same object from the start of an operation to its end. A
 * sync word publishes `start` and `end`, an async one `start`, `end` (when it returns its promise), `asyncStart` and
 * `asyncEnd` (when that is settled); one that fails also `error`. Iterations tell each page that they read.
 *
 * Who subscribes sees the operations that begin from then on, on stores that are open already, too. While nobody does,
 * an operation costs one check. Values are never told; keys are.
 *
 * @example
 * ```ts
 * import { tracingChannel } from 'node:diagnostics_channel';
 * import { OPERATION_CHANNEL, type OperationMessage } from 'samemap';
 * tracingChannel(OPERATION_CHANNEL).asyncEnd.subscribe((message) => {
 *   const { map, operation, key, outcome, durationMs } = message as OperationMessage;
 *   if ((durationMs ?? 0) > 100) console.warn('slow', { map, operation, key, outcome, durationMs });
 * });
 * ```
 */
export const OPERATION_CHANNEL = 'samemap:operation';

/**
 * What became of an operation: carried out; nothing under the key; a condition did not hold or a lock is busy; an
 * exception.
 *
 * @example
 * ```ts
 * import type { OperationOutcome } from 'samemap';
 * const good: OperationOutcome[] = ['ok', 'absent', 'refused'];
 * ```
 */
export type OperationOutcome = 'ok' | 'absent' | 'refused' | 'failed';

/**
 * An operation, as {@link OPERATION_CHANNEL} tells it. What is optional is there when it means something for the
 * operation, `outcome` and all below it from the end on.
 *
 * @example
 * ```ts
 * import type { OperationMessage } from 'samemap';
 * const name = ({ operation, map }: OperationMessage) => (map === undefined ? operation : `${operation} ${map}`);
 * ```
 */
export interface OperationMessage {
  /** The word that was called: `get`, `set` …; `list` for a page of any iteration, `atomic` for a commit of several. */
  readonly operation: string;
  /** Its map; `undefined` where it is the whole store's. */
  readonly map: string | undefined;
  /** `store.supports.engine`. */
  readonly engine: string;
  /** The key as it was given. */
  readonly key?: unknown;
  outcome?: OperationOutcome;
  /** That of the entry written, read or standing, or of the delete. */
  version?: number;
  /** How many entries an operation of many was about. */
  count?: number;
  /** What it threw or rejected with; `outcome` is `'failed'` then. */
  error?: unknown;
  /** From the start to the end, in milliseconds. */
  durationMs?: number;
}

/** Writes what a result says into its message. */
export type Answer<T> = (message: OperationMessage, result: T) => void;

const { start, end, asyncStart, asyncEnd, error } = tracingChannel(OPERATION_CHANNEL);

/** `true`: somebody listens to operations. */
export function listened(): boolean {
  return (
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    asyncStart.hasSubscribers ||
    error.hasSubscribers
  );
}

/** Runs an operation that answers at once, telling of it; in the async contexts that subscribers have bound to it. */
export function tellNow<T>(message: OperationMessage, answer: Answer<T>, run: () => T): T {
  const startedAt = performance.now();
  return start.runStores(message, () => {
    try {
      const result = run();
      succeed(message, startedAt, answer, result);
      return result;
    } catch (thrown) {
      fail(message, startedAt, thrown);
      throw thrown;
    } finally {
      end.publish(message);
    }
  });
}

/** {@link tellNow} for an operation that answers later. */
export function tellLater<T>(
  message: OperationMessage,
  answer: Answer<Awaited<T>>,
  run: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  const settle = (): void => {
    asyncStart.publish(message);
    asyncEnd.publish(message);
  };
  return start.runStores(message, () => {
    try {
      return run().then(
        (result) => {
          // SAFETY: what a promise gives is never a promise.
          succeed(message, startedAt, answer, result as Awaited<T>);
          settle();
          return result;
        },
        (reason: unknown) => {
          fail(message, startedAt, reason);
          settle();
          throw reason;
        },
      );
    } catch (thrown) {
      fail(message, startedAt, thrown);
      throw thrown;
    } finally {
      end.publish(message);
    }
  });
}

function succeed<T>(message: OperationMessage, startedAt: number, answer: Answer<T>, result: T): void {
  message.durationMs = performance.now() - startedAt;
  message.outcome = 'ok';
  answer(message, result);
}

function fail(message: OperationMessage, startedAt: number, reason: unknown): void {
  message.durationMs = performance.now() - startedAt;
  message.outcome = 'failed';
  message.error = reason;
  error.publish(message);
}
