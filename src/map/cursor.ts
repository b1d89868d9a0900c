import { keyAfter } from '../base/utf8.ts';
import type { PageReply, Stored } from '../contract/core.ts';
import { MAX_PAGE_ENTRIES } from '../contract/limits.ts';
import type { MapContext } from './context.ts';
import type { Bounds } from './ranges.ts';

/** What an iteration gives of each entry. */
export type Pick<T> = (context: MapContext, stored: Stored) => T;

export const pickEntry: Pick<ReturnType<MapContext['entry']>> = (context, stored) => context.entry(stored);
export const pickKey: Pick<unknown> = (context, stored) => context.decodeKey(stored.key);
export const pickValue: Pick<unknown> = (context, stored) => context.decode(stored);
export const pickPair: Pick<readonly [unknown, unknown]> = (context, stored) => [
  context.decodeKey(stored.key),
  context.decode(stored),
];

/** Many iterations are short or left early: pages begin small. */
const FIRST_PAGE = 16;
const GROWTH = 4;

/** An entry that cannot be decoded, and its place in the page. */
interface Failure {
  readonly key: string;
  readonly version: number;
  readonly at: number;
  readonly error: Error;
}

/**
 * A place in a range that is read page by page. What an engine answers is borrowed, so that a page is
 * decoded at once; what cannot be decoded is told when its turn comes.
 */
export class Cursor<T> {
  /** The page; from {@link at} to {@link stop} it can be taken without asking. */
  items: T[] = [];
  at = 0;
  stop = 0;
  readonly #context: MapContext;
  readonly #pick: Pick<T>;
  readonly #reverse: boolean;
  #failures: Failure[] = [];
  #start: string;
  #end: string | undefined;
  /** How many may still come from behind the page. */
  #left: number;
  #size = FIRST_PAGE;
  /** `true`: the range goes on behind the page. */
  #more: boolean;

  constructor(context: MapContext, bounds: Bounds, pick: Pick<T>) {
    this.#context = context;
    this.#pick = pick;
    this.#reverse = bounds.reverse;
    this.#start = bounds.start;
    this.#end = bounds.end;
    this.#left = bounds.limit;
    this.#more = !bounds.empty;
  }

  /** `true`: nothing is left, neither here nor in the store. */
  get over(): boolean {
    return this.at >= this.items.length && (!this.#more || this.#left === 0);
  }

  /** The next page to ask for: start, end, limit, reverse. */
  request(): [start: string, end: string | undefined, limit: number, reverse: boolean] {
    const size = Math.min(this.#size, this.#left);
    this.#size = Math.min(this.#size * GROWTH, MAX_PAGE_ENTRIES);
    return [this.#start, this.#end, size, this.#reverse];
  }

  /** Takes over a page. */
  fill({ entries, more }: PageReply): void {
    const last = entries.at(-1)?.key;
    this.items = [];
    this.#failures = [];
    this.at = 0;
    this.#more = more && last !== undefined;
    for (const stored of entries) this.#decode(stored);
    this.#left -= entries.length - this.#failures.length;
    this.stop = this.#failures[0]?.at ?? this.items.length;
    if (last === undefined) return;
    if (this.#reverse) this.#end = last;
    else this.#start = keyAfter(last);
  }

  /** The next item of the page, past what cannot be decoded; `undefined` when none is left of it. */
  take(): IteratorYieldResult<T> | undefined {
    while (this.at < this.items.length) {
      // SAFETY: the index is below the length.
      if (this.at < this.stop) return { done: false, value: this.items[this.at++] as T };
      this.#tell();
    }
    return undefined;
  }

  end(): void {
    this.items = [];
    this.stop = 0;
    this.#more = false;
  }

  /** Passes over an entry that cannot be decoded. @throws what kept it from being decoded, unless somebody is told */
  #tell(): void {
    const failure = this.#failures.shift();
    this.at++;
    this.stop = this.#failures[0]?.at ?? this.items.length;
    if (failure === undefined) return;
    if (this.#context.onInvalid === undefined) throw failure.error;
    this.#context.onInvalid(failure, failure.error);
  }

  #decode(stored: Stored): void {
    try {
      this.items.push(this.#pick(this.#context, stored));
    } catch (thrown) {
      const { key, version } = stored;
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      this.#failures.push({ key, version, error, at: this.items.length });
      // SAFETY: keeps the place; never taken, since `stop` comes before it.
      this.items.push(undefined as T);
    }
  }
}
