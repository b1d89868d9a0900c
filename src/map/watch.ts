import type { Watch } from '../contract/watch.ts';
import type { MapContext } from './context.ts';
import type { AnyChange } from './watch-change.ts';
import { WatchReader } from './watch-reader.ts';
import { readWatchOptions, type AnyWatchOptions } from './watch-request.ts';
import type { ChangeSource } from './watch-source.ts';

/**
 * Begins a watch of a map or a part of it.
 *
 * @throws TypeError or RangeError for a bad option; StoreError `FORMAT` when `start` is no bookmark.
 *   Faults are told by `ready` and by reading.
 */
export function createWatch(context: MapContext, options: AnyWatchOptions = {}): Watch<unknown, unknown> {
  const request = readWatchOptions(context, options);
  return new RunningWatch(new WatchReader(context, request, options.signal, takeChange));
}

function takeChange(source: ChangeSource): IteratorResult<AnyChange, undefined> | undefined {
  const value = source.take();
  return value === undefined ? undefined : { done: false, value };
}

class RunningWatch implements Watch<unknown, unknown> {
  readonly #reader: WatchReader<AnyChange>;

  constructor(reader: WatchReader<AnyChange>) {
    this.#reader = reader;
  }

  get ready(): Promise<void> {
    return this.#reader.ready;
  }

  get bookmark(): string {
    return this.#reader.source.bookmark;
  }

  get lag(): number {
    return this.#reader.source.lag;
  }

  next(): Promise<IteratorResult<AnyChange, undefined>> {
    return this.#reader.next();
  }

  return(): Promise<IteratorResult<AnyChange, undefined>> {
    return this.#reader.return();
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#reader.close();
  }
}
