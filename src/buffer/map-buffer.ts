import type { CallOptions } from '../contract/calls.ts';
import type { Stamp } from '../contract/entry.ts';
import type { BufferEntry, BufferKey, Deletes } from './entry.ts';
import type { LiveOptions, MachineOptions } from './options.ts';
import type { PartitionKeyOption } from './partition-of.ts';
import type { Batches } from './pull.ts';
import type { BufferStats } from './stats.ts';

/**
 * How to open a buffer.
 *
 * @example
 * ```ts
 * import { openBuffer, type BufferOptions } from 'samemap/buffer';
 * const options: BufferOptions<number> = {
 *   processor: async (batch) => console.log(batch.length),
 *   merge: (old, next) => old + next,
 * };
 * const buffer = await openBuffer(options);
 * await buffer.close();
 * ```
 */
export interface BufferOptions<
  Value,
  Key extends BufferKey = string,
  Mode extends Deletes = 'discard',
> extends MachineOptions<BufferEntry<Value, Key, Mode>> {
  /**
   * `'discard'`: a delete takes back what waits in the table being written, and nothing reaches the processor.
   * `'deliver'`: it goes to the processor as a tombstone, in order with the sets.
   * @default 'discard'
   */
  readonly deletes?: Mode | undefined;
  /** `'current'`: reads see the table being written; `'all'`: everything that has no outcome. @default 'current' */
  readonly reads?: 'current' | 'all' | undefined;
  /** Makes one value of two that wait for the same key, instead of the next replacing the old. Must not change them. */
  readonly merge?: ((old: Value, next: Value) => Value) | undefined;
  /** Bytes of a value and its key, for `maxBytes`. */
  readonly sizeOf?: ((value: Value, key: Key) => number) | undefined;
  /** How many stamps are remembered after their change left, for each partition. @default 100_000 */
  readonly stampLimit?: number | undefined;
  /** How long they are remembered, in milliseconds. @default 600_000 */
  readonly stampMs?: number | undefined;
}

/**
 * Which partition key a call means.
 *
 * @example
 * ```ts
 * import { openBuffer, type IdentityOptions } from 'samemap/buffer';
 * const options: IdentityOptions<string> = { partitionKey: (key) => key.slice(0, 2) };
 * const buffer = await openBuffer<number>({ processor: async () => undefined });
 * const accepted = buffer.trySet('eu-1', 1, options);
 * await buffer.close();
 * ```
 */
export interface IdentityOptions<Key> {
  /** Part of the identity, or what makes it of the key; the partition is chosen by it instead of the key. */
  readonly partitionKey?: PartitionKeyOption<Key> | undefined;
}

/**
 * What a write takes; signal and deadline end the wait for room.
 *
 * @example
 * ```ts
 * import { openBuffer, type BufferWriteOptions } from 'samemap/buffer';
 * const options: BufferWriteOptions<string> = { partitionKey: 'tenant-7', deadlineMs: 1_000 };
 * const buffer = await openBuffer<number>({ processor: async () => undefined });
 * await buffer.set('a', 1, options);
 * await buffer.close();
 * ```
 */
export type BufferWriteOptions<Key> = IdentityOptions<Key> & CallOptions;

/**
 * How to close.
 *
 * @example
 * ```ts
 * import { openBuffer, type CloseOptions } from 'samemap/buffer';
 * const options: CloseOptions = { deadlineMs: 5_000 };
 * const buffer = await openBuffer<number>({ processor: async () => undefined });
 * const undelivered = await buffer.close(options);
 * ```
 */
export interface CloseOptions {
  /** How long to go on delivering, in milliseconds; without it, until everything has its outcome. */
  readonly deadlineMs?: number | undefined;
}

/**
 * A write-behind buffer: takes a flood of changes, keeps the last state of each key, and hands it on in
 * batches. See `docs/guides/write-behind.md`.
 *
 * @example
 * ```ts
 * import { openBuffer, type MapBuffer } from 'samemap/buffer';
 * const buffer: MapBuffer<number> = await openBuffer<number>({ processor: async () => undefined });
 * await buffer.set('a', 1);
 * await buffer.flush();
 * await buffer.close();
 * ```
 */
export interface MapBuffer<
  Value,
  Key extends BufferKey = string,
  Mode extends Deletes = 'discard',
> extends AsyncDisposable {
  readonly name: string;
  /**
   * Accepts a value, over whatever waits for the key. Resolves when it is accepted: at once while there is
   * room, and when it is durable with a `store`. A plain write clears the stamp.
   */
  set(key: Key, value: Value, options?: BufferWriteOptions<Key>): Promise<void>;
  /** Accepts several, in order; when one is refused as a mistake, none is written. */
  setMany(entries: Iterable<readonly [Key, Value]>, options?: BufferWriteOptions<Key>): Promise<void>;
  /** Accepts a value if its stamp is above the one that stands; `true`: applied, `false`: ignored. */
  setNewer(key: Key, value: Value, stamp: Stamp, options?: BufferWriteOptions<Key>): Promise<boolean>;
  /** {@link setNewer} for several: what became of each, in order; when one is refused as a mistake, none is written. */
  setManyNewer(
    entries: Iterable<readonly [Key, Value, Stamp]>,
    options?: BufferWriteOptions<Key>,
  ): Promise<boolean[]>;
  /** {@link set} without waiting: `false`, and nothing written, when there is no room. Not with a `store`. */
  trySet(key: Key, value: Value, options?: IdentityOptions<Key>): boolean;
  /**
   * With `deletes: 'discard'` takes back what waits in the table being written; `false` when nothing did. With
   * `'deliver'` accepts a tombstone; `stamp` makes it newer-wins, and `false` means ignored.
   */
  delete(
    key: Key,
    options?: BufferWriteOptions<Key> & { readonly stamp?: Stamp | undefined },
  ): Promise<boolean>;
  /** The value that waits, or `fallback` when there is none or its tombstone waits. */
  get(key: Key): Value | undefined;
  get<Fallback>(key: Key, fallback: Fallback, options?: IdentityOptions<Key>): Value | Fallback;
  /** How many changes wait where reads look, tombstones too. */
  count(): number;
  /** Sends on what waits; resolves when everything accepted so far has its outcome. */
  flush(options?: CallOptions): Promise<void>;
  /** Resolves when everything accepted so far for the key has its outcome. Sends nothing on. */
  flushed(key: Key, options?: BufferWriteOptions<Key>): Promise<void>;
  /** Reads batches, where there is no processor. Several may read. */
  batches(): Batches<BufferEntry<Value, Key, Mode>>;
  /** Changes what is named and nothing else, from now on. */
  updateOptions(options: LiveOptions): void;
  stats(): BufferStats;
  /**
   * Accepts nothing more, delivers what there is, and returns what was not: nothing, unless the deadline ran out
   * or nobody takes what was given up. What was with the processor at the deadline may have had its effect.
   */
  close(options?: CloseOptions): Promise<readonly BufferEntry<Value, Key, Mode>[]>;
}
