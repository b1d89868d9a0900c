import type { CallOptions } from '../contract/calls.ts';
import type { Stamp } from '../contract/entry.ts';
import type { VersionedMap } from '../contract/versioned-map.ts';
import { ANY, NEWER } from '../contract/condition.ts';
import { deleteRule } from './conditions.ts';
import { contextOf } from './context.ts';
import type { MapContext } from './context.ts';
import { ask, write } from './phrases/phrase.ts';
import type { Phrase } from './phrases/phrase.ts';
import { runMany } from './phrases/run-many.ts';

/** One key to remove: unconditionally, or with a stamp newer-wins. */
export interface Erasure<Key> {
  readonly key: Key;
  readonly stamp: Stamp | undefined;
}

/**
 * Independent deletes that do not say what they removed, and so share requests where the engine is far. All keys are
 * checked before the first; one that its stamp does not allow is no fault.
 *
 * @throws what one of them is refused with, nothing removed; a fault on the way, when others may have been
 */
export async function eraseMany<Value, Key, Input>(
  map: VersionedMap<Value, Key, Input>,
  erasures: readonly Erasure<Key>[],
  options?: CallOptions,
): Promise<void> {
  const context = contextOf(map);
  await runMany(context, 'eraseMany', prepare(context, erasures), step, options, context.remote?.erasing);
}

interface Step {
  readonly key: string;
  readonly stamp: Stamp | undefined;
}

function prepare(context: MapContext, erasures: readonly Erasure<unknown>[]): Phrase<Step[]> {
  return ask('work', () =>
    erasures.map(({ key, stamp }) => {
      if (stamp !== undefined) deleteRule('eraseMany', { ifNewer: stamp });
      return { key: context.encodeKey(key), stamp };
    }),
  );
}

function step(context: MapContext, { key, stamp }: Step): Phrase<unknown> {
  const condition = stamp === undefined ? ANY : NEWER;
  return write(key, undefined, condition, 0, 0, stamp, context.format.shape);
}
