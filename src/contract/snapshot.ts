import type { CallOptions } from './calls.ts';
import type { Progressed } from './services.ts';

/**
 * Where a snapshot is read from: a stream of bytes (web or node), an iterable of pieces of any size, or all
 * bytes, which must not change before the call is over. docs/formats/snapshot.md says what they are.
 *
 * @example
 * ```ts
 * import { createReadStream } from 'node:fs';
 * import type { SnapshotSource } from 'samemap';
 * const fromFile = (path: string): SnapshotSource => createReadStream(path);
 * ```
 */
export type SnapshotSource =
  | AsyncIterable<Uint8Array>
  | Iterable<Uint8Array>
  | ReadableStream<Uint8Array>
  | Uint8Array;

/**
 * How to restore. An abort, or a deadline that runs out, before it is carried out changes nothing.
 *
 * @example
 * ```ts
 * import type { RestoreOptions } from 'samemap';
 * const over: RestoreOptions = {
 *   mode: 'replace',
 *   onProgress: ({ done, total }) => console.log(`${done} of ${total}`),
 * };
 * ```
 */
export interface RestoreOptions extends CallOptions {
  /** `'empty'` (default): the map must be empty. `'replace'`: what is there is removed. */
  readonly mode?: 'empty' | 'replace' | undefined;
  /** Told of entries loaded, once all is verified. */
  readonly onProgress?: ((progress: Progressed) => void) | undefined;
}
