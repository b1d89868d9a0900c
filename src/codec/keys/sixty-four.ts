/**
 * Bytes as text that sorts like them: six bits to a character, of an alphabet in the order of ASCII. Shorter bytes
 * that begin longer ones come first, as in `Buffer.compare`.
 */
const ALPHABET = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
const VALUES: ReadonlyMap<string, number> = new Map(Array.from(ALPHABET, (letter, value) => [letter, value]));

/** Writes bytes. */
export function writeSixtyFour(bytes: Uint8Array): string {
  let out = '';
  let waiting = 0;
  let bits = 0;
  for (const byte of bytes) {
    waiting = (waiting << 8) | byte;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      out += ALPHABET[(waiting >>> bits) & 63];
    }
    waiting &= (1 << bits) - 1;
  }
  return bits === 0 ? out : out + ALPHABET[(waiting << (6 - bits)) & 63];
}

/**
 * Reads what {@link writeSixtyFour} wrote.
 *
 * @throws TypeError when it is something else
 */
export function readSixtyFour(text: string): Uint8Array {
  const bytes = new Uint8Array((text.length * 3) >>> 2);
  let at = 0;
  let waiting = 0;
  let bits = 0;
  for (const letter of text) {
    const value = VALUES.get(letter);
    if (value === undefined) throw new TypeError('not bytes: a character of another alphabet');
    waiting = (waiting << 6) | value;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = waiting >>> bits;
    waiting &= (1 << bits) - 1;
  }
  // What is left over is filling, less than a character of it.
  if (bits >= 6 || waiting !== 0) throw new TypeError('not bytes: cut off, or filled with something');
  return bytes;
}
