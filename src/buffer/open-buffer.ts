import { checkMs } from '../base/options.ts';
import { WriteBuffer } from './buffer.ts';

import type { BufferKey, Deletes } from './entry.ts';
import { Journal } from './journal.ts';
import type { Internals } from './machine.ts';
import type { BufferOptions, MapBuffer } from './map-buffer.ts';
import { countOf, functionOf, oneOf, settingsOf } from './options.ts';
import type { BufferSettings } from './options.ts';

/**
 * Opens a write-behind buffer. With a `store`, what an earlier process accepted there and did not deliver is
 * taken over first.
 *
 * @param options - see {@link BufferOptions}
 * @returns the buffer; close it to deliver the rest
 * @throws TypeError or RangeError for options that are none; StoreError `UNSUPPORTED` for a store without a sync
 *   face, `IN_USE` when another buffer of this process journals there under the same name
 *
 * @example
 * ```ts
 * import { openBuffer } from 'samemap/buffer';
 * const buffer = await openBuffer<number>({
 *   processor: async (batch) => console.log(batch.map(({ key, value }) => `${key}=${value}`)),
 *   merge: (old, next) => old + next,
 * });
 * await buffer.set('visits', 1);
 * await buffer.set('visits', 1);
 * await buffer.close(); // ['visits=2']
 * ```
 */
export async function openBuffer<Value, Key extends BufferKey = string, Mode extends Deletes = 'discard'>(
  options: BufferOptions<Value, Key, Mode>,
): Promise<MapBuffer<Value, Key, Mode>> {
  return await openWriteBuffer(options, {});
}

/** {@link openBuffer} with other internals. */
export async function openWriteBuffer<Value, Key extends BufferKey, Mode extends Deletes>(
  options: BufferOptions<Value, Key, Mode>,
  internals: Internals,
): Promise<WriteBuffer<Value, Key, Mode>> {
  const names = ['deletes', 'reads', 'merge', 'stampLimit', 'stampMs'];
  const settings = settingsOf('openBuffer', options, names);
  const own: BufferSettings = {
    deletes: oneOf('openBuffer: deletes', options.deletes ?? 'discard', ['discard', 'deliver']),
    reads: oneOf('openBuffer: reads', options.reads ?? 'current', ['current', 'all']),
    // SAFETY: it is only ever given values of this buffer.
    merge: functionOf('openBuffer: merge', options.merge) as BufferSettings['merge'],
    stampLimit: countOf('openBuffer: stampLimit', options.stampLimit ?? 100_000),
    stampMs: checkMs('openBuffer: stampMs', options.stampMs ?? 600_000, 1),
  };
  const journal = settings.store === undefined ? undefined : new Journal(settings.store, settings.name);
  const buffer = new WriteBuffer<Value, Key, Mode>(settings, own, journal, internals);
  if (journal === undefined) return buffer;
  try {
    for await (const recovered of journal.recover()) buffer.recover(recovered);
  } catch (error) {
    await buffer.close({ deadlineMs: 0 }).catch(() => undefined);
    throw error;
  }
  return buffer;
}
