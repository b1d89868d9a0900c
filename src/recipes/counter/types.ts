import type { Clock } from '../../base/clock.ts';
import type { CallOptions, Span } from '../../contract/calls.ts';
import type { Store } from '../../contract/store.ts';

/**
 * One of the highest counts.
 *
 * @example
 * ```ts
 * import type { Count } from 'samemap/recipes';
 * const line = ({ key, count }: Count) => `${count} × ${key}`;
 * ```
 */
export interface Count<Key = string> {
  readonly key: Key;
  readonly count: number;
}

/**
 * Counts by key, exact under concurrency on every engine; see docs/guides/counter.md. A key that nobody counted has 0.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { openCounter } from 'samemap/recipes';
 * const store = await open('memory:');
 * const hits = openCounter(store.map<number>('hits'));
 * await hits.increment('/');
 * await hits.increment('/about', 2);
 * console.log(await hits.get('/'), await hits.top(10));
 * await store.close();
 * ```
 */
export interface Counter<Key = string> extends CounterReads<Key> {
  /**
   * Adds, and answers the sum; each sum is answered once.
   *
   * @param by - a safe integer, 1 unless said; negative to count down
   * @throws StoreError `LIMIT` when the sum would be no safe integer, nothing is changed
   */
  increment(key: Key, by?: number, options?: CallOptions): Promise<number>;
  /** Sets the count to 0 and answers what it was; of many who reset one gets it. */
  reset(key: Key, options?: CallOptions): Promise<number>;
  /** The same at once, on engines that answer at once; `undefined` on others. */
  readonly sync: SyncCounter<Key> | undefined;
}

/**
 * The reading words of counters.
 *
 * @example
 * ```ts
 * import type { CounterReads } from 'samemap/recipes';
 * const busiest = async (hits: CounterReads) => (await hits.top(1))[0]?.key;
 * ```
 */
export interface CounterReads<Key = string> {
  /** The count; 0 of what nobody counted. */
  get(key: Key, options?: CallOptions): Promise<number>;
  /**
   * The highest counts, highest first, those of one height in the order of their keys. Reads the range, and keeps
   * as many as are asked for.
   *
   * @param n - how many, from 1 up
   * @param range - which keys; all unless said
   */
  top(n: number, range?: Span<Key> & CallOptions): Promise<Count<Key>[]>;
}

/**
 * {@link Counter} without promises.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { openCounter } from 'samemap/recipes';
 * const store = await open('memory:');
 * const { sync } = openCounter(store.map<number>('hits'));
 * sync.increment('/');
 * await store.close();
 * ```
 */
export interface SyncCounter<Key = string> {
  /** {@link Counter.increment}, at once. */
  increment(key: Key, by?: number): number;
  /** {@link CounterReads.get}, at once. */
  get(key: Key): number;
  /** {@link Counter.reset}, at once. */
  reset(key: Key): number;
}

/**
 * How a counter collects before it counts in the map.
 *
 * @example
 * ```ts
 * import type { CounterBufferOptions } from 'samemap/recipes';
 * const buffer: CounterBufferOptions = { intervalMs: 1_000 };
 * ```
 */
export interface CounterBufferOptions {
  /** How long an increment waits at most, in milliseconds. @default 1_000 */
  readonly intervalMs?: number | undefined;
  /** The most keys that may wait, from 1 up; then `increment` waits. @default 1_000_000 */
  readonly maxEntries?: number | undefined;
  /** A store with a sync face: what waits is kept there, too, and told by the next counter after a crash. */
  readonly store?: Store | undefined;
  /** Names what is kept in `store`; letters, digits, dots and dashes. @default 'counter' */
  readonly name?: string | undefined;
  /** Told of what the map will never take: a sum beyond the safe integers, an entry that is no number. */
  readonly onRejected?: ((rejected: RejectedCount) => void) | undefined;
  /** The source of time; for tests. */
  readonly clock?: Clock | undefined;
}

/**
 * Increments that a map refused for good.
 *
 * @example
 * ```ts
 * import type { RejectedCount } from 'samemap/recipes';
 * const told = ({ by, error }: RejectedCount) => `${by} were not counted: ${String(error)}`;
 * ```
 */
export interface RejectedCount {
  /** The key as it is stored. */
  readonly key: string;
  /** The sum of the increments. */
  readonly by: number;
  readonly error: unknown;
}

/**
 * A {@link Counter} that adds up in this process and tells the map now and then: for floods of increments, which
 * are lost when the process is killed before it told, unless there is a `store`. What the map refused or did not reach
 * is told again; only an increment whose outcome is unknown may be counted twice: `UNKNOWN_OUTCOME`, on engines across
 * a network, and with a `store` what was being told at the moment of a crash.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { openBufferedCounter } from 'samemap/recipes';
 * const store = await open('memory:');
 * const hits = await openBufferedCounter(store.map<number>('hits'), { intervalMs: 500 });
 * for (let i = 0; i < 1_000; i++) await hits.increment('/');
 * console.log(await hits.get('/')); // 1000, wherever they are
 * await hits.close(); // tells what waits
 * await store.close();
 * ```
 */
export interface BufferedCounter<Key = string> extends CounterReads<Key>, AsyncDisposable {
  /**
   * Adds; resolves when it is taken up: at once unless too many keys wait, and when it is durable with a `store`. Reads
   * see it from then on.
   */
  increment(key: Key, by?: number): Promise<void>;
  /** {@link Counter.reset}, of what waits in this process as well. */
  reset(key: Key, options?: CallOptions): Promise<number>;
  /** Tells the map what waits; resolves when it has it. */
  flush(options?: CallOptions): Promise<void>;
  /**
   * Tells the map what waits, and takes nothing more. Idempotent.
   *
   * @throws StoreError `UNAVAILABLE` when the map does not take all of it, after some attempts
   */
  close(): Promise<void>;
}
