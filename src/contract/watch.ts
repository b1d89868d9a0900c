import type { CallOptions } from './calls.ts';
import type { Change } from './change.ts';
import type { KeyPrefix } from './codec.ts';
import type { Entry } from './entry.ts';

/**
 * What to watch and from where.
 *
 * @example
 * ```ts
 * import type { WatchOptions } from 'samemap';
 * const whole: WatchOptions = { start: 'current', previous: true };
 * ```
 */
export interface WatchOptions<Key = string> {
  /** Just this key. */
  readonly key?: Key | undefined;
  /** Keys that begin with this; not beside `key`. */
  readonly prefix?: KeyPrefix<Key> | undefined;
  /**
   * `'now'` (default), `'current'` (the state first), or a bookmark (everything after it). A bookmark of
   * another history, or from before what is kept of this one, or from before `live`, gives `reset` and the
   * state.
   */
  readonly start?: string | undefined;
  /** `true`: updates and removals carry what they replaced; on resumed changes where `supports.watch.previous`. */
  readonly previous?: boolean | undefined;
  /** Aborting ends the watch; pending reads reject with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The most commits that may wait for the reader, from 1 up; beyond it gets a `reset`. 10,000 unless said,
   * and never more than the engine keeps (`MemoryOptions.historyLimit` changes in memory).
   */
  readonly queueLimit?: number | undefined;
}

/**
 * A running watch: read it with `for await`, by one reader. A pending read alone does not keep the process
 * alive.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * const store = await open('memory:');
 * const users = store.map<string>('users');
 * let bookmark: string | undefined;
 * const watch = users.watch({ start: bookmark });
 * for await (const change of watch) {
 *   if (change.type === 'insert' || change.type === 'update') console.log(change.key, change.value);
 *   bookmark = change.bookmark; // keep it, to go on from here another time
 *   if (change.type === 'live') break;
 * }
 * await store.close();
 * ```
 */
export interface Watch<Value, Key = string>
  extends AsyncIterableIterator<Change<Value, Key>>, AsyncDisposable {
  /**
   * Resolves when the watch stands: what is written from here on is delivered. Rejects with the fault that
   * ended it before, `CLOSED` when it was closed before; nobody has to wait for it.
   */
  readonly ready: Promise<void>;
  /** Where the reader stands: that of the last change taken. */
  readonly bookmark: string;
  /** How many commits wait for the reader, at least. */
  readonly lag: number;
  /** Ends the watch: a waiting or later read is done, what waited is dropped. Idempotent. */
  close(): Promise<void>;
}

/**
 * The values of one key, conflated: a slow reader skips to the newest, and never misses the last;
 * `undefined` while the key is absent. Survives resets.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * const store = await open('memory:');
 * const settings = store.map<{ theme: string }>('settings');
 * await settings.set('ui', { theme: 'dark' });
 * for await (const now of settings.follow('ui')) {
 *   console.log(now?.theme);
 *   break;
 * }
 * await store.close();
 * ```
 */
export interface Follow<Value> extends AsyncIterableIterator<Value | undefined>, AsyncDisposable {
  /** Ends it: a waiting or later read is done. Idempotent. */
  close(): Promise<void>;
}

/**
 * What part of a map a view holds.
 *
 * @example
 * ```ts
 * import type { ViewOptions } from 'samemap';
 * const some: ViewOptions = { prefix: 'eu/', maxEntries: 10_000, deadlineMs: 5_000 };
 * ```
 */
export interface ViewOptions<Key = string> extends CallOptions {
  /** Keys that begin with this; all unless said. */
  readonly prefix?: KeyPrefix<Key> | undefined;
  /** The most entries it may hold, from 1 up; more is `LIMIT`. Unbounded unless said. */
  readonly maxEntries?: number | undefined;
}

/**
 * A live, read-only local copy of a map or a part of it, fed by a watch; knows how stale it is. While it
 * catches up after a reset it serves the old state, then swaps in one step. Values are shared by all who
 * read them: do not change them.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * const store = await open('memory:');
 * const prices = store.map<number>('prices');
 * const view = await prices.view({ prefix: 'eu/' });
 * console.log(view.get('eu/tea'), view.size, view.staleMs);
 * await view.close();
 * await store.close();
 * ```
 */
export interface View<Value, Key = string> extends Iterable<readonly [Key, Value]>, AsyncDisposable {
  /** The value, or `undefined` when the key is absent or expired. @throws TypeError or RangeError for a bad key */
  get(key: Key): Value | undefined;
  /** The entry, or `undefined` when the key is absent or expired. */
  entry(key: Key): Entry<Value, Key> | undefined;
  /** Whether there is an entry that has not expired. */
  has(key: Key): boolean;
  /** Number of entries. */
  readonly size: number;
  /** Entries in the order of their keys' UTF-8 bytes. */
  list(): Iterable<Entry<Value, Key>>;
  /** `true` while the copy is complete; `false` while it catches up after a reset, and once it ended. */
  readonly live: boolean;
  /** Milliseconds since the copy was last known to be complete; 0 while it is live. */
  readonly staleMs: number;
  /** Where a watch goes on from what the view holds. */
  readonly bookmark: string;
  /** Why it ended, if it did by a fault; reads go on serving the last state. */
  readonly error: Error | undefined;
  /** Ends it; reads go on serving the last state. Idempotent. */
  close(): Promise<void>;
}
