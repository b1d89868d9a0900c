/**
 * What a watcher sees. Between its start or a `reset` and `live`, changes are state, marked `replay`;
 * all others obey the six laws (docs/contract.md).
 */
export type Change<Value, Key = string> = Put<Value, Key> | Removal<Value, Key> | Live | Progress | Reset;

/** An entry was written: for the first time (`insert`) or over another (`update`). */
export interface Put<Value, Key = string> {
  readonly type: 'insert' | 'update';
  readonly key: Key;
  readonly value: Value;
  readonly version: number;
  readonly expiresAt?: number;
  /** What it replaced; only when asked for, and only where it is known. */
  readonly previous?: Value;
  /** `true`: state delivered while catching up. */
  readonly replay?: true;
  readonly bookmark: string;
}

/** An entry is gone: somebody deleted it (or it was evicted), or its time was up. */
export interface Removal<Value, Key = string> {
  readonly type: 'delete' | 'expire';
  readonly key: Key;
  /** The removal's own version, above that of what it removed. */
  readonly version: number;
  /** `evicted`: the store made room; nobody asked for it. */
  readonly reason?: 'evicted';
  readonly previous?: Value;
  readonly replay?: true;
  readonly bookmark: string;
}

/** What you asked for has been delivered; from here on you are live. Once per catch-up. */
export interface Live {
  readonly type: 'live';
  readonly bookmark: string;
}

/** Everything up to the bookmark has been delivered. */
export interface Progress {
  readonly type: 'progress';
  readonly bookmark: string;
}

/** The history you need is gone or foreign: forget what you know; the state follows, then `live`. */
export interface Reset {
  readonly type: 'reset';
  readonly bookmark: string;
}
