import type { CallOptions } from './calls.ts';
import type { Progressed } from './services.ts';

/** Where a snapshot is read from: a stream of bytes (web or node), an iterable of pieces, or all bytes. */
export type SnapshotSource =
  | AsyncIterable<Uint8Array>
  | Iterable<Uint8Array>
  | ReadableStream<Uint8Array>
  | Uint8Array;

/** How to restore. */
export interface RestoreOptions extends CallOptions {
  /** `'empty'` (default): the map must be empty. `'replace'`: what is there is removed. */
  readonly mode?: 'empty' | 'replace' | undefined;
  readonly onProgress?: ((progress: Progressed) => void) | undefined;
}
