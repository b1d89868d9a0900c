import type { Codec } from '../contract/codec.ts';
import { refusal } from './errors.ts';
import { utf8Bytes, utf8Text } from './utf8-bytes.ts';
import { isWellFormed } from './well-formed.ts';

const codec: Codec<string> = {
  name: 'text',
  numbers: false,
  encode(value) {
    if (typeof value !== 'string') throw refusal('value', `is no string but of type ${typeof value}`);
    if (!isWellFormed(value)) throw refusal('value', 'is a string with half of a surrogate pair');
    return utf8Bytes(value);
  },
  decode(cell) {
    if (typeof cell === 'number') throw new TypeError('a number is no text');
    return utf8Text(cell);
  },
};

/**
 * Strings as UTF-8, for values that other programs read.
 *
 * @returns the codec named `text`; its `encode` throws `CODEC` for anything but a well-formed string
 * @example
 * ```ts
 * import { open, text } from 'samemap';
 * const store = await open('memory:');
 * const notes = store.map('notes', { codec: text() });
 * await notes.set('today', 'tea at four');
 * await store.close();
 * ```
 */
export function text(): Codec<string> {
  return codec;
}
