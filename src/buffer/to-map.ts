import type { VersionedMap } from '../contract/versioned-map.ts';
import { eraseMany } from '../map/erase.ts';
import type { BufferEntry, BufferKey } from './entry.ts';
import type { DeadLetter, DeadLetterHandler, Processor } from './processor.ts';

/**
 * A processor that writes batches into a map: stamped changes with `ifNewer`, so that what the map has from
 * elsewhere and is newer stays, plain ones unconditionally, tombstones as deletes. What is repeated does no
 * harm. On an engine that is far, the changes of a batch share requests. One entry that the map refuses fails its batch,
 * which is then divided to find it.
 *
 * @param map - the map to write into; keys go there as they are, without their partition key
 * @returns what to hand to `openBuffer` as `processor`
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { openBuffer, toMap } from 'samemap/buffer';
 * const store = await open('memory:');
 * const positions = store.map<{ x: number; y: number }>('positions');
 * const buffer = await openBuffer({ processor: toMap(positions), intervalMs: 100 });
 * await buffer.setNewer('ship-1', { x: 1, y: 2 }, Date.now());
 * await buffer.close();
 * await store.close();
 * ```
 */
export function toMap<Value, Key extends BufferKey, Input>(
  map: VersionedMap<Value, Key, Input>,
): Processor<BufferEntry<Input, Key, 'deliver'>> {
  return async (batch, { signal }) => {
    const sets = batch.flatMap((entry) => (entry.deleted ? [] : [entry]));
    const tombstones = batch.filter(({ deleted }) => deleted);
    await Promise.all([
      map.setMany(
        sets.map(({ key, value, stamp }) =>
          stamp === undefined ? ([key, value] as const) : ([key, value, { ifNewer: stamp }] as const),
        ),
        { signal },
      ),
      eraseMany(map, tombstones, { signal }),
    ]);
  };
}

/**
 * What a map of dead letters holds.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import type { StoredDeadLetter } from 'samemap/buffer';
 * const store = await open('memory:');
 * const letters = store.map<StoredDeadLetter<{ key: string }>>('dead-letters');
 * for await (const { entry, error } of letters.values()) console.log(entry.key, error);
 * await store.close();
 * ```
 */
export interface StoredDeadLetter<Item> {
  readonly entry: Item;
  /** The message of the error. */
  readonly error: string;
  readonly attempts: number;
  /** When it was given up, in milliseconds since the epoch. */
  readonly atMs: number;
}

/**
 * A handler that keeps dead letters in a map, under fresh keys that sort in the order of giving up.
 *
 * @param map - the map to keep them in
 * @returns what to hand over as `onDeadLetter`
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { openBuffer, toDeadLetters } from 'samemap/buffer';
 * const store = await open('memory:');
 * const buffer = await openBuffer<number>({
 *   processor: () => { throw new Error('no'); },
 *   retry: { attempts: 1 },
 *   onDeadLetter: toDeadLetters(store.map('dead-letters')),
 * });
 * await buffer.set('a', 1);
 * await buffer.close();
 * await store.close();
 * ```
 */
export function toDeadLetters<Item>(map: VersionedMap<StoredDeadLetter<Item>>): DeadLetterHandler<Item> {
  return async ({ entry, error, attempts }: DeadLetter<Item>) => {
    const message = error instanceof Error ? error.message : String(error);
    await map.set(await map.nextKey(), { entry, error: message, attempts, atMs: Date.now() });
  };
}
