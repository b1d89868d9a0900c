import { compareUtf8, keyAfter } from '../base/utf8.ts';
import { MAX_PAGE_ENTRIES } from '../contract/limits.ts';
import type { Position } from '../contract/position.ts';
import type { StoredChange } from '../contract/services.ts';

/** An entry of the state, decoded; `invalid` says why where that was not possible. */
export interface StateEntry {
  /** The key as it is stored. */
  readonly text: string;
  readonly key: unknown;
  readonly value: unknown;
  readonly invalid: Error | undefined;
  readonly version: number;
  readonly expiresAt: number;
}

/** A part of the state: all entries of a range as they durably stood at version `at`. */
export interface StatePage {
  readonly at: number;
  readonly entries: readonly StateEntry[];
  readonly more: boolean;
}

/** What to read next. */
export interface StateRequest {
  readonly start: string;
  readonly end: string | undefined;
  readonly limit: number;
  readonly reverse: boolean;
}

/** How a key differs from what the reader was told: the newest change, and whether the reader knows the key. */
export interface Difference {
  change: StoredChange;
  known: boolean;
}

/** Rounds that shrink by less than this factor are not getting anywhere. */
const SHRINKING = 0.9;

/**
 * One catch-up: first the state page by page, then how it differs by now, in rounds, while changes go
 * on arriving. It knows no promises and no engine: it says what to read and is told what was found.
 *
 * It ends however slow the reader is. The pages end at the key that was last when the second page was
 * due; what is written behind it is a difference. Differences coalesce per key, and those that cancel
 * out are dropped, so there are never more than keys the reader was told of or that exist. The last
 * round is one that is small, or not much smaller than what was told before it; what arrives during
 * it is left in the feed.
 */
export class CatchUp {
  /** The position that must be reached before the differences are complete. */
  head: Position | undefined;
  headAsked = false;
  #left: { start: string; readonly end: string | undefined };
  readonly #exact: boolean;
  readonly #small: number;
  #reading: StateRequest | undefined;
  #complete = false;
  /** Pages in key order: keys up to `last` (all, when it is missing) are told as of version `at`. */
  readonly #pages: { readonly last: string | undefined; readonly at: number }[] = [];
  /** Keys above `last` count as told, as absent, as of version `at`. */
  #tail: { readonly last: string; readonly at: number } | undefined;
  #entries: readonly StateEntry[] = [];
  #next = 0;
  #differences = new Map<string, Difference>();
  /** Newest changes of keys that the page being read may or may not show. */
  readonly #held = new Map<string, StoredChange>();
  #round: Difference[] = [];
  /** How much was told in the last round; the state counts as one. */
  #lastRound = 0;
  #final = false;

  /**
   * @param range - the keys in scope
   * @param exact - versions of changes and pages can be compared: there is one partition
   * @param small - how many differences fit into the last round in any case
   */
  constructor(
    range: { readonly start: string; readonly end: string | undefined },
    exact: boolean,
    small: number,
  ) {
    this.#left = range;
    this.#exact = exact;
    this.#small = small;
  }

  /** `true` while an answer is awaited. */
  get reading(): boolean {
    return this.#reading !== undefined;
  }

  /** `true`: the last round has begun, changes are no longer taken in. */
  get final(): boolean {
    return this.#final;
  }

  /** How many entries and differences wait for the reader. */
  get waiting(): number {
    return this.#entries.length - this.#next + this.#round.length + this.#differences.size;
  }

  /** Takes in a change: every change since before the first page, in order. */
  note(change: StoredChange): void {
    if (!this.#exact) return this.#differ(change, true);
    const at = this.#toldAt(change.key);
    if (at !== undefined) {
      if (change.version > at) this.#differ(change, change.kind !== 'insert');
    } else if (this.#reading !== undefined) {
      this.#held.set(change.key, change);
    }
    // Otherwise a page that is still to be read shows it.
  }

  /** The next read; `undefined` when all of the state has been read. */
  request(): StateRequest | undefined {
    if (this.#complete) return undefined;
    const bound = this.#pages.length === 1 && this.#tail === undefined;
    this.#reading = { ...this.#left, limit: bound ? 1 : MAX_PAGE_ENTRIES, reverse: bound };
    return this.#reading;
  }

  /** Takes in the answer to {@link request}. */
  answer({ at, entries, more }: StatePage): void {
    const reverse = this.#reading?.reverse;
    const last = entries.at(-1)?.text;
    this.#reading = undefined;
    if (last !== undefined && reverse) {
      this.#tail = { last, at };
      this.#left = { start: this.#left.start, end: keyAfter(last) };
    } else {
      this.#complete = last === undefined || !more;
      this.#pages.push({ last: this.#complete ? undefined : last, at });
      this.#left = { start: keyAfter(last ?? ''), end: this.#left.end };
      this.#entries = entries;
      this.#next = 0;
      this.#lastRound += entries.length;
    }
    for (const change of this.#held.values()) {
      const told = this.#toldAt(change.key);
      if (told !== undefined && change.version > told) this.#differ(change, true);
    }
    this.#held.clear();
  }

  /** The next entry of the state to tell. */
  takeEntry(): StateEntry | undefined {
    const entry = this.#entries[this.#next];
    if (entry === undefined) this.#entries = [];
    this.#next = entry === undefined ? 0 : this.#next + 1;
    return entry;
  }

  /** Makes a round of the differences so far. */
  startRound(): void {
    this.#round = [...this.#differences.values()].sort((a, b) => compareUtf8(b.change.key, a.change.key));
    this.#differences = new Map();
    const size = this.#round.length;
    this.#final = size <= this.#small || size > this.#lastRound * SHRINKING;
    this.#lastRound = size;
  }

  /** The next difference of the round to tell, in key order. */
  takeDifference(): Difference | undefined {
    return this.#round.pop();
  }

  #differ(change: StoredChange, known: boolean): void {
    const prior = this.#differences.get(change.key);
    if (prior === undefined) this.#differences.set(change.key, { change, known });
    else if (prior.known || change.value !== undefined) prior.change = change;
    else this.#differences.delete(change.key);
  }

  /** The version as of which the reader was told of a key; `undefined` when a page is still to tell. */
  #toldAt(key: string): number | undefined {
    if (this.#tail !== undefined && compareUtf8(key, this.#tail.last) > 0) return this.#tail.at;
    let low = 0;
    let high = this.#pages.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const last = this.#pages[middle]?.last;
      if (last !== undefined && compareUtf8(last, key) < 0) low = middle + 1;
      else high = middle;
    }
    return this.#pages[low]?.at;
  }
}
