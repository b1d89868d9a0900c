/**
 * What an engine can do, as data: printed by the command line, rendered in the docs, and the only
 * reason for which a conformance test may be skipped.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * const store = await open('memory:');
 * const { engine, durability, limits } = store.supports;
 * console.log(engine, durability, limits.valueBytes);
 * await store.close();
 * ```
 */
export interface Supports {
  /** The engine's name: `memory`, `log` … */
  readonly engine: string;
  /** Who shares the entries. */
  readonly reach: 'process' | 'threads' | 'cluster';
  /** What survives: nothing, the end of the process (`os`), or power loss (`disk`). */
  readonly durability: 'none' | 'os' | 'disk';
  /** `true`: the sync face exists. */
  readonly sync: boolean;
  /** What values the engine keeps: anything by reference, or bytes and numbers only. */
  readonly values: 'any' | 'bytes';
  /** How many partitions the keys are spread over, from 1 up. */
  readonly partitions: number;
  readonly atomic: {
    /** The most operations and checks in one atomic commit; more is `LIMIT`. */
    readonly operations: number;
    /** The most unconditional writes without expiry in one commit, where that is more: for batches. */
    readonly plain?: number | undefined;
  };
  readonly watch: {
    /** `true`: a bookmark still resumes after the store was closed and opened again. */
    readonly resumeAfterReopen: boolean;
    /** `true`: resumed changes carry `previous`; otherwise only live ones do. */
    readonly previous: boolean;
  };
  readonly expiry: {
    /** The least time to live that is kept exactly, in milliseconds. */
    readonly leastMs: number;
    /** How long after `expiresAt` the expire change comes at the latest, in milliseconds. */
    readonly lagMs: number;
  };
  readonly limits: {
    /** The most bytes of a key in UTF-8: 1,024 on every engine. */
    readonly keyBytes: number;
    /** The most bytes of one encoded value; more is `LIMIT`. */
    readonly valueBytes: number;
  };
}
