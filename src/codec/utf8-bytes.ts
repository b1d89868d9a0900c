const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Up to this many code units, writing to a shared pool and copying is faster than the encoder. */
const SHORT = 1024;

/** The bytes of a well-formed string, in memory of their own. */
export function utf8Bytes(text: string): Uint8Array {
  return text.length <= SHORT ? new Uint8Array(Buffer.from(text, 'utf8')) : encoder.encode(text);
}

/** The string of these bytes. @throws TypeError when they are not UTF-8 */
export function utf8Text(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
