/**
 * Turns values into bytes and back.
 *
 * @typeParam Value - what reading gives
 * @typeParam Input - what writing takes
 */
export interface Codec<Value, Input = Value> {
  /** Recorded with the map; another name at the next opening is `FORMAT`. */
  readonly name: string;
  /**
   * `true`: finite numbers other than -0 are encoded as themselves, so that `add` needs no codec.
   */
  readonly numbers: boolean;
  /** @throws StoreError `CODEC` when the value would not come back as it is */
  encode(value: Input): Uint8Array | number;
  /** @throws any error when the bytes are none of its own; must not keep or change `cell` */
  decode(cell: Uint8Array | number): Value;
}

/**
 * Turns keys into strings and back, keeping order: `a` before `b` exactly when `encode(a)` comes
 * before `encode(b)` by UTF-8 bytes.
 */
export interface KeyCodec<Key> {
  /** Recorded with the map; another name at the next opening is `FORMAT`. */
  readonly name: string;
  /** @throws TypeError or RangeError when it is no key of this codec */
  encode(key: Key): string;
  /** @throws any error when the text is none of its own */
  decode(text: string): Key;
  /** The string with which the encodings of all keys under this prefix begin. */
  prefix(prefix: KeyPrefix<Key>): string;
}

/** What the `prefix` of a range may be: part of a string, or the first elements of a tuple. */
export type KeyPrefix<Key> = Key extends string
  ? string
  : Key extends readonly [...infer Head, unknown]
    ? Key | KeyPrefix<Head>
    : Key extends readonly []
      ? Key
      : never;
