import type { CallOptions } from '../contract/calls.ts';
import type { BufferKey } from './entry.ts';
import type { CloseOptions } from './map-buffer.ts';
import type { LiveOptions, MachineOptions } from './options.ts';
import type { Batches } from './pull.ts';
import type { BufferStats } from './stats.ts';

/**
 * How to open a queue.
 *
 * @example
 * ```ts
 * import { openQueue, type QueueOptions } from 'samemap/buffer';
 * const options: QueueOptions<string> = { processor: async () => undefined, sizeOf: (line) => line.length };
 * const queue = await openQueue(options);
 * await queue.close();
 * ```
 */
export interface QueueOptions<Item> extends MachineOptions<Item> {
  /** Bytes of an item, for `maxBytes`. */
  readonly sizeOf?: ((item: Item) => number) | undefined;
}

/**
 * What a push takes; signal and deadline end the wait for room.
 *
 * @example
 * ```ts
 * import { openQueue, type PushOptions } from 'samemap/buffer';
 * const options: PushOptions<{ user: string }> = { partitionKey: ({ user }) => user };
 * const queue = await openQueue<{ user: string }>({ processor: async () => undefined });
 * await queue.push({ user: 'ada' }, options);
 * await queue.close();
 * ```
 */
export interface PushOptions<Item> extends CallOptions {
  /** Items of one partition key go through one partition, in order. Without it they go to each in turn. */
  readonly partitionKey?: BufferKey | ((item: Item) => BufferKey) | undefined;
}

/**
 * The twin of the buffer for things that are not coalesced: every item reaches the processor, in order within
 * its partition. An item that fails stops its partition until it has its outcome.
 *
 * @example
 * ```ts
 * import { openQueue, type QueueBuffer } from 'samemap/buffer';
 * const queue: QueueBuffer<string> = await openQueue<string>({ processor: async () => undefined });
 * await queue.push('first');
 * await queue.flush();
 * await queue.close();
 * ```
 */
export interface QueueBuffer<Item> extends AsyncDisposable {
  readonly name: string;
  /**
   * Accepts an item. Resolves when it is accepted: at once while there is room, and when it is durable with a
   * `store`.
   */
  push(item: Item, options?: PushOptions<Item>): Promise<void>;
  /** Accepts several, in order; when one is refused as a mistake, none is accepted. */
  pushMany(items: Iterable<Item>, options?: PushOptions<Item>): Promise<void>;
  /** {@link push} without waiting: `false`, and nothing accepted, when there is no room. Not with a `store`. */
  tryPush(item: Item, options?: PushOptions<Item>): boolean;
  /** How many items have no outcome. */
  count(): number;
  /** Sends on what waits; resolves when everything accepted so far has its outcome. */
  flush(options?: CallOptions): Promise<void>;
  /** Reads batches, where there is no processor. Several may read. */
  batches(): Batches<Item>;
  /** Changes what is named and nothing else, from now on. */
  updateOptions(options: LiveOptions): void;
  stats(): BufferStats;
  /** Accepts nothing more, delivers what there is, and returns what was not; see the buffer's `close`. */
  close(options?: CloseOptions): Promise<readonly Item[]>;
}
