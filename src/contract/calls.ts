import type { KeyPrefix } from './codec.ts';
import type { Stamp } from './entry.ts';

/** Every async call takes these. */
export interface CallOptions {
  /**
   * Aborting rejects the call with `signal.reason`. Before the store accepted a write nothing happened;
   * after that the write goes on.
   */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from now after which the call rejects: `TIMEOUT`, or `UNKNOWN_OUTCOME` for an accepted write. */
  readonly deadlineMs?: number | undefined;
}

/** Every async read takes these. Both are trivially true on local engines. */
export interface ReadOptions extends CallOptions {
  /** `true`: no near copy, ask the store. */
  readonly fresh?: boolean | undefined;
  /** Wait until what is read is at least of this version. */
  readonly minVersion?: number | undefined;
}

/**
 * How long an entry lives: milliseconds above 0 from now, `'never'` to clear an expiry, `'keep'` to keep it.
 */
export type Ttl = number | 'never' | 'keep';

/** Options of an unconditional write. The conditions are declared so that they cannot slip in. */
export interface SetOptions extends CallOptions {
  /** Missing: the map's default, else never. */
  readonly ttlMs?: Ttl | undefined;
  readonly ifVersion?: never;
  readonly ifAbsent?: never;
  readonly ifPresent?: never;
  readonly ifValue?: never;
  readonly ifNewer?: never;
}

/** Write only over this version; 0 means the key must be absent. */
export interface IfVersion {
  readonly ifVersion: number;
  readonly ifAbsent?: never;
  readonly ifPresent?: never;
  readonly ifValue?: never;
  readonly ifNewer?: never;
}

/** Write only where nothing is. */
export interface IfAbsent {
  readonly ifAbsent: true;
  readonly ifVersion?: never;
  readonly ifPresent?: never;
  readonly ifValue?: never;
  readonly ifNewer?: never;
}

/** Write only over something. */
export interface IfPresent {
  readonly ifPresent: true;
  readonly ifVersion?: never;
  readonly ifAbsent?: never;
  readonly ifValue?: never;
  readonly ifNewer?: never;
}

/** Write only over an equal value: deep equality of decoded values. */
export interface IfValue<Value> {
  readonly ifValue: Value;
  readonly ifVersion?: never;
  readonly ifAbsent?: never;
  readonly ifPresent?: never;
  readonly ifNewer?: never;
}

/** Write only over an older stamp, or none. */
export interface IfNewer {
  readonly ifNewer: Stamp;
  readonly ifVersion?: never;
  readonly ifAbsent?: never;
  readonly ifPresent?: never;
  readonly ifValue?: never;
}

/** Exactly one condition of a write. */
export type WriteCondition<Value> = IfVersion | IfAbsent | IfPresent | IfValue<Value> | IfNewer;

/** Exactly one condition of a delete; "must be absent" is none. */
export type DeleteCondition<Value> = IfVersion | IfPresent | IfValue<Value> | IfNewer;

/** A condition and the options beside it. */
export type ConditionalSet<Value> = WriteCondition<Value> &
  CallOptions & { readonly ttlMs?: Ttl | undefined };

/** A condition and the options beside it. */
export type ConditionalDelete<Value> = DeleteCondition<Value> & CallOptions;

/** Which keys, in the order of their UTF-8 bytes. */
export interface Range<Key = string> {
  /** Keys that begin with this. */
  readonly prefix?: KeyPrefix<Key> | undefined;
  /** First key, inclusive. */
  readonly start?: Key | undefined;
  /** Last key, exclusive. */
  readonly end?: Key | undefined;
  /** `true`: from the end backwards. */
  readonly reverse?: boolean | undefined;
  /** The most entries, from 0 up. */
  readonly limit?: number | undefined;
}

/** A {@link Range} where order and limit mean nothing. */
export type Span<Key = string> = Pick<Range<Key>, 'prefix' | 'start' | 'end'>;
