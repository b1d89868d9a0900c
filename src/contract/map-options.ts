import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Codec, KeyCodec, KeyPrefix } from './codec.ts';

/**
 * How a map reads and writes; options without meaning on an engine have no effect there.
 *
 * @example
 * ```ts
 * import { json, type MapOptions } from 'samemap';
 * const sessions: MapOptions<{ user: string }> = {
 *   codec: json(),
 *   ttlMs: 3_600_000,
 *   shape: 1,
 *   upgrade: { 0: (user) => ({ user }) },
 * };
 * ```
 */
export interface MapOptions<Value, Key = string, Input = Value> {
  /** Values to bytes; `structured()` unless said. Its name is recorded with the map. */
  readonly codec?: Codec<Value, Input> | undefined;
  /**
   * Any Standard Schema validator; values are validated on every write and stored as it returns them. What it
   * refuses is `INVALID_VALUE`. One that answers later serves the async face only.
   */
  readonly schema?: StandardSchemaV1<Input, Value> | undefined;
  /** Keys to strings, keeping order; text unless said. Its name is recorded with the map. */
  readonly keys?: KeyCodec<Key> | undefined;
  /** Time to live of writes that say none, in milliseconds above 0; for ever unless said. */
  readonly ttlMs?: number | undefined;
  /** `'references'`: values are kept as they are, not encoded, where the engine can (memory); `'encoded'` unless said. */
  readonly values?: 'encoded' | 'references' | undefined;
  /** Number of the shape of the values, from 0 to 65,535; 0 unless said. Stored with every entry. */
  readonly shape?: number | undefined;
  /**
   * For each older shape, what makes the next one of it; run when an old value is read, which writes nothing.
   * A missing step is `FORMAT`, one that throws or gives `undefined` is `CODEC`.
   */
  readonly upgrade?: Readonly<Record<number, (value: unknown) => unknown>> | undefined;
  /**
   * What happens to an entry that cannot be decoded while iterating or watching: `'throw'` ends it with
   * `CODEC`, a function is told and the entry left out. `'throw'` unless said; single reads always throw.
   */
  readonly onInvalid?: 'throw' | ((problem: InvalidEntry) => void) | undefined;
  /** A near copy, on engines that are far. */
  readonly near?: NearOptions<Key> | undefined;
  /** `true`: gather concurrent calls into one request, on engines that are far. */
  readonly batch?: boolean | undefined;
}

/**
 * An entry that could not be decoded and was left out.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * const store = await open('memory:');
 * store.map<string>('notes', {
 *   onInvalid: ({ map, key, error }) => console.error(`${map}: ${key} left out`, error),
 * });
 * await store.close();
 * ```
 */
export interface InvalidEntry {
  /** The map's name. */
  readonly map: string;
  /** The key as it is stored: where the map has a key codec, what that made of it. */
  readonly key: string;
  /** The entry's version. */
  readonly version: number;
  /** Why it could not be decoded: a `StoreError`, `CODEC` or `FORMAT`. */
  readonly error: Error;
}

/**
 * How a near copy behaves; accepted on every engine, without effect on local ones.
 *
 * @example
 * ```ts
 * import type { NearOptions } from 'samemap';
 * const near: NearOptions = { maxStaleMs: 2_000, onStale: 'wait', prefix: 'eu/' };
 * ```
 */
export interface NearOptions<Key = string> {
  /** How stale an answer may be, in milliseconds from 0 up. */
  readonly maxStaleMs: number;
  /** What happens when it is staler: serve it, wait, or fail with `UNAVAILABLE`. */
  readonly onStale: 'serve' | 'wait' | 'fail';
  /** Keys to copy, as the `prefix` of a range; all unless said. */
  readonly prefix?: KeyPrefix<Key> | undefined;
  /** The most entries to copy, from 1 up; more is `LIMIT`. Unbounded unless said. */
  readonly maxEntries?: number | undefined;
}
