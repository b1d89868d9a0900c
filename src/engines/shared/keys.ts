import { StoreError } from '../../base/errors.ts';
import { SEED_A, SEED_B } from './layout.ts';
import type { Memory } from './memory.ts';

const encoder = new TextEncoder();
/** The longest key whose text is made of single characters, without a decoder. */
const SHORT_KEY = 24;

/** Makes a key the one that is looked for: encodes it and hashes it with the number of its map. */
export function takeKey(m: Memory, map: number, text: string): void {
  const { key } = m;
  const { length } = text;
  let at = 0;
  let all = 0;
  let i = 0;
  for (const whole = length & ~3; i < whole; i += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    all |= a | b | c | d;
    key[at++] = a | (b << 8) | (c << 16) | (d << 24);
  }
  if (i < length) {
    let word = 0;
    for (let shift = 0; i < length; i++, shift += 8) {
      const unit = text.charCodeAt(i);
      all |= unit;
      word |= unit << shift;
    }
    key[at++] = word;
  }
  m.keyLength = all < 0x80 ? length : encodeUtf8(m, text);
  m.hash = hashKey(m, map);
}

function encodeUtf8(m: Memory, text: string): number {
  const { read, written } = encoder.encodeInto(text, m.keyBytes);
  if (read !== text.length) throw new StoreError('LIMIT', `a key of more than ${m.keyBytes.length} bytes`);
  m.keyBytes.fill(0, written, (written + 3) & ~3);
  return written;
}

/**
 * HalfSipHash-1-3 over the key in the scratch, with a seed of the store's own: whoever does not know the
 * seed cannot choose keys that collide.
 */
export function hashKey(m: Memory, map: number): number {
  const { key, keyLength, words } = m;
  let v0 = words[SEED_A] as number;
  let v1 = words[SEED_B] as number;
  let v2 = v0 ^ 0x6c796765;
  let v3 = v1 ^ 0x74656462;
  let word = (map << 11) | keyLength;
  const rounds = (keyLength + 3) >> 2;
  for (let i = 0; ; i++) {
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
    if (i === rounds) break;
    word = key[i] as number;
  }
  v2 ^= 0xff;
  for (let i = 0; i < 3; i++) {
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
  }
  return v1 ^ v3;
}

/** The text of UTF-8 bytes in the shared buffer. */
export function textAt(bytes: Uint8Array, from: number, length: number): string {
  if (length <= SHORT_KEY) {
    let text = '';
    for (let i = from; i < from + length; i++) {
      const unit = bytes[i] as number;
      if (unit >= 0x80) return decodeUtf8(bytes, from, length);
      text += String.fromCharCode(unit);
    }
    return text;
  }
  return decodeUtf8(bytes, from, length);
}

function decodeUtf8(bytes: Uint8Array, from: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, length).toString('utf8');
}
