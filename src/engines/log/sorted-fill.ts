import type { Addresses, KeyDirectory } from './key-directory.ts';
import type { Segment } from './segment.ts';

/** So many keys are put in order and added at once. */
const MOST_KEYS = 2 ** 19;
const FIRST_KEYS = 1024;
/** They are ordered by this many leading bits of their hashes: the slots of one turn then fit into the nearest cache. */
const BITS = 8;

/** An address whose key was there before. */
export interface Known {
  readonly place: number;
  readonly offset: number;
}

/**
 * Fills a directory with many keys that are not in it. Slots of hashes as they come lie all over the memory, and each
 * would be waited for; so the keys are gathered and put in order first.
 */
export class SortedFill {
  readonly #directory: KeyDirectory;
  #hashes = new Uint32Array(FIRST_KEYS);
  #places = new Uint32Array(FIRST_KEYS);
  #offsets = new Uint32Array(FIRST_KEYS);
  #count = 0;

  constructor(directory: KeyDirectory) {
    this.#directory = directory;
  }

  /** `true`: what was gathered must be flushed before more is added. */
  get full(): boolean {
    return this.#count === MOST_KEYS;
  }

  add(hash: number, place: number, offset: number): void {
    const at = this.#count++;
    if (at === this.#hashes.length) this.#grow();
    this.#hashes[at] = hash;
    this.#places[at] = place;
    this.#offsets[at] = offset;
  }

  /** Adds what was gathered; the address of the first key that was there, if any was. */
  flush(segments: readonly (Segment | undefined)[]): Known | undefined {
    // Keys in order would crowd in the first slots of a table that grows under them.
    this.#directory.makeRoom(this.#directory.size + this.#count);
    const all = this.#count > FIRST_KEYS ? this.#sorted() : this.#gathered();
    const known = this.#directory.addAll(all, segments);
    this.#count = 0;
    return known < 0 ? undefined : { place: all.places[known] ?? 0, offset: all.offsets[known] ?? 0 };
  }

  #gathered(): Addresses {
    return { hashes: this.#hashes, places: this.#places, offsets: this.#offsets, count: this.#count };
  }

  #sorted(): Addresses {
    const count = this.#count;
    const ends = new Uint32Array(2 ** BITS + 1);
    const hashes = new Uint32Array(count);
    const places = new Uint32Array(count);
    const offsets = new Uint32Array(count);
    for (let i = 0; i < count; i++) {
      const bucket = ((this.#hashes[i] as number) >>> (32 - BITS)) + 1;
      ends[bucket] = (ends[bucket] as number) + 1;
    }
    for (let bucket = 1; bucket < ends.length; bucket++) {
      ends[bucket] = (ends[bucket] as number) + (ends[bucket - 1] as number);
    }
    for (let i = 0; i < count; i++) {
      const hash = this.#hashes[i] as number;
      const bucket = hash >>> (32 - BITS);
      const to = ends[bucket] as number;
      ends[bucket] = to + 1;
      hashes[to] = hash;
      places[to] = this.#places[i] as number;
      offsets[to] = this.#offsets[i] as number;
    }
    return { hashes, places, offsets, count };
  }

  #grow(): void {
    const length = Math.min(MOST_KEYS, this.#hashes.length * 4);
    this.#hashes = grown(this.#hashes, length);
    this.#places = grown(this.#places, length);
    this.#offsets = grown(this.#offsets, length);
  }
}

function grown(before: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const after = new Uint32Array(length);
  after.set(before);
  return after;
}
