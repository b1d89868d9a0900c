/** What a map holds and what a write answers. */

/**
 * A stored value with its key and the number of the commit that wrote it. Plain and readonly by type;
 * never frozen, and never changed by the store after you got it.
 */
export interface Entry<Value, Key = string> {
  readonly key: Key;
  readonly value: Value;
  /** Number of the commit that wrote it: a safe integer from 1 up, never used twice for a key. */
  readonly version: number;
  /** Milliseconds since the epoch from which on it reads as absent; missing when it never expires. */
  readonly expiresAt?: number;
}

/**
 * An order supplied by the caller (event time, sequence) for newer-wins: a signed 64-bit integer.
 * Never mixed up with the version, which the store supplies.
 */
export type Stamp = number | bigint;

/** A write that was carried out. */
export interface Written<Value, Key = string> {
  readonly ok: true;
  /** What stands now. */
  readonly entry: Entry<Value, Key>;
  /** The write's own version; equal to `entry.version`. */
  readonly version: number;
}

/** A delete that was carried out. */
export interface Deleted<Value, Key = string> {
  readonly ok: true;
  /** What was removed; `undefined` when nothing was there (newer-wins deletes only). */
  readonly entry: Entry<Value, Key> | undefined;
  /** The delete's own version. */
  readonly version: number;
}

/** A write whose condition did not hold; nothing was changed. */
export interface Conflict<Value, Key = string> {
  readonly ok: false;
  /** What stands instead; `undefined` when the key is absent. */
  readonly current: Entry<Value, Key> | undefined;
}

/** What a conditional write answers: check `ok` before anything else. */
export type Outcome<Value, Key = string> = Written<Value, Key> | Conflict<Value, Key>;

/** What a conditional delete answers: check `ok` before anything else. */
export type DeleteOutcome<Value, Key = string> = Deleted<Value, Key> | Conflict<Value, Key>;
