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
    const { length } = key;
    const words = length & ~3;
    let hash = this.seed ^ length;
    let all = 0;
    let i = 0;
    for (; i < words; i += 4) {
      const a = key.charCodeAt(i);
      const b = key.charCodeAt(i + 1);
      const c = key.charCodeAt(i + 2);
      const d = key.charCodeAt(i + 3);
      own[i] = a;
      own[i + 1] = b;
      own[i + 2] = c;
      own[i + 3] = d;
      all |= a | b | c | d;
      hash = mixed(hash, a | (b << 8) | (c << 16) | (d << 24));
    }
    let last = 0;
    for (; i < length; i++) {
      const unit = key.charCodeAt(i);
      own[i] = unit;
      all |= unit;
      last = (last << 8) | unit;
    }
    if (all > 0x7f) return this.bytes(own, 0, own.write(key, 0, 'utf8'));
    this.#bytes = own;
    this.#from = 0;
    this.#length = length;
    this.hash = finish(mixed(hash, last));
  }

  /** Takes a key from where it lies. */
  bytes(bytes: Uint8Array, from: number, length: number): void {
    this.#bytes = bytes;
    this.#from = from;
    this.#length = length;
    this.hash = hashOf(this.seed, bytes, from, length);
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

/** The hash of a key: four bytes at a time, then the rest. */
export function hashOf(seed: number, bytes: Uint8Array, from: number, length: number): number {
  const words = from + (length & ~3);
  const end = from + length;
  let hash = seed ^ length;
  let at = from;
  for (; at < words; at += 4) {
    const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
    hash = mixed(hash, low | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24));
  }
  let last = 0;
  for (; at < end; at++) last = (last << 8) | (bytes[at] ?? 0);
  return finish(mixed(hash, last));
}

/** `true` when two records have the same key. */
export function sameKey(one: Uint8Array, at: number, other: Uint8Array, offset: number): boolean {
  const length = keyLengthAt(one, at);
  if (keyLengthAt(other, offset) !== length) return false;
  const from = keyStart(one, at);
  const start = keyStart(other, offset);
  for (let i = 0; i < length; i++) if (one[from + i] !== other[start + i]) return false;
  return true;
}

function mixed(hash: number, word: number): number {
  const h = Math.imul(hash ^ word, 0x9e3779b1);
  return h ^ (h >>> 15);
}

function finish(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
