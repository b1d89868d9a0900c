import type { Entry } from '../../contract/entry.ts';
import type { MapContext } from '../context.ts';
import type { Bounds } from '../ranges.ts';
import { standing } from './outcomes.ts';
import { ask, read } from './phrase.ts';
import type { Phrase } from './phrase.ts';

/** The value of a key. */
export function* value(context: MapContext, key: string): Phrase<unknown> {
  const { entry } = yield* read(key);
  return entry && context.decode(entry);
}

/** The entry of a key. */
export function* entry(context: MapContext, key: string): Phrase<Entry<unknown, unknown> | undefined> {
  return standing(context, (yield* read(key)).entry);
}

/** Whether there is an entry. */
export function* has(key: string): Phrase<boolean> {
  return (yield* read(key)).ok;
}

/** The values of keys, in their order. */
export function* many(context: MapContext, keys: readonly string[]): Phrase<unknown[]> {
  const { entries } = yield* ask('read', ({ core }, id) => core.getMany(id, keys));
  return entries.map((found) => found && context.decode(found));
}

/** How many entries a range has. */
export function* count({ start, end, empty }: Bounds): Phrase<number> {
  if (empty) return 0;
  return (yield* ask('read', ({ core }, id) => core.count(id, start, end))).count;
}

/** Removes a range in one commit; how many there were. */
export function* clear({ start, end, empty }: Bounds): Phrase<number> {
  if (empty) return 0;
  return (yield* ask('write', ({ core }, id) => core.clear(id, start, end))).count;
}

/** 36 ** 13 is beyond the safe integers, so that every version fits and sorts as text. */
const KEY_WIDTH = 13;

/** A number of the version counter, as text that sorts like the numbers. */
export function* freshKey(): Phrase<string> {
  const version = yield* ask('read', ({ core }) => core.reserve(1));
  return version.toString(36).padStart(KEY_WIDTH, '0');
}
