import { StoreError } from '../../base/errors.ts';
import type { Reply, Stored } from '../../contract/core.ts';
import type { Conflict, Entry, Outcome } from '../../contract/entry.ts';
import type { MapContext } from '../context.ts';

/** What stands, as the caller sees it; `undefined` when the key is absent. */
export function standing(
  context: MapContext,
  entry: Stored | undefined,
): Entry<unknown, unknown> | undefined {
  return entry === undefined ? undefined : context.entry(entry);
}

/** The entry of a write that was carried out. */
export function writtenEntry(context: MapContext, { entry }: Reply): Entry<unknown, unknown> {
  if (entry === undefined) {
    throw new StoreError(
      'CORRUPT',
      `the engine ${context.engine.supports.engine} confirmed a write without its entry`,
    );
  }
  return context.entry(entry);
}

export function refused(context: MapContext, entry: Stored | undefined): Conflict<unknown, unknown> {
  return { ok: false, current: standing(context, entry) };
}

/** What a conditional write answers. */
export function setOutcome(context: MapContext, reply: Reply): Outcome<unknown, unknown> {
  const { ok, at: version } = reply;
  if (!ok) return refused(context, reply.entry);
  return { ok, entry: writtenEntry(context, reply), version };
}

/**
 * How often a word begins again because somebody wrote in between. Within one process only the word's
 * own callback can be that somebody; among many processes one of them gets through each time.
 */
export function rounds(context: MapContext): number {
  return context.engine.form === 'sync' && context.engine.supports.reach === 'process' ? 100 : 10_000;
}

/** What ends the rounds. */
export function tooManyConflicts(context: MapContext, word: string, key: string): StoreError {
  const what = `${word} of ${JSON.stringify(key)} in map ${JSON.stringify(context.name)}`;
  return new StoreError('CONFLICT', `${what}: somebody wrote in between ${rounds(context)} times in a row`);
}
