import type { Cell, Stored } from '../contract/core.ts';
import type { StoredChange } from '../contract/services.ts';

export type ChangeKind = StoredChange['kind'];

/** Receives changes in the order in which they were made. */
export type ChangeVisitor = (
  kind: ChangeKind,
  map: number,
  entry: Stored,
  version: number,
  previous: Cell | undefined,
  previousShape: number,
) => void;

const KINDS: readonly ChangeKind[] = ['insert', 'update', 'delete', 'expire', 'evict'];

const NUMBERS = 6;
const VERSION = 0;
const MAP = 1;
const KIND = 2;
const EXPIRES_AT = 3;
const SHAPE = 4;
const PREVIOUS_SHAPE = 5;

/**
 * The newest changes of a store, so that a reader can go on where it stopped. A ring of columns:
 * recording a change allocates nothing, and what a change needs lies together.
 */
export class History {
  readonly #limit: number;
  #capacity = 256;
  #keys: (string | undefined)[] = Array.from({ length: 256 });
  #values: (Cell | undefined)[] = Array.from({ length: 256 });
  #previous: (Cell | undefined)[] = Array.from({ length: 256 });
  #numbers = new Float64Array(256 * NUMBERS);
  /** Slot of the oldest change. */
  #head = 0;
  #size = 0;
  #floor = 0;

  /** @param limit - the most changes kept, from 1 up */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Changes kept. */
  get size(): number {
    return this.#size;
  }

  /** All changes of a higher version are here. */
  get floor(): number {
    return this.#floor;
  }

  /** Forgets everything up to a version. */
  reset(version: number): void {
    this.#floor = version;
    this.#head = 0;
    this.#size = 0;
    this.#resize(256);
  }

  /** @param entry - as it stands now, or as it stood when it was removed; borrowed */
  append(
    kind: ChangeKind,
    map: number,
    entry: Stored,
    version: number,
    previous: Cell | undefined,
    previousShape: number,
  ): void {
    if (this.#size === this.#limit) this.#forgetOldest();
    else if (this.#size === this.#capacity) this.#resize(this.#capacity * 2);
    const at = (this.#head + this.#size) & (this.#capacity - 1);
    this.#size++;
    this.#keys[at] = entry.key;
    this.#values[at] = entry.value;
    this.#previous[at] = previous;
    const numbers = this.#numbers;
    const base = at * NUMBERS;
    numbers[base + VERSION] = version;
    numbers[base + MAP] = map;
    numbers[base + KIND] = KINDS.indexOf(kind);
    numbers[base + EXPIRES_AT] = entry.expiresAt;
    numbers[base + SHAPE] = entry.shape;
    numbers[base + PREVIOUS_SHAPE] = previousShape;
  }

  /** Visits all changes above a version, oldest first. */
  replay(after: number, visit: ChangeVisitor): void {
    for (let i = this.#firstAbove(after); i < this.#size; i++) {
      const at = (this.#head + i) & (this.#capacity - 1);
      const number = (column: number): number => this.#numbers[at * NUMBERS + column] ?? 0;
      const version = number(VERSION);
      const entry: Stored = {
        key: this.#keys[at] ?? '',
        value: this.#values[at] ?? 0,
        version,
        expiresAt: number(EXPIRES_AT),
        shape: number(SHAPE),
      };
      const kind = KINDS[number(KIND)] ?? 'delete';
      visit(kind, number(MAP), entry, version, this.#previous[at], number(PREVIOUS_SHAPE));
    }
  }

  /** Takes back all changes above a version: they did not come to pass. */
  retract(after: number): void {
    const keep = this.#firstAbove(after);
    for (let i = keep; i < this.#size; i++) this.#empty((this.#head + i) & (this.#capacity - 1));
    this.#size = keep;
  }

  /** How many of the changes, from the oldest on, are not above a version. */
  #firstAbove(version: number): number {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = (this.#head + middle) & (this.#capacity - 1);
      if ((this.#numbers[at * NUMBERS + VERSION] ?? 0) > version) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #forgetOldest(): void {
    this.#floor = this.#numbers[this.#head * NUMBERS + VERSION] ?? 0;
    this.#empty(this.#head);
    this.#head = (this.#head + 1) & (this.#capacity - 1);
    this.#size--;
  }

  #empty(at: number): void {
    this.#keys[at] = undefined;
    this.#values[at] = undefined;
    this.#previous[at] = undefined;
  }

  /** Moves everything to new columns, beginning with slot 0. */
  #resize(capacity: number): void {
    const [keys, values, previous, numbers] = [this.#keys, this.#values, this.#previous, this.#numbers];
    const slot = (i: number): number => (this.#head + i) & (this.#capacity - 1);
    this.#keys = Array.from({ length: capacity }, (_, i) => (i < this.#size ? keys[slot(i)] : undefined));
    this.#values = Array.from({ length: capacity }, (_, i) => (i < this.#size ? values[slot(i)] : undefined));
    this.#previous = Array.from({ length: capacity }, (_, i) =>
      i < this.#size ? previous[slot(i)] : undefined,
    );
    this.#numbers = new Float64Array(capacity * NUMBERS);
    for (let i = 0; i < this.#size; i++) {
      const from = slot(i) * NUMBERS;
      this.#numbers.set(numbers.subarray(from, from + NUMBERS), i * NUMBERS);
    }
    this.#head = 0;
    this.#capacity = capacity;
  }
}
