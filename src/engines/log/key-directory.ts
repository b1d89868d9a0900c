import type { KeyProbe } from './key-probe.ts';
import type { Segment } from './segment.ts';

/** Slots of a table: it grows to this size, and is then cut in two. */
const MOST_SLOTS = 2 ** 16;
const FIRST_SLOTS = 16;
/** A table grows when more than four fifths of it are in use. */
const FULL_OF_5 = 4;
/** Beyond this depth keys of one hash make a table grow instead. */
const MOST_DEPTH = 22;

/** An open-addressing table of hashes and addresses; place 0: the slot is free. */
interface Slots {
  readonly hashes: Uint32Array;
  readonly offsets: Uint32Array;
  readonly places: Uint16Array;
  readonly mask: number;
  /** How many leading bits of the hash all keys in here share. */
  readonly depth: number;
  used: number;
}

/**
 * Where the records of keys lie: an extendible hash index in typed arrays, 10 bytes a slot. It grows
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
  #tables: Slots[] = [slots(FIRST_SLOTS, 0)];
  #depth = 0;
  #at: Slots = this.#tables[0] as Slots;
  #slot = 0;
  #hash = 0;
  #found = false;

  /** Looks for a key. */
  find(probe: KeyProbe, segments: readonly (Segment | undefined)[]): boolean {
    const { hash } = probe;
    const table = this.#tableOf(hash);
    const { hashes, offsets, places, mask } = table;
    let slot = hash & mask;
    let place = places[slot] as number;
    while (place !== 0) {
      if (hashes[slot] === hash) {
        const offset = offsets[slot] as number;
        if (probe.matches((segments[place] as Segment).bytes, offset)) {
          this.place = place;
          this.offset = offset;
          return this.#set(table, slot, hash, true);
        }
      }
      slot = (slot + 1) & mask;
      place = places[slot] as number;
    }
    return this.#set(table, slot, hash, false);
  }

  /** Looks for an address that is known. */
  findAddress(hash: number, place: number, offset: number): boolean {
    const table = this.#tableOf(hash);
    const { offsets, places, mask } = table;
    let slot = hash & mask;
    for (; places[slot] !== 0; slot = (slot + 1) & mask) {
      if (places[slot] === place && offsets[slot] === offset) return this.#set(table, slot, hash, true);
    }
    return this.#set(table, slot, hash, false);
  }

  /** Gives what was looked for an address. */
  put(place: number, offset: number): void {
    const table = this.#at;
    table.places[this.#slot] = place;
    table.offsets[this.#slot] = offset;
    if (this.#found) return;
    table.hashes[this.#slot] = this.#hash;
    this.size++;
    if (++table.used * 5 > (table.mask + 1) * FULL_OF_5) this.#grow(table);
  }

  /** Removes what was found. */
  remove(): void {
    const { hashes, offsets, places, mask } = this.#at;
    let hole = this.#slot;
    this.#at.used--;
    this.size--;
    // What follows moves up, as long as that brings it no further than its own slot.
    for (let slot = (hole + 1) & mask; places[slot] !== 0; slot = (slot + 1) & mask) {
      const home = (hashes[slot] as number) & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      hashes[hole] = hashes[slot] as number;
      offsets[hole] = offsets[slot] as number;
      places[hole] = places[slot] as number;
      hole = slot;
    }
    places[hole] = 0;
  }

  clear(): void {
    this.#tables = [slots(FIRST_SLOTS, 0)];
    this.#depth = 0;
    this.size = 0;
  }

  /** Visits all addresses; nothing may be changed meanwhile. */
  forEach(visit: (place: number, offset: number) => void): void {
    let before: Slots | undefined;
    for (const table of this.#tables) {
      if (table === before) continue;
      before = table;
      for (let slot = 0; slot <= table.mask; slot++) {
        const place = table.places[slot] as number;
        if (place !== 0) visit(place, table.offsets[slot] as number);
      }
    }
  }

  /** Bytes that the tables take. */
  get bytes(): number {
    return Array.from(new Set(this.#tables)).reduce((sum, { mask }) => sum + (mask + 1) * 10, 0);
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
      const grown = slots(capacity * 2, table.depth);
      spread(table, () => grown);
      this.#replace(table, () => grown);
      return;
    }
    const depth = table.depth + 1;
    if (depth > this.#depth) {
      this.#tables = this.#tables.flatMap((each) => [each, each]);
      this.#depth = depth;
    }
    const halves = [slots(capacity, depth), slots(capacity, depth)] as const;
    const halfOf = (hash: number): Slots => halves[(hash >>> (32 - depth)) & 1] as Slots;
    spread(table, halfOf);
    this.#replace(table, (index) => halfOf((index << (32 - this.#depth)) >>> 0));
  }

  #replace(table: Slots, by: (index: number) => Slots): void {
    for (let i = 0; i < this.#tables.length; i++) if (this.#tables[i] === table) this.#tables[i] = by(i);
  }
}

function slots(capacity: number, depth: number): Slots {
  return {
    hashes: new Uint32Array(capacity),
    offsets: new Uint32Array(capacity),
    places: new Uint16Array(capacity),
    mask: capacity - 1,
    depth,
    used: 0,
  };
}

/** Brings all of a table into others. */
function spread(from: Slots, to: (hash: number) => Slots): void {
  for (let i = 0; i <= from.mask; i++) {
    const place = from.places[i] as number;
    if (place === 0) continue;
    const hash = from.hashes[i] as number;
    const table = to(hash);
    let slot = hash & table.mask;
    while (table.places[slot] !== 0) slot = (slot + 1) & table.mask;
    table.hashes[slot] = hash;
    table.offsets[slot] = from.offsets[i] as number;
    table.places[slot] = place;
    table.used++;
  }
}
