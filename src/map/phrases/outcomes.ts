import { StoreError } from '../../base/errors.ts';
import type { Cell, Reply, Stored } from '../../contract/core.ts';
import type { Conflict, Entry, Outcome } from '../../contract/entry.ts';
import type { MapContext } from '../context.ts';
import { encode } from './phrase.ts';
import type { Phrase } from './phrase.ts';

/** What stands, as the caller sees it; `undefined` when the key is absent. */
export function standing(
  context: MapContext,
  entry: Stored | undefined,
): Entry<unknown, unknown> | undefined {
  return entry === undefined ? undefined : context.entry(entry);
}

/**
 * What a write will answer, but for version and expiry. Decoded before the write is sent, so that what
 * cannot be read back is not written, and a word that is `CODEC` has changed nothing.
 */
export function readBack(context: MapContext, key: string, value: Cell): Entry<unknown, unknown> {
  return context.entry({ key, value, version: 0, shape: context.format.shape });
}

/** Validates and encodes a value; `back` is as of {@link readBack}, had for less where the codec can. */
export function* encodeRead(
  context: MapContext,
  key: string,
  value: unknown,
): Phrase<{ readonly cell: Cell; readonly back: Entry<unknown, unknown> }> {
  if (context.validates) {
    const cell = yield* encode(context, value);
    return { cell, back: readBack(context, key, cell) };
  }
  const { cell, value: read } = context.encodeRead(key, value);
  return { cell, back: { key: context.decodeKey(key), value: read, version: 0 } };
}

/** The entry of a write that was carried out. @param back - from {@link readBack} */
export function writtenEntry(
  context: MapContext,
  { key, value }: Entry<unknown, unknown>,
  { entry }: Reply,
): Entry<unknown, unknown> {
  const { version, expiresAt = 0 } = entryOf(context, entry);
  return expiresAt === 0 ? { key, value, version } : { key, value, version, expiresAt };
}

/** What an engine holds after a write that was carried out. */
export function entryOf(context: MapContext, entry: Stored | undefined): Stored {
  if (entry !== undefined) return entry;
  const { engine } = context.engine.supports;
  throw new StoreError('CORRUPT', `the engine ${engine} confirmed a write without its entry`);
}

export function refused(context: MapContext, entry: Stored | undefined): Conflict<unknown, unknown> {
  return { ok: false, current: standing(context, entry) };
}

/** What a conditional write answers. @param back - from {@link readBack} */
export function setOutcome(
  context: MapContext,
  back: Entry<unknown, unknown>,
  reply: Reply,
): Outcome<unknown, unknown> {
  const { ok, at: version } = reply;
  if (!ok) return refused(context, reply.entry);
  return { ok, entry: writtenEntry(context, back, reply), version };
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
