/**
 * Keys as every engine orders them: by their UTF-8 bytes, which is by code point. JavaScript's `<`
 * orders by UTF-16 code unit; the two differ only where surrogates meet U+E000 to U+FFFF.
 */

const FIRST_SURROGATE = 0xd800;
const LAST_SURROGATE = 0xdfff;
const LAST_CODE_POINT = 0x10ffff;

/**
 * Orders two well-formed strings by their UTF-8 bytes: negative, 0 or positive.
 *
 * @example
 * ```ts
 * import { compareUtf8 } from 'samemap/engine';
 * console.log(['b', 'a'].sort(compareUtf8)); // [ 'a', 'b' ]
 * ```
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      if (x < FIRST_SURROGATE || y < FIRST_SURROGATE) return x - y;
      return surrogatesLast(x) - surrogatesLast(y);
    }
  }
  return a.length - b.length;
}

/** `true` when `a < b` alone may order a string wrongly: it has a code unit from U+D800 up. */
export function needsUtf8Order(text: string): boolean {
  return /[\ud800-\uffff]/.test(text);
}

/** The number of bytes of a well-formed string in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (unit < FIRST_SURROGATE || unit > LAST_SURROGATE) bytes += 2;
    else {
      bytes += 2;
      i++;
    }
  }
  return bytes;
}

/**
 * The least string above all that start with `prefix`, or `undefined` when there is none
 * (an empty prefix, or one of U+10FFFF alone).
 *
 * @example
 * ```ts
 * import { prefixEnd } from 'samemap/engine';
 * console.log(prefixEnd('eu/')); // 'eu0'
 * ```
 */
export function prefixEnd(prefix: string): string | undefined {
  const points = Array.from(prefix, (c) => c.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === LAST_CODE_POINT) continue;
    const next = last + 1 === FIRST_SURROGATE ? LAST_SURROGATE + 1 : last + 1;
    return String.fromCodePoint(...points, next);
  }
  return undefined;
}

/** The least string above `key`: the start of what follows it. */
export function keyAfter(key: string): string {
  return key + '\0';
}

/** Moves surrogates (code points above U+FFFF) behind U+E000 to U+FFFF. */
function surrogatesLast(unit: number): number {
  return unit <= LAST_SURROGATE ? unit + 0x2000 : unit - 0x800;
}
