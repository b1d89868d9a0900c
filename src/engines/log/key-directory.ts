import { type KeyProbe, sameKey } from './key-probe.ts';
import type { Segment } from './segment.ts';

/** Slots of a table: it grows to this size, and is then cut in two. */
const MOST_SLOTS = 2 ** 16;
const FIRST_SLOTS = 16;
/** A table grows when more than four fifths of it are in use. */
const FULL_OF_5 = 4;
/** Tables that are made for a number of keys are filled so far, whatever their hashes, that hardly one grows. */
const EXPECTED_USE = 0.75;
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

/** Hashes of keys and the addresses of their records, side by side. */
export interface Addresses {
  readonly hashes: Uint32Array;
  readonly places: Uint32Array;
  readonly offsets: Uint32Array;
  readonly count: number;
}

/** An open-addressing table; what a slot needs lies together, so that a lookup misses the cache once. */
interface Slots {
  readonly slots: Uint32Array;
  readonly mask: number;
  /** The slot of a key is named by so many fewer than 32 of the bits behind the leading ones. */
  readonly shift: number;
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
      const { depth: own, used, slots } = part;
      const table = tableOf(slots, own, used);
      directory.size += used;
      return Array.from({ length: 2 ** (depth - own) }, () => table);
    });
    return directory;
  }

  /** One with room for so many keys. */
  static withRoom(keys: number): KeyDirectory {
    const wanted = keys / EXPECTED_USE;
    let capacity = FIRST_SLOTS;
    while (capacity < MOST_SLOTS && capacity < wanted) capacity *= 2;
    let depth = 0;
    while (capacity * 2 ** depth < wanted && depth < MOST_DEPTH) depth++;
    const directory = new KeyDirectory();
    directory.#depth = depth;
    directory.#tables = Array.from({ length: 2 ** depth }, () => emptySlots(capacity, depth));
    return directory;
  }

  /** Its tables, in order. */
  parts(): DirectoryPart[] {
    return this.#distinct();
  }

  #distinct(): Slots[] {
    return Array.from(new Set(this.#tables));
  }

  /** Looks for a key. */
  find(probe: KeyProbe, segments: readonly (Segment | undefined)[]): boolean {
    const { hash } = probe;
    const table = this.#tableOf(hash);
    const { slots, mask } = table;
    let slot = homeOf(table, hash);
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

  /** Grows until there is room for so many keys, whatever the order in which they come. */
  makeRoom(keys: number): void {
    const wanted = keys / EXPECTED_USE;
    for (let parts = this.#distinct(); slotsOf(parts) < wanted; parts = this.#distinct()) {
      for (const part of parts) this.#grow(part);
    }
  }

  /**
   * Adds records of keys that are not there, for which there is room; fastest in the order of their hashes, which is that of the slots.
   *
   * @param hashes - of the keys
   * @param places - of the segments in which the records lie
   * @param offsets - of the records
   * @returns the number of the first whose key is there after all; -1 when there is none
   */
  addAll({ hashes, places, offsets, count }: Addresses, segments: readonly (Segment | undefined)[]): number {
    for (let i = 0; i < count; i++) {
      const hash = hashes[i] as number;
      const table = this.#tableOf(hash);
      const { slots, mask } = table;
      let at = homeOf(table, hash) * WIDTH;
      for (let other = slots[at + 2] as number; other !== 0; other = slots[at + 2] as number) {
        if (
          slots[at] === hash &&
          isSame(segments, other, slots[at + 1] as number, places[i] as number, offsets[i] as number)
        )
          return i;
        at += WIDTH;
        if (at === slots.length) at = 0;
      }
      slots[at] = hash;
      slots[at + 1] = offsets[i] as number;
      slots[at + 2] = places[i] as number;
      this.size++;
      if (++table.used * 5 > (mask + 1) * FULL_OF_5) this.#grow(table);
    }
    return -1;
  }

  /** Removes what was found. */
  remove(): void {
    const table = this.#at;
    const { slots, mask } = table;
    let hole = this.#slot;
    table.used--;
    this.size--;
    // What follows moves up, as long as that brings it no further than its own slot.
    for (let slot = (hole + 1) & mask; slots[slot * WIDTH + 2] !== 0; slot = (slot + 1) & mask) {
      const home = homeOf(table, slots[slot * WIDTH] as number);
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

  /** Adds to the number of each place how many addresses are in it. */
  countPlaces(counts: Uint32Array): void {
    for (const { slots } of this.parts()) {
      for (let at = 2; at < slots.length; at += WIDTH) {
        const place = slots[at] as number;
        if (place !== 0) counts[place] = (counts[place] as number) + 1;
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

function slotsOf(tables: readonly Slots[]): number {
  return tables.reduce((sum, { mask }) => sum + mask + 1, 0);
}

function isSame(
  segments: readonly (Segment | undefined)[],
  place: number,
  offset: number,
  otherPlace: number,
  otherOffset: number,
): boolean {
  const { bytes } = segments[place] as Segment;
  return sameKey(bytes, offset, (segments[otherPlace] as Segment).bytes, otherOffset);
}

function emptySlots(capacity: number, depth: number): Slots {
  return tableOf(new Uint32Array(capacity * WIDTH), depth, 0);
}

function tableOf(slots: Uint32Array, depth: number, used: number): Slots {
  const capacity = slots.length / WIDTH;
  return { slots, mask: capacity - 1, shift: Math.clz32(capacity) + 1, depth, used };
}

/** The slot in which a key is looked for first: in the order of hashes, so that growing reads and writes in order. */
function homeOf({ depth, shift }: Slots, hash: number): number {
  return (hash << depth) >>> shift;
}

/** Brings all of a table into others. */
function spread(from: Slots, to: (hash: number) => Slots): void {
  for (let at = 0; at < from.slots.length; at += WIDTH) {
    const place = from.slots[at + 2] as number;
    if (place === 0) continue;
    const hash = from.slots[at] as number;
    const table = to(hash);
    let slot = homeOf(table, hash);
    while (table.slots[slot * WIDTH + 2] !== 0) slot = (slot + 1) & table.mask;
    table.slots[slot * WIDTH] = hash;
    table.slots[slot * WIDTH + 1] = from.slots[at + 1] as number;
    table.slots[slot * WIDTH + 2] = place;
    table.used++;
  }
}
