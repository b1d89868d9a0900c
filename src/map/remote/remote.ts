import type { ReadOptions } from '../../contract/calls.ts';
import type { AsyncCore, Operation, Stored } from '../../contract/core.ts';

/** Stands for an answer that a near copy may not give. */
export const BEHIND: unique symbol = Symbol('behind');

/** How the words of a map ask an engine that answers later. */
export interface Remote {
  /** What writes and what reads in order to write. */
  readonly core: AsyncCore;
  /** {@link core} for the writes of one call, which share requests. */
  readonly many: AsyncCore;
  /** {@link many} for deletes of which nobody asks what they removed, so that these share requests, too. */
  readonly erasing: AsyncCore;
  readonly near: Near | undefined;
  /** What answers a read with these options. */
  reading(options: ReadOptions | undefined): AsyncCore;
}

/** A near copy, as words see it. */
export interface Near {
  /** What the copy has of a key, now; {@link BEHIND} when it must be asked with more patience. */
  peek(key: string): Stored | typeof BEHIND | undefined;
  /** Notes that a commit was carried out. */
  noteCommit(operations: readonly Operation[], version: number): void;
  /** Forgets everything; the next read begins anew. */
  restart(): void;
  /** Ends the copy. Idempotent. */
  close(): void;
}
