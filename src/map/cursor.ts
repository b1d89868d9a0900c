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

/** An entry that cannot be decoded, in its place between the others. */
class Failure {
  readonly key: string;
  readonly version: number;
  readonly error: Error;

  constructor({ key, version }: Stored, error: Error) {
    this.key = key;
    this.version = version;
    this.error = error;
  }
}

/**
 * A place in a range that is read page by page. What an engine answers is borrowed, so that a page is
 * decoded at once.
 */
export class Cursor<T> {
  readonly #context: MapContext;
  readonly #pick: Pick<T>;
  readonly #reverse: boolean;
  #start: string;
  #end: string | undefined;
  #left: number;
  #size = FIRST_PAGE;
  #slots: (T | Failure)[] = [];
  #at = 0;
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
    return this.#left === 0 || (!this.#more && this.#at >= this.#slots.length);
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
    this.#slots = entries.map((stored) => this.#slot(stored));
    this.#at = 0;
    this.#more = more && last !== undefined;
    if (last === undefined) return;
    if (this.#reverse) this.#end = last;
    else this.#start = keyAfter(last);
  }

  /** The next item of the page; `undefined` when none is left of it. */
  take(): IteratorYieldResult<T> | undefined {
    while (this.#at < this.#slots.length) {
      // SAFETY: the index is below the length.
      const slot = this.#slots[this.#at++] as T | Failure;
      if (!(slot instanceof Failure)) {
        this.#left--;
        return { done: false, value: slot };
      }
      if (this.#context.onInvalid === undefined) throw slot.error;
      this.#context.onInvalid(slot, slot.error);
    }
    return undefined;
  }

  end(): void {
    this.#left = 0;
    this.#slots = [];
  }

  #slot(stored: Stored): T | Failure {
    try {
      return this.#pick(this.#context, stored);
    } catch (error) {
      return new Failure(stored, error instanceof Error ? error : new Error(String(error)));
    }
  }
}
