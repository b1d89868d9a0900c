import type { KeyProbe } from './key-probe.ts';
import type { Segment } from './segment.ts';

/** Slots of a table: it grows to this size, and is then cut in two. */
const MOST_SLOTS = 2 ** 16;
const FIRST_SLOTS = 16;
/** A table grows when more than four fifths of it are in use. */
const FULL_OF_5 = 4;
/** Beyond this depth keys of one hash make a table grow instead. */
const MOST_DEPTH = 22;

/** Numbers of a slot: hash, offset, place; place 0: the slot is free. */
const WIDTH = 3;

/** A table as it is kept outside of memory. */
export interface DirectoryPart {
  readonly depth: number;
  readonly used: number;
  readonly slots: Uint32Array;
}

/** An open-addressing table; what a slot needs lies together, so that a lookup misses the cache once. */
interface Slots {
  readonly slots: Uint32Array;
  readonly mask: number;
  /** How many leading bits of the hash all keys in here share. */
  readonly depth: number;
  used: number;
}

/**
 * Where the records of keys lie: an extendible hash index in typed arrays, 12 bytes a slot. It grows
 * table by table, so that no write ever waits for all of it; deleting leaves no tombstones.
 *
 * `find` comes first and the call that acts on what was found follows at once.
 */
export class KeyDirectory {
  size = 0;
  /** Address of what was found. */
  place = 0;
  offset = 0;
  /** By the leading {@link #depth} bits of the hash. */
  #tables: Slots[] = [emptySlots(FIRST_SLOTS, 0)];
  #depth = 0;
  #at: Slots = this.#tables[0] as Slots;
  #slot = 0;
  #hash = 0;
  #found = false;

  /** Puts a directory together from its {@link parts}; the arrays are kept. */
  static of(parts: readonly DirectoryPart[]): KeyDirectory {
    const directory = new KeyDirectory();
    const depth = Math.max(0, ...parts.map((part) => part.depth));
    directory.#depth = depth;
    directory.#tables = parts.flatMap((part) => {
      const table: Slots = { ...part, mask: part.slots.length / WIDTH - 1 };
      directory.size += part.used;
      return Array.from({ length: 2 ** (depth - part.depth) }, () => table);
    });
    return directory;
  }

  /** Its tables, in order. */
  parts(): DirectoryPart[] {
    return Array.from(new Set(this.#tables));
  }

  /** Looks for a key. */
  find(probe: KeyProbe, segments: readonly (Segment | undefined)[]): boolean {
    const { hash } = probe;
    const table = this.#tableOf(hash);
    const { slots, mask } = table;
    let slot = hash & mask;
    let at = slot * WIDTH;
    let place = slots[at + 2] as number;
    while (place !== 0) {
      if (slots[at] === hash) {
        const offset = slots[at + 1] as number;
        if (probe.matches((segments[place] as Segment).bytes, offset)) {
          this.place = place;
          this.offset = offset;
          return this.#set(table, slot, hash, true);
        }
      }
      slot = (slot + 1) & mask;
      at = slot * WIDTH;
      place = slots[at + 2] as number;
    }
    return this.#set(table, slot, hash, false);
  }

  /** Gives what was looked for an address. */
  put(place: number, offset: number): void {
    const table = this.#at;
    const at = this.#slot * WIDTH;
    table.slots[at + 1] = offset;
    table.slots[at + 2] = place;
    if (this.#found) return;
    table.slots[at] = this.#hash;
    this.size++;
    if (++table.used * 5 > (table.mask + 1) * FULL_OF_5) this.#grow(table);
  }

  /** Removes what was found. */
  remove(): void {
    const { slots, mask } = this.#at;
    let hole = this.#slot;
    this.#at.used--;
    this.size--;
    // What follows moves up, as long as that brings it no further than its own slot.
    for (let slot = (hole + 1) & mask; slots[slot * WIDTH + 2] !== 0; slot = (slot + 1) & mask) {
      const home = (slots[slot * WIDTH] as number) & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      slots.copyWithin(hole * WIDTH, slot * WIDTH, (slot + 1) * WIDTH);
      hole = slot;
    }
    slots[hole * WIDTH + 2] = 0;
  }

  clear(): void {
    this.#tables = [emptySlots(FIRST_SLOTS, 0)];
    this.#depth = 0;
    this.size = 0;
  }

  /** Visits all addresses; nothing may be changed meanwhile. */
  forEach(visit: (place: number, offset: number) => void): void {
    let before: Slots | undefined;
    for (const table of this.#tables) {
      if (table === before) continue;
      before = table;
      for (let at = 0; at < table.slots.length; at += WIDTH) {
        const place = table.slots[at + 2] as number;
        if (place !== 0) visit(place, table.slots[at + 1] as number);
      }
    }
  }

  /** Bytes that the tables take. */
  get bytes(): number {
    return this.parts().reduce((sum, { slots }) => sum + slots.byteLength, 0);
  }

  #set(table: Slots, slot: number, hash: number, found: boolean): boolean {
    this.#at = table;
    this.#slot = slot;
    this.#hash = hash;
    this.#found = found;
    return found;
  }

  #tableOf(hash: number): Slots {
    return this.#tables[this.#depth === 0 ? 0 : hash >>> (32 - this.#depth)] as Slots;
  }

  #grow(table: Slots): void {
    const capacity = table.mask + 1;
    if (capacity < MOST_SLOTS || table.depth >= MOST_DEPTH) {
      const grown = emptySlots(capacity * 2, table.depth);
      spread(table, () => grown);
      this.#replace(table, () => grown);
      return;
    }
    const depth = table.depth + 1;
    if (depth > this.#depth) {
      this.#tables = this.#tables.flatMap((each) => [each, each]);
      this.#depth = depth;
    }
    const halves = [emptySlots(capacity, depth), emptySlots(capacity, depth)] as const;
    const halfOf = (hash: number): Slots => halves[(hash >>> (32 - depth)) & 1] as Slots;
    spread(table, halfOf);
    this.#replace(table, (index) => halfOf((index << (32 - this.#depth)) >>> 0));
  }

  #replace(table: Slots, by: (index: number) => Slots): void {
    for (let i = 0; i < this.#tables.length; i++) if (this.#tables[i] === table) this.#tables[i] = by(i);
  }
}

function emptySlots(capacity: number, depth: number): Slots {
  return { slots: new Uint32Array(capacity * WIDTH), mask: capacity - 1, depth, used: 0 };
}

/** Brings all of a table into others. */
function spread(from: Slots, to: (hash: number) => Slots): void {
  for (let at = 0; at < from.slots.length; at += WIDTH) {
    const place = from.slots[at + 2] as number;
    if (place === 0) continue;
    const hash = from.slots[at] as number;
    const table = to(hash);
    let slot = hash & table.mask;
    while (table.slots[slot * WIDTH + 2] !== 0) slot = (slot + 1) & table.mask;
    table.slots[slot * WIDTH] = hash;
    table.slots[slot * WIDTH + 1] = from.slots[at + 1] as number;
    table.slots[slot * WIDTH + 2] = place;
    table.used++;
  }
}
