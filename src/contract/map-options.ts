import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Codec, KeyCodec } from './codec.ts';

/** How a map reads and writes; options without meaning on an engine have no effect there. */
export interface MapOptions<Value, Key = string, Input = Value> {
  /** Values to bytes; `structured()` unless said. */
  readonly codec?: Codec<Value, Input> | undefined;
  /** Any Standard Schema validator; values are validated on every write and stored as it returns them. */
  readonly schema?: StandardSchemaV1<Input, Value> | undefined;
  /** Keys to strings; text unless said. */
  readonly keys?: KeyCodec<Key> | undefined;
  /** Time to live of writes that say none, in milliseconds above 0. */
  readonly ttlMs?: number | undefined;
  /** `'references'`: values are kept as they are, not encoded, where the engine can (memory). */
  readonly values?: 'encoded' | 'references' | undefined;
  /** Number of the shape of the values, from 0 to 65,535; 0 unless said. */
  readonly shape?: number | undefined;
  /** For each older shape, what makes the next one of it. */
  readonly upgrade?: Readonly<Record<number, (value: unknown) => unknown>> | undefined;
  /** What happens to an entry that cannot be decoded while iterating or watching; `'throw'` unless said. */
  readonly onInvalid?: 'throw' | ((problem: InvalidEntry) => void) | undefined;
  /** A near copy, on engines that are far. */
  readonly near?: NearOptions | undefined;
  /** `true`: gather concurrent calls into one request, on engines that are far. */
  readonly batch?: boolean | undefined;
}

/** An entry that could not be decoded and was left out. */
export interface InvalidEntry {
  readonly map: string;
  readonly key: string;
  readonly version: number;
  readonly error: Error;
}

/** How a near copy behaves. */
export interface NearOptions {
  /** How stale an answer may be, in milliseconds. */
  readonly maxStaleMs: number;
  /** What happens when it is staler: serve it, wait, or fail with `UNAVAILABLE`. */
  readonly onStale: 'serve' | 'wait' | 'fail';
  /** Keys to copy; all unless said. */
  readonly prefix?: string | undefined;
  /** The most entries to copy; more is `LIMIT`. */
  readonly maxEntries?: number | undefined;
}
