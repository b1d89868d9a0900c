import { checkOptions } from '../base/options.ts';
import type { Follow } from '../contract/watch.ts';
import { checkLimits } from './call-limits.ts';
import type { MapContext } from './context.ts';
import { WatchReader } from './watch-reader.ts';
import { readWatchOptions } from './watch-request.ts';
import type { ChangeSource } from './watch-source.ts';

/** How many commits may wait before reading the key again is cheaper than going through them. */
const QUEUE_LIMIT = 100;

/**
 * Follows the value of a key: now, and each newer one, conflated.
 *
 * @throws TypeError or RangeError for a bad key or option; faults are told by reading
 */
export function createFollow(
  context: MapContext,
  key: unknown,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Follow<unknown> {
  checkOptions('follow', options, ['signal']);
  checkLimits('follow', options);
  context.encodeKey(key);
  const request = readWatchOptions(context, { key, start: 'current', queueLimit: QUEUE_LIMIT });
  const newest = new Newest();
  return new RunningFollow(
    new WatchReader(context, request, options.signal, (source) => newest.take(source)),
  );
}

/** The version of a key that is absent. */
const ABSENT = 0;

/** The newest value of a key, and which one was shown. */
class Newest {
  #value: unknown;
  #version = ABSENT;
  /** `false` while the state is being put together: it is not shown. */
  #live = false;
  #shown: number | undefined;

  /** Goes through all that has come; a result when the value is another than the one shown. */
  take(source: ChangeSource): IteratorResult<unknown, undefined> | undefined {
    for (let change = source.take(); change !== undefined; change = source.take()) {
      switch (change.type) {
        case 'insert':
        case 'update':
          this.#value = change.value;
          this.#version = change.version;
          break;
        case 'delete':
        case 'expire':
        case 'reset':
          this.#value = undefined;
          this.#version = ABSENT;
          if (change.type === 'reset') this.#live = false;
          break;
        case 'live':
          this.#live = true;
          break;
        case 'progress':
          break;
      }
    }
    if (!this.#live || this.#version === this.#shown) return undefined;
    this.#shown = this.#version;
    return { done: false, value: this.#value };
  }
}

class RunningFollow implements Follow<unknown> {
  readonly #reader: WatchReader<unknown>;

  constructor(reader: WatchReader<unknown>) {
    this.#reader = reader;
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    return this.#reader.next();
  }

  return(): Promise<IteratorResult<unknown, undefined>> {
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
