/**
 * Turns values into bytes and back. `structured`, `json`, `text` and `bytes` are codecs; docs/guides/codecs.md
 * shows one of your own.
 *
 * @typeParam Value - what reading gives
 * @typeParam Input - what writing takes
 *
 * @example
 * ```ts
 * import type { Codec } from 'samemap';
 * const dates: Codec<Date> = {
 *   name: 'dates',
 *   numbers: false,
 *   encode: (date) => new TextEncoder().encode(date.toISOString()),
 *   decode(cell) {
 *     if (typeof cell === 'number') throw new TypeError('a number is no date');
 *     return new Date(new TextDecoder().decode(cell));
 *   },
 * };
 * ```
 */
export interface Codec<Value, Input = Value> {
  /** Recorded with the map; another name at the next opening is `FORMAT`. */
  readonly name: string;
  /**
   * `true`: finite numbers other than -0 are encoded as themselves, so that `add` needs no codec.
   */
  readonly numbers: boolean;
  /**
   * Makes bytes of a value, or hands a number through; must not keep the value.
   *
   * @throws any error when the value would not come back as it is; the caller gets `CODEC` with it as `cause`
   */
  encode(value: Input): Uint8Array | number;
  /**
   * Makes a value of what {@link encode} gave; must not keep or change `cell`.
   *
   * @throws any error when the bytes are none of its own; the caller gets `CODEC` with it as `cause`
   */
  decode(cell: Uint8Array | number): Value;
  /**
   * {@link decode} of a cell that is nobody else's, and may therefore be kept, where that saves a copy. Asked of engines
   * that say `copies`, and after writes to those that say `copiesWrites`.
   */
  adopt?(cell: Uint8Array | number): Value;
  /**
   * {@link encode} without memory of its own for each cell, where that costs less. Asked for the sake of engines that say
   * `copies`, which keep no cell.
   */
  lend?(value: Input): Uint8Array | number;
}

/**
 * Turns keys into strings and back, keeping order: `a` before `b` exactly when `encode(a)` comes
 * before `encode(b)` by UTF-8 bytes.
 *
 * @example
 * ```ts
 * import { open, type KeyCodec } from 'samemap';
 * const years: KeyCodec<number> = {
 *   name: 'years',
 *   encode: (year) => String(year).padStart(4, '0'),
 *   decode: Number,
 *   prefix: () => '',
 * };
 * const store = await open('memory:');
 * await store.map<string, number>('events', { keys: years }).set(1815, 'Ada Lovelace is born');
 * await store.close();
 * ```
 */
export interface KeyCodec<Key> {
  /** Recorded with the map; another name at the next opening is `FORMAT`. */
  readonly name: string;
  /**
   * Makes a string of a key: well-formed, of 1 to 1,024 bytes in UTF-8.
   *
   * @throws TypeError or RangeError when it is no key of this codec
   */
  encode(key: Key): string;
  /**
   * Makes a key of what {@link encode} gave.
   *
   * @throws any error when the text is none of its own; the caller gets `CODEC` with it as `cause`
   */
  decode(text: string): Key;
  /** The string with which the encodings of all keys under this prefix begin. */
  prefix(prefix: KeyPrefix<Key>): string;
}

/**
 * What the `prefix` of a range may be: part of a string, or the first elements of a tuple or array; `never` for
 * keys of other types.
 *
 * @example
 * ```ts
 * import type { KeyPrefix } from 'samemap';
 * const ofUser: KeyPrefix<readonly [user: string, day: number]> = ['ada'];
 * ```
 */
export type KeyPrefix<Key> = Key extends string
  ? string
  : Key extends readonly [...infer Head, unknown]
    ? Key | KeyPrefix<readonly [...Head]>
    : Key extends readonly unknown[]
      ? Key
      : never;
