import { show } from '../base/options.ts';
import { utf8Length } from '../base/utf8.ts';
import type { KeyCodec } from '../contract/codec.ts';
import { MAX_KEY_BYTES } from '../contract/limits.ts';
import { isWellFormed } from './well-formed.ts';

/** Keys of up to this many code units fit whatever their characters are. */
const SURELY_FITS = Math.floor(MAX_KEY_BYTES / 3);

/**
 * Refuses what is no key: a well-formed string of 1 to 1,024 bytes in UTF-8.
 *
 * @throws TypeError when it is no string or has a lone surrogate; RangeError when it is empty or too long
 */
export function checkKey(key: unknown): string {
  const text = checkWellFormed('a key', key);
  const { length } = text;
  if (length === 0) throw new RangeError('a key must not be empty');
  if (length > SURELY_FITS && (length > MAX_KEY_BYTES || utf8Length(text) > MAX_KEY_BYTES)) {
    throw new RangeError(
      `a key has at most ${MAX_KEY_BYTES} bytes in UTF-8, got ${utf8Length(text)}: ${show(key)}`,
    );
  }
  return text;
}

/**
 * Keys that are strings and stay as they are: what a map has unless it is told otherwise.
 *
 * @example
 * ```ts
 * import { integerKeys, textKeys, tupleKeys } from 'samemap';
 * const pages = tupleKeys(textKeys, integerKeys);
 * ```
 */
export const textKeys: KeyCodec<string> = {
  name: 'text',
  encode: checkKey,
  decode: (text) => text,
  // A prefix may be empty and longer than a key, which then has no match.
  prefix: (prefix) => checkWellFormed('a prefix', prefix),
};

/** Refuses what is no well-formed string. @throws TypeError naming `what` */
export function checkWellFormed(what: string, text: unknown): string {
  if (typeof text !== 'string') throw new TypeError(`${what} must be a string, got ${show(text)}`);
  if (isWellFormed(text)) return text;
  throw new TypeError(`${what} must be well-formed, got ${show(text)}, which has half of a surrogate pair`);
}
