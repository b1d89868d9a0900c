import { show } from '../../base/options.ts';
import type { KeyCodec, KeyPrefix } from '../../contract/codec.ts';
import { readDecimal, writeDecimal } from './decimal.ts';
import { readSixtyFour, writeSixtyFour } from './sixty-four.ts';

/**
 * Keys that are whole numbers, sorted as numbers: safe integers, -0 being 0.
 *
 * @example
 * ```ts
 * import { integerKeys, open } from 'samemap';
 * const store = await open('memory:');
 * const years = store.map<string, number>('years', { keys: integerKeys });
 * await years.set(1815, 'Ada Lovelace is born');
 * for await (const { key } of years.list({ start: 1800, end: 1900 })) console.log(key + 1);
 * await store.close();
 * ```
 */
export const integerKeys: KeyCodec<number> = scalar({
  name: 'integer',
  encode(key) {
    if (typeof key !== 'number') throw new TypeError(`a key must be a number, got ${show(key)}`);
    if (!Number.isSafeInteger(key)) throw new RangeError(`a key must be a safe integer, got ${key}`);
    return writeDecimal(String(key));
  },
  decode(text) {
    const key = Number(readDecimal(text));
    if (!Number.isSafeInteger(key)) throw new RangeError('not a safe integer');
    return key;
  },
});

/**
 * Keys that are any numbers but NaN, sorted as numbers, infinities included; -0 is 0, as for a `Map`.
 *
 * @example
 * ```ts
 * import { numberKeys, open } from 'samemap';
 * const store = await open('memory:');
 * const readings = store.map<string, number>('readings', { keys: numberKeys });
 * await readings.set(-2.5, 'cold');
 * await readings.set(21.75, 'warm');
 * await store.close();
 * ```
 */
export const numberKeys: KeyCodec<number> = scalar({
  name: 'number',
  encode(key) {
    if (typeof key !== 'number') throw new TypeError(`a key must be a number, got ${show(key)}`);
    if (Number.isNaN(key)) throw new RangeError('a key must not be NaN, which has no place in an order');
    const bits = new DataView(new ArrayBuffer(8));
    bits.setFloat64(0, key + 0);
    turn(bits, bits.getUint8(0) >= 0x80);
    return writeSixtyFour(new Uint8Array(bits.buffer));
  },
  decode(text) {
    const bytes = readSixtyFour(text);
    const bits = new DataView(bytes.buffer);
    if (bytes.length !== 8) throw new TypeError('not a number');
    turn(bits, bits.getUint8(0) < 0x80);
    const key = bits.getFloat64(0);
    if (Number.isNaN(key) || Object.is(key, -0)) throw new TypeError('not a number that is a key');
    return key;
  },
});

/** Between the bits of a number and bits that sort like it: all turned when it is negative, else the sign alone. */
function turn(bits: DataView, negative: boolean): void {
  bits.setUint32(0, bits.getUint32(0) ^ (negative ? 0xffff_ffff : 0x8000_0000));
  bits.setUint32(4, bits.getUint32(4) ^ (negative ? 0xffff_ffff : 0));
}

/**
 * Keys that are bigints of up to 1,019 digits, sorted as numbers.
 *
 * @example
 * ```ts
 * import { bigintKeys, open } from 'samemap';
 * const store = await open('memory:');
 * const blocks = store.map<string, bigint>('blocks', { keys: bigintKeys });
 * await blocks.set(2n ** 64n, 'far');
 * await store.close();
 * ```
 */
export const bigintKeys: KeyCodec<bigint> = scalar({
  name: 'bigint',
  encode(key) {
    if (typeof key !== 'bigint') throw new TypeError(`a key must be a bigint, got ${show(key)}`);
    return writeDecimal(String(key));
  },
  decode: (text) => BigInt(readDecimal(text)),
});

/**
 * Keys that are `false` or `true`, in this order; of use within tuples.
 *
 * @example
 * ```ts
 * import { booleanKeys, tupleKeys, textKeys } from 'samemap';
 * const doneThenName = tupleKeys(booleanKeys, textKeys);
 * ```
 */
export const booleanKeys: KeyCodec<boolean> = scalar({
  name: 'boolean',
  encode(key) {
    if (typeof key !== 'boolean') throw new TypeError(`a key must be true or false, got ${show(key)}`);
    return key ? 't' : 'f';
  },
  decode(text) {
    if (text !== 't' && text !== 'f') throw new TypeError('not a boolean');
    return text === 't';
  },
});

/**
 * Keys that are dates, sorted by time; a `Date` of its own for each key that is read.
 *
 * @example
 * ```ts
 * import { dateKeys, open } from 'samemap';
 * const store = await open('memory:');
 * const events = store.map<string, Date>('events', { keys: dateKeys });
 * await events.set(new Date('2026-01-01'), 'new year');
 * const lately = events.list({ start: new Date(Date.now() - 86_400_000) });
 * await store.close();
 * ```
 */
export const dateKeys: KeyCodec<Date> = scalar({
  name: 'date',
  encode(key) {
    if (!(key instanceof Date)) throw new TypeError(`a key must be a Date, got ${show(key)}`);
    const time = key.getTime();
    if (Number.isNaN(time)) throw new RangeError('a key must not be an invalid date');
    return writeDecimal(String(time));
  },
  decode(text) {
    const key = new Date(Number(readDecimal(text)));
    if (Number.isNaN(key.getTime())) throw new TypeError('not a date');
    return key;
  },
});

/**
 * Keys that are bytes, up to 768 of them, sorted as `Buffer.compare` does; memory of their own for each key that is
 * read.
 *
 * @example
 * ```ts
 * import { bytesKeys, open } from 'samemap';
 * const store = await open('memory:');
 * const seen = store.map<number, Uint8Array>('digests', { keys: bytesKeys });
 * await seen.add(Uint8Array.of(0xca, 0xfe), 1);
 * await store.close();
 * ```
 */
export const bytesKeys: KeyCodec<Uint8Array> = scalar({
  name: 'bytes',
  encode(key) {
    if (!(key instanceof Uint8Array)) throw new TypeError(`a key must be a Uint8Array, got ${show(key)}`);
    return writeSixtyFour(key);
  },
  decode: readSixtyFour,
});

/** A codec of keys that have no prefixes. */
function scalar<Key>(codec: Omit<KeyCodec<Key>, 'prefix'>): KeyCodec<Key> {
  return {
    ...codec,
    prefix(prefix: KeyPrefix<Key>): never {
      throw new TypeError(`keys that are no text and no tuples have no prefixes, got ${show(prefix)}`);
    },
  };
}
