import { Journal } from './journal.ts';
import type { Internals } from './machine.ts';
import { settingsOf } from './options.ts';
import type { QueueBuffer, QueueOptions } from './queue-buffer.ts';
import { ItemQueue } from './queue.ts';

/**
 * Opens a queue: what is pushed reaches the processor in batches, in order within a partition. With a `store`,
 * what an earlier process accepted there and did not deliver is taken over first.
 *
 * @param options - see {@link QueueOptions}
 * @returns the queue; close it to deliver the rest
 * @throws TypeError or RangeError for options that are none; StoreError `UNSUPPORTED` for a store without a sync
 *   face, `IN_USE` when another buffer of this process journals there under the same name
 *
 * @example
 * ```ts
 * import { openQueue } from 'samemap/buffer';
 * const mails = await openQueue<{ to: string }>({
 *   processor: async (batch) => console.log(`${batch.length} mails`),
 * });
 * await mails.push({ to: 'ada' });
 * await mails.close();
 * ```
 */
export async function openQueue<Item>(options: QueueOptions<Item>): Promise<QueueBuffer<Item>> {
  return await openItemQueue(options, {});
}

/** {@link openQueue} with other internals. */
export async function openItemQueue<Item>(
  options: QueueOptions<Item>,
  internals: Internals,
): Promise<ItemQueue<Item>> {
  const settings = settingsOf('openQueue', options, []);
  const journal = settings.store === undefined ? undefined : new Journal(settings.store, settings.name);
  const queue = new ItemQueue<Item>(settings, journal, internals);
  if (journal === undefined) return queue;
  try {
    for await (const recovered of journal.recover()) queue.recover(recovered);
  } catch (error) {
    await queue.close({ deadlineMs: 0 }).catch(() => undefined);
    throw error;
  }
  return queue;
}
