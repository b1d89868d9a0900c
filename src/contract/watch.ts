import type { CallOptions } from './calls.ts';
import type { Change } from './change.ts';
import type { KeyPrefix } from './codec.ts';
import type { Entry } from './entry.ts';

/** What to watch and from where. */
export interface WatchOptions<Key = string> {
  /** Just this key. */
  readonly key?: Key | undefined;
  /** Keys that begin with this; not beside `key`. */
  readonly prefix?: KeyPrefix<Key> | undefined;
  /** `'now'` (default), `'current'` (the state first), or a bookmark (everything after it). */
  readonly start?: string | undefined;
  /** `true`: updates and removals carry what they replaced. */
  readonly previous?: boolean | undefined;
  /** Aborting ends the watch; pending reads reject with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** The most changes that may wait for the reader, from 1 up; beyond it gets a `reset`. 10,000 unless said. */
  readonly queueLimit?: number | undefined;
}

/** A running watch: read it with `for await`, by one reader. */
export interface Watch<Value, Key = string>
  extends AsyncIterableIterator<Change<Value, Key>>, AsyncDisposable {
  /** Resolves when the watch stands: what is written from here on is delivered. */
  readonly ready: Promise<void>;
  /** Where the reader stands: that of the last change taken. */
  readonly bookmark: string;
  /** How many commits wait for the reader, at least. */
  readonly lag: number;
  /** Ends the watch: a waiting or later read is done. Idempotent. */
  close(): Promise<void>;
}

/** The values of one key, conflated: a slow reader skips to the newest, and never misses the last. */
export interface Follow<Value> extends AsyncIterableIterator<Value | undefined>, AsyncDisposable {
  close(): Promise<void>;
}

/** What part of a map a view holds. */
export interface ViewOptions<Key = string> extends CallOptions {
  readonly prefix?: KeyPrefix<Key> | undefined;
  /** The most entries it may hold; more is `LIMIT`. Unbounded unless said. */
  readonly maxEntries?: number | undefined;
}

/** A live, read-only local copy of a map or a part of it, fed by a watch; knows how stale it is. */
export interface View<Value, Key = string> extends Iterable<readonly [Key, Value]>, AsyncDisposable {
  get(key: Key): Value | undefined;
  entry(key: Key): Entry<Value, Key> | undefined;
  has(key: Key): boolean;
  /** Number of entries. */
  readonly size: number;
  /** Entries in the order of their keys' UTF-8 bytes. */
  list(): Iterable<Entry<Value, Key>>;
  /** `true` while the copy is complete; `false` while it catches up after a reset. */
  readonly live: boolean;
  /** Milliseconds since the copy was last known to be complete; 0 while nothing waits. */
  readonly staleMs: number;
  readonly bookmark: string;
  /** Why it ended, if it did by a fault; reads go on serving the last state. */
  readonly error: Error | undefined;
  close(): Promise<void>;
}
