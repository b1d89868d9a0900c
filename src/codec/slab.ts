import { markAsUntransferable } from 'node:worker_threads';

const SLAB_BYTES = 16 * 1024;
/** Longer ones get memory of their own. */
const MOST_BYTES = 4096;

/** A buffer that nobody can give away to another thread, for the sake of the other values in it. */
function newBuffer(): ArrayBuffer {
  const buffer = new ArrayBuffer(SLAB_BYTES);
  markAsUntransferable(buffer);
  return buffer;
}

/** Memory that small arrays of bytes are cut from, which costs a fraction of a buffer for each. */
export class Slab {
  /** The slab that {@link cut} cut from last. */
  words: Int32Array;
  /** Where the last piece begins in {@link words}. */
  at = 0;
  #buffer: ArrayBuffer = newBuffer();
  #used = 0;

  constructor() {
    this.words = new Int32Array(this.#buffer);
  }

  /** Zeros that are nobody else's; `undefined` when there are so many that they need memory of their own. */
  cut(length: number): Uint8Array | undefined {
    if (length > MOST_BYTES) return undefined;
    const room = (length + 3) & ~3;
    if (this.#used + room > SLAB_BYTES) {
      this.#buffer = newBuffer();
      this.words = new Int32Array(this.#buffer);
      this.#used = 0;
    }
    const piece = new Uint8Array(this.#buffer, this.#used, length);
    this.at = this.#used >> 2;
    this.#used += room;
    return piece;
  }
}

const slab = new Slab();

/** A copy of bytes, cut from a slab where they are few. */
export function slabCopy(bytes: Uint8Array): Uint8Array {
  const piece = slab.cut(bytes.length);
  if (piece === undefined) return new Uint8Array(bytes);
  piece.set(bytes);
  return piece;
}
