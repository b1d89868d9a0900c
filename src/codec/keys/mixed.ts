import { show } from '../../base/options.ts';
import type { KeyCodec, KeyPrefix } from '../../contract/codec.ts';
import { checkWellFormed } from '../keys.ts';
import { readParts, writePart } from './parts.ts';
import { bigintKeys, booleanKeys, bytesKeys, dateKeys, numberKeys } from './scalars.ts';

/**
 * A key of any type that has an order: what `mixedKeys` takes. `1`, `1n`, `'1'` and `[1]` are four keys.
 *
 * @example
 * ```ts
 * import type { MixedKey } from 'samemap';
 * const keys: MixedKey[] = ['key1', 123, 123n, true, new Date(), Uint8Array.of(1), ['user', 7]];
 * ```
 */
export type MixedKey = string | number | bigint | boolean | Date | Uint8Array | readonly MixedKey[];

/** How deep arrays may lie in arrays; each step doubles the marks between elements. */
const DEEPEST = 8;

/** The first character of a key says its type, and the types sort by it. */
const TAGS = {
  boolean: '1',
  number: '2',
  bigint: '3',
  date: '4',
  bytes: '5',
  text: '6',
  array: '7',
} as const;

/**
 * Keys of several types in one map, as Go's `sync.Map` has them: booleans, then numbers, bigints, dates, bytes,
 * texts, arrays, each in its own order; arrays by their elements, and a shorter one before those that it begins. The
 * order of types is that of the package bytewise. Part of a text, or the first elements of an array, is a prefix.
 *
 * @example
 * ```ts
 * import { memoryMap, mixedKeys } from 'samemap';
 * const map = memoryMap({ keys: mixedKeys });
 * map.set('key1', 'value1');
 * map.set(123, 'a number as key');
 * map.set(['user', 7], 'a tuple');
 * console.log([...map.keys({ prefix: ['user'] })]);
 * ```
 */
export const mixedKeys: KeyCodec<MixedKey> = {
  name: 'mixed',
  encode: (key) => write(key, 0),
  decode: (text) => read(text, 0),
  prefix(prefix: KeyPrefix<MixedKey>) {
    if (typeof prefix === 'string' || Array.isArray(prefix)) return write(prefix, 0);
    throw new TypeError(`a prefix must be a string or an array, got ${show(prefix)}`);
  },
};

function write(key: unknown, depth: number): string {
  switch (typeof key) {
    case 'string':
      return TAGS.text + checkWellFormed('a key', key);
    case 'number':
      return TAGS.number + numberKeys.encode(key);
    case 'bigint':
      return TAGS.bigint + bigintKeys.encode(key);
    case 'boolean':
      return TAGS.boolean + booleanKeys.encode(key);
    case 'object':
      break;
    default:
      throw new TypeError(
        `a key must be text, a number, bigint, boolean, Date, bytes or array, got ${show(key)}`,
      );
  }
  if (key instanceof Date) return TAGS.date + dateKeys.encode(key);
  if (key instanceof Uint8Array) return TAGS.bytes + bytesKeys.encode(key);
  if (!Array.isArray(key)) throw new TypeError(`a key must be a Date, bytes or array, got ${show(key)}`);
  if (depth === DEEPEST) throw new RangeError(`a key has arrays in arrays at most ${DEEPEST} deep`);
  return TAGS.array + Array.from(key, (element) => writePart(write(element, depth + 1))).join('');
}

function read(text: string, depth: number): MixedKey {
  const rest = text.slice(1);
  switch (text[0]) {
    case TAGS.text:
      return rest;
    case TAGS.number:
      return numberKeys.decode(rest);
    case TAGS.bigint:
      return bigintKeys.decode(rest);
    case TAGS.boolean:
      return booleanKeys.decode(rest);
    case TAGS.date:
      return dateKeys.decode(rest);
    case TAGS.bytes:
      return bytesKeys.decode(rest);
    case TAGS.array:
      if (depth < DEEPEST) return readParts(rest).map((part) => read(part, depth + 1));
      throw new RangeError('arrays in arrays too deep');
    default:
      throw new TypeError('not a mixed key');
  }
}
