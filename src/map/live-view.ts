import { within } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { deferred } from '../base/deferred.ts';
import { StoreError } from '../base/errors.ts';
import { checkInteger, checkOptions } from '../base/options.ts';
import type { Entry } from '../contract/entry.ts';
import type { View, ViewOptions } from '../contract/watch.ts';
import { checkLimits } from './call-limits.ts';
import type { MapContext } from './context.ts';
import { ChangeMaker, type AnyChange } from './watch-change.ts';
import { Copy } from './watch-copy.ts';
import { openSource } from './watch-open.ts';
import { readWatchOptions } from './watch-request.ts';
import { ChangeSource } from './watch-source.ts';

/** How many commits may wait: a view takes all there is at once, so only a burst within one turn can. */
const QUEUE_LIMIT = 100_000;

/** {@link ViewOptions} of a map of any key; what they hold is checked when they are read. */
export type AnyViewOptions = Omit<ViewOptions<unknown>, 'prefix'> & { readonly prefix?: unknown };

/**
 * Makes a live, read-only copy of a map or a part of it; resolves when it is complete.
 *
 * @throws TypeError or RangeError for a bad option; StoreError `LIMIT` when there are more than
 *   `maxEntries`, `TIMEOUT` when `deadlineMs` ran out, and every fault of the engine or codec
 */
export async function createView(
  context: MapContext,
  options: AnyViewOptions = {},
): Promise<View<unknown, unknown>> {
  checkOptions('view', options, ['prefix', 'maxEntries', 'signal', 'deadlineMs']);
  const { prefix, maxEntries, deadlineMs } = options;
  if (maxEntries !== undefined) checkInteger('maxEntries', maxEntries, 1);
  checkLimits('view', options);
  const view = new LiveView(context, prefix, maxEntries ?? Infinity);
  const late = (): StoreError => new StoreError('TIMEOUT', `view: not complete within ${deadlineMs} ms`);
  try {
    await within(view.complete, options, context.engine.clock, late);
  } catch (error) {
    await view.close();
    throw error;
  }
  return view;
}

class LiveView implements View<unknown, unknown> {
  readonly complete: Promise<void>;
  readonly #context: MapContext;
  readonly #clock: Clock;
  readonly #maxEntries: number;
  readonly #source: ChangeSource;
  readonly #complete = deferred<void>();
  readonly #leave: (() => void) | undefined;
  /** What is served: the last complete state, and what came since. */
  #copy: Copy;
  /** The state that is being put together while the copy serves. */
  #next: Copy | undefined;
  #completeAt: number;
  #error: Error | undefined;
  #ended = false;

  constructor(context: MapContext, prefix: unknown, maxEntries: number) {
    this.#context = context;
    this.#maxEntries = maxEntries;
    this.#clock = context.engine.clock;
    this.#copy = new Copy(this.#clock);
    this.#next = new Copy(this.#clock);
    this.#completeAt = this.#clock.now();
    this.complete = this.#complete.promise;
    this.complete.catch(() => undefined);
    const request = readWatchOptions(context, { prefix, start: 'current', queueLimit: QUEUE_LIMIT });
    this.#source = new ChangeSource(new ChangeMaker(context, false), request, request.bookmark, {
      ready: () => undefined,
      wake: () => this.#takeIn(),
      failed: (error) => this.#end(error as Error),
    });
    const leave = openSource(context, this.#source, request, () => this.#end(undefined));
    this.#leave = leave;
    if (this.#ended) leave();
  }

  get(key: unknown): unknown {
    return this.entry(key)?.value;
  }

  entry(key: unknown): Entry<unknown, unknown> | undefined {
    const text = this.#context.encodeKey(key);
    this.#takeIn();
    return this.#copy.get(text);
  }

  has(key: unknown): boolean {
    return this.entry(key) !== undefined;
  }

  get size(): number {
    this.#takeIn();
    return this.#copy.size;
  }

  *list(): Generator<Entry<unknown, unknown>, void, undefined> {
    this.#takeIn();
    const copy = this.#copy;
    for (const text of copy.sorted()) {
      const entry = copy.get(text);
      if (entry !== undefined) yield entry;
    }
  }

  *[Symbol.iterator](): Generator<readonly [unknown, unknown], void, undefined> {
    for (const { key, value } of this.list()) yield [key, value];
  }

  get live(): boolean {
    this.#takeIn();
    return this.#next === undefined && !this.#ended;
  }

  get staleMs(): number {
    return this.live ? 0 : this.#clock.now() - this.#completeAt;
  }

  get bookmark(): string {
    return this.#source.bookmark;
  }

  get error(): Error | undefined {
    return this.#error;
  }

  close(): Promise<void> {
    this.#end(undefined);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Takes in all that has arrived. */
  #takeIn(): void {
    let change = this.#source.take();
    if (change === undefined) return;
    for (; change !== undefined; change = this.#source.take()) this.#apply(change);
    if (this.#next === undefined) this.#completeAt = this.#clock.now();
  }

  #apply(change: AnyChange): void {
    const copy = this.#next ?? this.#copy;
    switch (change.type) {
      case 'insert':
      case 'update': {
        const { key, value, version, expiresAt } = change;
        const entry = expiresAt === undefined ? { key, value, version } : { key, value, version, expiresAt };
        copy.set(this.#context.encodeKey(key), entry);
        if (copy.held > this.#maxEntries) this.#end(this.#tooMany());
        break;
      }
      case 'delete':
      case 'expire':
        copy.delete(this.#context.encodeKey(change.key));
        break;
      case 'reset':
        this.#next = new Copy(this.#clock);
        break;
      case 'live':
        this.#copy = copy;
        this.#next = undefined;
        this.#complete.resolve();
        break;
      case 'progress':
        break;
    }
  }

  #tooMany(): StoreError {
    return new StoreError(
      'LIMIT',
      `view of map ${this.#context.name}: more than maxEntries, which is ${this.#maxEntries}`,
    );
  }

  #end(error: Error | undefined): void {
    if (this.#ended) return;
    if (this.#next === undefined && error === undefined) this.#completeAt = this.#clock.now();
    this.#ended = true;
    this.#error = error;
    this.#source.close();
    this.#leave?.();
    this.#complete.reject(
      error ?? new StoreError('CLOSED', 'the map was closed before its view was complete'),
    );
  }
}
