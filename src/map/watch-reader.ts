import { BoundedQueue } from '../base/bounded-queue.ts';
import { deferred, type Deferred } from '../base/deferred.ts';
import { StoreError } from '../base/errors.ts';
import type { MapContext } from './context.ts';
import { ChangeMaker } from './watch-change.ts';
import type { WatchRequest } from './watch-request.ts';
import { ChangeSource } from './watch-source.ts';
import { openSource } from './watch-open.ts';

/** What a read gives. */
type Result<T> = IteratorResult<T, undefined>;

/** How reading ended: with a reason every read rejects, without one it is done. */
type End = { readonly reason: unknown } | 'done';

/**
 * The reading side of a change source: serves `next()` from what can be pulled, in the order of the
 * calls, and ends with its source, its map, its signal, or when it is closed.
 */
export class WatchReader<T> {
  readonly source: ChangeSource;
  readonly #pull: (source: ChangeSource) => Result<T> | undefined;
  readonly #ready: Deferred<void> = deferred<void>();
  readonly #waiting = new BoundedQueue<Deferred<Result<T>>>(Infinity);
  #end: End | undefined;
  #leave: (() => void) | undefined;

  /**
   * @param pull - takes from the source what makes one result; `undefined` when there is none now
   */
  constructor(
    context: MapContext,
    request: WatchRequest,
    signal: AbortSignal | undefined,
    pull: (source: ChangeSource) => Result<T> | undefined,
  ) {
    this.#pull = pull;
    this.#ready.promise.catch(() => undefined);
    const onAbort = (): void => this.#finish({ reason: signal?.reason });
    this.source = new ChangeSource(new ChangeMaker(context, request.previous), request, request.bookmark, {
      ready: this.#ready.resolve,
      wake: () => this.#serve(),
      failed: (reason) => this.#finish({ reason }),
    });
    if (signal?.aborted) {
      onAbort();
      return;
    }
    signal?.addEventListener('abort', onAbort);
    const leave = openSource(context, this.source, request, () => this.#finish('done'));
    this.#leave = () => {
      signal?.removeEventListener('abort', onAbort);
      leave();
    };
    if (this.#end !== undefined) this.#leave();
  }

  /** Resolves when the source stands. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  next(): Promise<Result<T>> {
    if (this.#waiting.size === 0) {
      const result = this.#end === undefined ? this.#pull(this.source) : undefined;
      if (result !== undefined) return Promise.resolve(result);
      if (this.#end !== undefined) return ended(this.#end);
    }
    const waiting = deferred<Result<T>>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  close(): Promise<void> {
    this.#finish('done');
    return Promise.resolve();
  }

  return(): Promise<Result<T>> {
    this.#finish('done');
    return ended('done');
  }

  #serve(): void {
    while (this.#waiting.size > 0 && this.#end === undefined) {
      const result = this.#pull(this.source);
      if (result === undefined) return;
      this.#waiting.shift()?.resolve(result);
    }
  }

  #finish(end: End): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.source.close();
    this.#leave?.();
    this.#ready.reject(
      end === 'done' ? new StoreError('CLOSED', 'closed before the watch stood') : end.reason,
    );
    for (let waiting = this.#waiting.shift(); waiting !== undefined; waiting = this.#waiting.shift()) {
      if (end === 'done') waiting.resolve({ done: true, value: undefined });
      else waiting.reject(end.reason);
    }
  }
}

function ended<T>(end: End): Promise<Result<T>> {
  if (end !== 'done') return Promise.reject(end.reason as Error);
  return Promise.resolve({ done: true, value: undefined });
}
