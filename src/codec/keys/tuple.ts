import { show } from '../../base/options.ts';
import type { KeyCodec, KeyPrefix } from '../../contract/codec.ts';
import { checkWellFormed, textKeys } from '../keys.ts';
import { readParts, writePart } from './parts.ts';

/**
 * Keys of several elements, each by a codec of its own, sorted by the first, then by the second and so on. The first
 * elements are a prefix: `list({ prefix: ['ada'] })` is all of Ada's. Texts and bytes in them may be empty.
 *
 * @param codecs - one for each element, at least one; key codecs of your own, too
 * @returns a codec of tuples of just that many elements
 * @throws TypeError when one of them is no key codec
 *
 * @example
 * ```ts
 * import { dateKeys, open, textKeys, tupleKeys } from 'samemap';
 * const store = await open('memory:');
 * const visits = store.map('visits', { keys: tupleKeys(textKeys, dateKeys) });
 * await visits.set(['ada', new Date()], '/index.html');
 * for await (const { key: [user, at] } of visits.list({ prefix: ['ada'] })) console.log(user, at.getTime());
 * await visits.clear({ prefix: ['ada'] });
 * await store.close();
 * ```
 */
export function tupleKeys<Elements extends readonly [unknown, ...unknown[]]>(
  ...codecs: { readonly [I in keyof Elements]: KeyCodec<Elements[I]> }
): KeyCodec<Readonly<Elements>>;
export function tupleKeys(...codecs: readonly KeyCodec<unknown>[]): KeyCodec<readonly unknown[]> {
  if (codecs.length === 0) throw new TypeError('tupleKeys takes at least one codec');
  for (const codec of codecs) {
    if (typeof codec === 'object' && codec !== null && isKeyCodec(codec)) continue;
    throw new TypeError(`tupleKeys takes key codecs, got ${show(codec)}`);
  }
  const { length } = codecs;
  // By index, for `map` leaves out what is missing in a sparse array.
  const write = (elements: readonly unknown[]): string =>
    Array.from({ length: elements.length }, (_, i) => writePart(textOf(codecs[i], elements[i]))).join('');
  return {
    name: `tuple(${codecs.map(({ name }) => name).join(',')})`,
    encode(key) {
      if (!Array.isArray(key) || key.length !== length) {
        throw new TypeError(`a key must be an array of ${length} elements, got ${shape(key)}`);
      }
      return write(key);
    },
    decode(text) {
      const parts = readParts(text);
      if (parts.length !== length) throw new TypeError(`not a tuple of ${length} elements`);
      return parts.map((part, i) => codecs[i]?.decode(part));
    },
    prefix(prefix: KeyPrefix<readonly unknown[]>) {
      if (!Array.isArray(prefix) || prefix.length > length) {
        throw new TypeError(`a prefix must be an array of at most ${length} elements, got ${shape(prefix)}`);
      }
      return write(prefix);
    },
  };
}

function isKeyCodec(codec: object): boolean {
  return ['encode', 'decode'].every((method) => typeof Reflect.get(codec, method) === 'function');
}

/** The text of an element: text itself may be empty here. */
function textOf(codec: KeyCodec<unknown> | undefined, element: unknown): string {
  if (codec === textKeys) return checkWellFormed('an element of a key', element);
  const text = codec?.encode(element);
  return checkWellFormed(`what ${show(codec?.name)} makes of an element`, text);
}

function shape(key: unknown): string {
  return Array.isArray(key) ? `an array of ${key.length}` : show(key);
}
