import { StoreError } from '../../base/errors.ts';
import { checkInteger, checkOptions } from '../../base/options.ts';
import type { VersionedMap } from '../../contract/versioned-map.ts';
import { openBuffer } from '../../buffer/index.ts';
import type { BatchFailure, BufferEntry } from '../../buffer/index.ts';
import { contextOf } from '../../map/context.ts';
import { topOf } from './counter.ts';
import type { BufferedCounter, CounterBufferOptions } from './types.ts';

const OPTIONS: readonly (keyof CounterBufferOptions)[] = [
  'intervalMs',
  'maxEntries',
  'store',
  'name',
  'onRejected',
  'clock',
];

/** What says that the map will never take an increment. */
const NEVER: ReadonlySet<string> = new Set(['LIMIT', 'INVALID_VALUE', 'CODEC']);

/**
 * Opens a counter over a map of numbers, with a write-behind buffer in between: increments of one key add up there,
 * and the map gets their sum. Reads tell the map first what waits, so that they see all that this process counted.
 * With a `store` what waits survives the process: the next counter of that name tells it.
 *
 * @param map - holds a number for each key; also read and written beside the counter
 * @param options - how long increments wait, and how many
 * @returns the counter; close it to tell the map the rest
 * @throws TypeError or RangeError for an option that is none; StoreError `UNSUPPORTED` for a store without a sync face,
 *   `IN_USE` when another buffer of this process has a journal of that name there
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { openBufferedCounter } from 'samemap/recipes';
 * const store = await open('memory:');
 * const hits = await openBufferedCounter(store.map<number>('hits'));
 * await Promise.all(Array.from({ length: 100 }, () => hits.increment('/')));
 * await hits.close();
 * await store.close();
 * ```
 */
export async function openBufferedCounter<Key = string>(
  map: VersionedMap<number, Key>,
  options: CounterBufferOptions = {},
): Promise<BufferedCounter<Key>> {
  checkOptions('openBufferedCounter', options, OPTIONS);
  const { intervalMs = 1_000, maxEntries, store, name = 'counter', onRejected, clock } = options;
  const context = contextOf(map);
  const { sync } = map;

  /** Counts in the map; what it will never take is told, what it may take later is a failure. */
  const count = async (batch: readonly BufferEntry<number>[]): Promise<{ failures: BatchFailure[] }> => {
    const failures: BatchFailure[] = [];
    const refuse = (index: number, error: unknown): void => {
      const { key, value } = batch[index] as BufferEntry<number>;
      const never = error instanceof StoreError && NEVER.has(error.code);
      if (never) onRejected?.({ key, by: value, error });
      else failures.push({ index, error });
    };
    const add = (text: string, value: number): unknown => {
      // SAFETY: the context of this very map.
      const key = context.decodeKey(text) as Key;
      return sync === undefined ? map.add(key, value) : sync.add(key, value);
    };
    await Promise.all(
      batch.map(async ({ key, value }, index) => {
        try {
          await add(key, value);
        } catch (error) {
          refuse(index, error);
        }
      }),
    );
    await map.durable();
    return { failures };
  };

  const buffer = await openBuffer<number>({
    name,
    store,
    processor: count,
    merge: (old, next) => old + next,
    intervalMs,
    maxEntries,
    clock: clock ?? context.engine.clock,
    // What is being added cannot be called back, so that a time limit would count it twice.
    timeoutMs: Infinity,
    partitions: 1,
  });
  let closing: Promise<void> | undefined;
  const told = async (): Promise<void> => {
    if (closing === undefined) await buffer.flush();
    else await closing;
  };
  const end = async (): Promise<void> => {
    const left = await buffer.close();
    if (left.length === 0) return;
    const { lastError: cause } = buffer.stats();
    const where = store === undefined ? 'they are lost' : 'they stay in the store';
    throw new StoreError('UNAVAILABLE', `the map did not take the counts of ${left.length} keys: ${where}`, {
      cause,
    });
  };
  const close = (): Promise<void> => (closing ??= end());
  return {
    // Not async: floods come through here, and the buffer's own promise will do.
    increment(key, by = 1) {
      try {
        checkInteger('increment: by', by, Number.MIN_SAFE_INTEGER);
        return buffer.set(context.encodeKey(key), by);
      } catch (error) {
        return Promise.reject(error as Error);
      }
    },
    async get(key, call) {
      await told();
      return (await map.get(key, call)) ?? 0;
    },
    async reset(key, call) {
      await told();
      return (await map.take(key, call))?.value ?? 0;
    },
    async top(n, range) {
      await told();
      return await topOf(map, n, range);
    },
    flush: (call) => buffer.flush(call),
    close,
    [Symbol.asyncDispose]: close,
  };
}
