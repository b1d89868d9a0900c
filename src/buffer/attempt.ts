import type { CancelTimer, Clock } from '../base/clock.ts';
import { StoreError } from '../base/errors.ts';
import { show } from '../base/options.ts';
import type { BatchResult, Processor } from './processor.ts';

/** How one call of the processor ended. */
export type Verdict =
  | { readonly kind: 'done' }
  /** All but these places of the batch are confirmed. */
  | { readonly kind: 'some'; readonly failures: ReadonlyMap<number, unknown> }
  /** Nothing is confirmed. */
  | { readonly kind: 'failed'; readonly error: unknown };

const DONE: Verdict = { kind: 'done' };

/**
 * One call of the processor: judged once, by what it answers, by the time, or by being cut. What comes later is
 * ignored, and the signal aborts exactly when the answer is.
 */
export class Attempt {
  /** Made when it is asked for: it would be half of what a small batch costs. */
  #controller: AbortController | undefined;
  /** Why it was cut. */
  #reason: Error | undefined;
  readonly #judge: (verdict: Verdict) => void;
  #cancel: CancelTimer | undefined;
  #over = false;

  constructor(
    processor: Processor<unknown>,
    batch: readonly unknown[],
    of: { readonly partition: number; readonly attempt: number },
    timeoutMs: number,
    clock: Clock,
    judge: (verdict: Verdict) => void,
  ) {
    this.#judge = judge;
    const signalOf = (): AbortSignal => this.#signal();
    const { partition, attempt } = of;
    // The list is the processor's: it may be another one by the time of the answer.
    const { length } = batch;
    try {
      const answer = processor(batch, {
        get signal() {
          return signalOf();
        },
        partition,
        attempt,
      });
      if (!isThenable(answer)) {
        this.#end(verdictOf(answer, length));
        return;
      }
      if (timeoutMs !== Infinity) this.#cancel = clock.after(timeoutMs, () => this.#late(timeoutMs), false);
      answer.then(
        (result) => this.#end(verdictOf(result, length)),
        (error: unknown) => this.#end({ kind: 'failed', error }),
      );
    } catch (error) {
      this.#end({ kind: 'failed', error });
    }
  }

  /** Ends it from outside: nothing is confirmed. */
  cut(reason: Error): void {
    if (this.#over) return;
    this.#end({ kind: 'failed', error: reason });
    this.#reason = reason;
    this.#controller?.abort(reason);
  }

  #signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  #late(timeoutMs: number): void {
    this.cut(new StoreError('TIMEOUT', `the processor took more than ${timeoutMs} ms over a batch`));
  }

  #end(verdict: Verdict): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancel?.();
    this.#judge(verdict);
  }
}

/** An answer that cannot be understood confirms nothing. */
function verdictOf(answer: void | BatchResult, length: number): Verdict {
  try {
    return understood(answer, length);
  } catch (error) {
    return { kind: 'failed', error };
  }
}

function understood(answer: void | BatchResult, length: number): Verdict {
  if (typeof answer !== 'object' || answer === null || !Array.isArray(answer.failures)) return DONE;
  if (answer.failures.length === 0) return DONE;
  const failures = new Map<number, unknown>();
  for (const { index, error } of answer.failures) {
    if (!Number.isSafeInteger(index) || index < 0 || index >= length) {
      const problem = `the processor named failure ${show(index)} of a batch of ${length}`;
      return { kind: 'failed', error: new RangeError(problem) };
    }
    failures.set(index, error);
  }
  return { kind: 'some', failures };
}

function isThenable(
  value: void | BatchResult | Promise<void | BatchResult>,
): value is Promise<void | BatchResult> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
