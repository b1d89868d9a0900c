import type { Stored } from '../contract/core.ts';
import type { StoredChange } from '../contract/services.ts';

export type ChangeKind = StoredChange['kind'];

/** A {@link StoredChange} whose commit may still go on. */
export interface LinkedChange extends StoredChange {
  next: LinkedChange | undefined;
}

/** Of a change: the entry with the change's version, what it replaced, and map and kind as one number. */
type Slot = Stored | number | undefined;
const WIDTH = 3;
const ENTRY = 0;
const BEFORE = 1;
const WHAT = 2;

const KINDS: readonly ChangeKind[] = ['update', 'insert', 'delete', 'expire', 'evict'];
const FIRST_CAPACITY = 16;

/**
 * The newest changes of a store, so that a reader can go on where it stopped: a ring in
 * which a change lies together, and recording one allocates nothing. Changes are numbered in the order in which they were
 * made, and named by these numbers.
 */
export class History {
  readonly #limit: number;
  #capacity = FIRST_CAPACITY;
  #slots: Slot[] = [];
  #first = 0;
  #end = 0;
  #floor = 0;

  /** @param limit - the most changes kept, from 1 up */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Changes kept. */
  get size(): number {
    return this.#end - this.#first;
  }

  /** `true`: the next change will drive out the oldest. */
  get full(): boolean {
    return this.#end - this.#first === this.#limit;
  }

  /** Number of the oldest change. */
  get first(): number {
    return this.#first;
  }

  /** Number of the next change. */
  get end(): number {
    return this.#end;
  }

  /** All changes of a higher version are here. */
  get floor(): number {
    return this.#floor;
  }

  /** Forgets everything up to a version. */
  reset(version: number): void {
    this.#floor = version;
    this.#first = this.#end;
    this.#resize(FIRST_CAPACITY);
  }

  /**
   * @param entry - as it stands now, or as it stood when it was removed; kept, and therefore never changed
   * @param before - what was replaced or removed, where that is known; kept
   */
  append(kind: ChangeKind, map: number, entry: Stored, before: Stored | undefined, version: number): void {
    if (this.full) this.#forgetOldest();
    else if (this.size === this.#capacity) this.#resize(this.#capacity * 2);
    const at = (this.#end++ & (this.#capacity - 1)) * WIDTH;
    this.#slots[at + ENTRY] = entry.version === version ? entry : { ...entry, version };
    this.#slots[at + BEFORE] = before;
    this.#slots[at + WHAT] = map * KINDS.length + KINDS.indexOf(kind);
  }

  mapAt(number: number): number {
    return Math.floor(this.#whatAt(number) / KINDS.length);
  }

  versionAt(number: number): number {
    return this.#entryAt(number).version;
  }

  keyAt(number: number): string {
    return this.#entryAt(number).key;
  }

  /** @param previous - `true`: with what was replaced or removed */
  changeAt(number: number, previous: boolean): LinkedChange {
    const entry = this.#entryAt(number);
    // SAFETY: what was put into the slot.
    const before = this.#slots[this.#at(number) + BEFORE] as Stored | undefined;
    const kind = KINDS[this.#whatAt(number) % KINDS.length] ?? 'update';
    return storedChange(kind, this.mapAt(number), entry, previous ? before : undefined, entry.version);
  }

  /** Takes back all changes above a version: they did not come to pass. */
  retract(after: number): void {
    const end = this.firstAbove(after);
    for (let number = end; number < this.#end; number++) this.#empty(number);
    this.#end = end;
  }

  /** Number of the oldest change above a version. */
  firstAbove(version: number): number {
    let low = this.#first;
    let high = this.#end;
    while (low < high) {
      const middle = low + Math.floor((high - low) / 2);
      if (this.versionAt(middle) > version) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #forgetOldest(): void {
    this.#floor = this.versionAt(this.#first);
    this.#empty(this.#first++);
  }

  #at(number: number): number {
    return (number & (this.#capacity - 1)) * WIDTH;
  }

  #entryAt(number: number): Stored {
    // SAFETY: a change that is kept has its entry there.
    return this.#slots[this.#at(number) + ENTRY] as Stored;
  }

  #whatAt(number: number): number {
    // SAFETY: what was put into the slot.
    return this.#slots[this.#at(number) + WHAT] as number;
  }

  #empty(number: number): void {
    this.#slots[this.#at(number) + ENTRY] = undefined;
    this.#slots[this.#at(number) + BEFORE] = undefined;
  }

  /** Moves everything to a new ring; a change lies where its number says. */
  #resize(capacity: number): void {
    const slots = this.#slots;
    const mask = this.#capacity - 1;
    this.#capacity = capacity;
    this.#slots = Array.from({ length: capacity * WIDTH });
    for (let number = this.#first; number < this.#end; number++) {
      const [from, to] = [(number & mask) * WIDTH, this.#at(number)];
      for (let i = 0; i < WIDTH; i++) this.#slots[to + i] = slots[from + i];
    }
  }
}

/** Makes a change of what is known of it. */
export function storedChange(
  kind: ChangeKind,
  map: number,
  entry: Stored,
  before: Stored | undefined,
  version: number,
): LinkedChange {
  const gone = kind !== 'insert' && kind !== 'update';
  return {
    kind,
    map,
    key: entry.key,
    version,
    value: gone ? undefined : entry.value,
    expiresAt: gone ? 0 : (entry.expiresAt ?? 0),
    shape: gone ? 0 : (entry.shape ?? 0),
    previous: before?.value,
    previousShape: before?.shape ?? 0,
    next: undefined,
  };
}
