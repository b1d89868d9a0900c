import { VERSION } from '../../contract/condition.ts';
import type { Cell, Stored } from '../../contract/core.ts';
import type { Ttl } from '../../contract/calls.ts';
import type { Entry } from '../../contract/entry.ts';
import type { MapContext } from '../context.ts';
import { readBack, rounds, standing, tooManyConflicts, writtenEntry } from './outcomes.ts';
import { ask, encode, read, write } from './phrase.ts';
import type { Phrase } from './phrase.ts';

type AnyEntry = Entry<unknown, unknown>;

/**
 * What stands, or, where nothing does, what `make` gives, now written. The result is a copy that outlives
 * the answer of the core, so that each of several callers can decode it.
 *
 * @param make - the cell to write; run only when it is needed
 */
export function* insert(
  context: MapContext,
  key: string,
  make: () => Phrase<Cell>,
  ttl: Ttl | undefined,
): Phrase<Stored> {
  const { shape } = context.format;
  const found = (yield* read(key)).entry;
  if (found !== undefined) return copyOf(context, found);
  const cell = yield* make();
  readBack(context, key, cell);
  for (let round = 0; round < rounds(context); round++) {
    const expiresAt = context.expiresAt(ttl);
    const { entry } = yield* write(key, cell, VERSION, 0, expiresAt, undefined, shape);
    // Written or refused, this is what stands now.
    if (entry !== undefined) return copyOf(context, entry);
  }
  throw tooManyConflicts(context, 'getOrInsert', key);
}

/** A cell of what a function of the caller gives. */
export function* computed(context: MapContext, make: () => unknown): Phrase<Cell> {
  return yield* encode(context, yield* ask('work', make));
}

/** Removes and returns what was there. What cannot be decoded is not removed. */
export function* take(context: MapContext, key: string): Phrase<AnyEntry | undefined> {
  for (let round = 0; round < rounds(context); round++) {
    const current = standing(context, (yield* read(key)).entry);
    if (current === undefined) return undefined;
    const reply = yield* write(key, undefined, VERSION, current.version, 0, undefined, context.format.shape);
    if (reply.ok) return current;
  }
  throw tooManyConflicts(context, 'take', key);
}

/** Writes and returns what was there before. */
export function* swap(
  context: MapContext,
  key: string,
  value: unknown,
  ttl: Ttl | undefined,
): Phrase<AnyEntry | undefined> {
  const cell = yield* encode(context, value);
  const expiresAt = context.expiresAt(ttl);
  for (let round = 0; round < rounds(context); round++) {
    const previous = standing(context, (yield* read(key)).entry);
    const version = previous?.version ?? 0;
    const reply = yield* write(key, cell, VERSION, version, expiresAt, undefined, context.format.shape);
    if (reply.ok) return previous;
  }
  throw tooManyConflicts(context, 'swap', key);
}

/** Writes the same cell again with another time to live. */
export function* touch(
  context: MapContext,
  key: string,
  ttl: number | 'never',
): Phrase<AnyEntry | undefined> {
  const expiresAt = context.expiresAt(ttl);
  for (let round = 0; round < rounds(context); round++) {
    const found = (yield* read(key)).entry;
    if (found === undefined) return undefined;
    const entry = context.entry(found);
    const { value, version, shape = 0 } = copyOf(context, found);
    const reply = yield* write(key, value, VERSION, version, expiresAt, undefined, shape);
    if (reply.ok) return writtenEntry(context, entry, reply);
  }
  throw tooManyConflicts(context, 'touch', key);
}

/** The same entry, no longer borrowed. */
export function copyOf(
  context: MapContext,
  { key, value, version, expiresAt = 0, shape = 0 }: Stored,
): Stored {
  const bytes = value instanceof Uint8Array && !context.format.references;
  return { key, value: bytes ? new Uint8Array(value) : value, version, expiresAt, shape };
}
