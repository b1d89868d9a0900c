/**
 * Phrases: the words of a map that take more than one call of a core, each written once.
 *
 * A phrase is a generator that yields what it asks of the core and is handed the answers. Run by the
 * sync driver it never leaves the stack; run by the async driver it waits wherever the engine does.
 * Between two asks anything may happen, so a phrase decides on what it read by writing on the version
 * that it read.
 *
 * An answer of a core is borrowed until the next ask: a phrase turns it into entries at once.
 */
import type { AsyncCore, Cell, Reply, SyncCore } from '../../contract/core.ts';
import type { Condition } from '../../contract/condition.ts';
import type { Stamp } from '../../contract/entry.ts';
import type { MapContext } from '../context.ts';

/** What answers a phrase. */
export interface Host {
  readonly core: SyncCore | AsyncCore;
  /** {@link MapContext.encode} or its async form, for maps with a validator. */
  readonly validated: (context: MapContext, value: unknown) => Cell | Promise<Cell>;
}

/** One thing that a phrase asks; `run` is handed the map's id when it asks the core. */
export interface Ask {
  /**
   * - `read`, `write`: of the core; a write that was carried out must become durable
   * - `work`: of the caller's own code; not cut short by a deadline
   * - `cleanup`: must happen even when the caller stopped waiting
   */
  readonly kind: 'read' | 'write' | 'work' | 'cleanup';
  readonly run: (host: Host, id: number) => unknown;
}

/** A word in the making; its result is that of the word. */
export type Phrase<Result> = Generator<Ask, Result, unknown>;

/** Asks and gives back the answer, whichever way it came. */
export function* ask<Answer>(
  kind: Ask['kind'],
  run: (host: Host, id: number) => Answer | Promise<Answer>,
): Phrase<Answer> {
  // SAFETY: drivers answer with what `run` returned or resolved to.
  return (yield { kind, run }) as Answer;
}

export function read(key: string): Phrase<Reply> {
  return ask('read', ({ core }, id) => core.get(id, key));
}

export function write(
  key: string,
  cell: Cell | undefined,
  condition: Condition,
  ifVersion: number,
  expiresAt: number,
  stamp: Stamp | undefined,
  shape: number,
): Phrase<Reply> {
  return ask('write', ({ core }, id) =>
    core.write(id, key, cell, condition, ifVersion, expiresAt, stamp, shape),
  );
}

/** Validates and encodes a value. */
export function* encode(context: MapContext, value: unknown): Phrase<Cell> {
  if (!context.validates) return context.encode(value);
  return yield* ask('work', (host) => host.validated(context, value));
}
