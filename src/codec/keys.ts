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
  if (typeof key !== 'string') throw new TypeError(`a key must be a string, got ${show(key)}`);
  if (!isWellFormed(key)) {
    throw new TypeError(`a key must be well-formed, got ${show(key)}, which has half of a surrogate pair`);
  }
  const { length } = key;
  if (length === 0) throw new RangeError('a key must not be empty');
  if (length > SURELY_FITS && (length > MAX_KEY_BYTES || utf8Length(key) > MAX_KEY_BYTES)) {
    throw new RangeError(
      `a key has at most ${MAX_KEY_BYTES} bytes in UTF-8, got ${utf8Length(key)}: ${show(key)}`,
    );
  }
  return key;
}

/** Keys that are strings and stay as they are. */
export const textKeys: KeyCodec<string> = {
  name: 'text',
  encode: checkKey,
  decode: (text) => text,
  prefix: checkPrefix,
};

/** A prefix may be empty and longer than a key, which then has no match. */
function checkPrefix(prefix: string): string {
  if (typeof prefix !== 'string') throw new TypeError(`a prefix must be a string, got ${show(prefix)}`);
  if (!isWellFormed(prefix)) {
    throw new TypeError(
      `a prefix must be well-formed, got ${show(prefix)}, which has half of a surrogate pair`,
    );
  }
  return prefix;
}
