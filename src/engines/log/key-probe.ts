import { AT, RECORD_HEADER } from '../../parts/record.ts';
import { MAX_KEY_BYTES } from '../../contract/limits.ts';

/** How far the key lies behind the header, by flags: an expiry and a stamp may come first. */
const EXTRAS: readonly number[] = [0, 8, 8, 16];

/** Where the key of a record lies. */
export function keyStart(bytes: Uint8Array, offset: number): number {
  return offset + RECORD_HEADER + (EXTRAS[(bytes[offset + AT.flags] ?? 0) & 3] ?? 0);
}

export function keyLengthAt(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + AT.keyLength] ?? 0) | ((bytes[offset + AT.keyLength + 1] ?? 0) << 8);
}

/** A key that is looked for, as bytes, with its hash. Used again for each key. */
export class KeyProbe {
  hash = 0;
  #bytes: Uint8Array;
  #from = 0;
  #length = 0;
  readonly #own: Buffer = Buffer.alloc(MAX_KEY_BYTES + 8);
  readonly seed: number;

  /** @param seed - random, so that nobody can choose keys of one hash */
  constructor(seed: number) {
    this.seed = seed;
    this.#bytes = this.#own;
  }

  /** Takes a key. */
  text(key: string): void {
    const own = this.#own;
    let hash = this.seed;
    const { length } = key;
    this.#bytes = own;
    this.#from = 0;
    for (let i = 0; i < length; i++) {
      const unit = key.charCodeAt(i);
      if (unit > 0x7f) return this.bytes(own, 0, own.write(key, 0, 'utf8'));
      own[i] = unit;
      hash = Math.imul(hash ^ unit, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    this.#length = length;
    this.hash = finish(hash);
  }

  /** Takes a key from where it lies. */
  bytes(bytes: Uint8Array, from: number, length: number): void {
    let hash = this.seed;
    for (let i = from, end = from + length; i < end; i++) {
      hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    this.#bytes = bytes;
    this.#from = from;
    this.#length = length;
    this.hash = finish(hash);
  }

  /** Takes the key of a record. */
  record(bytes: Uint8Array, offset: number): void {
    this.bytes(bytes, keyStart(bytes, offset), keyLengthAt(bytes, offset));
  }

  /** `true` when a record has this key. */
  matches(bytes: Uint8Array, offset: number): boolean {
    const length = this.#length;
    if (keyLengthAt(bytes, offset) !== length) return false;
    const mine = this.#bytes;
    const from = this.#from;
    const at = keyStart(bytes, offset);
    for (let i = 0; i < length; i++) if (mine[from + i] !== bytes[at + i]) return false;
    return true;
  }
}

function finish(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
