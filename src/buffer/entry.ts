import type { Stamp } from '../contract/entry.ts';

/**
 * What identifies a buffered change, beside the partition key: a key, compared as a native `Map` does.
 *
 * @example
 * ```ts
 * import type { BufferKey } from 'samemap/buffer';
 * const keys: BufferKey[] = ['ada', 7, 7n]; // three keys: compared as by a native Map
 * ```
 */
export type BufferKey = string | number | bigint;

/** What both kinds of {@link BufferEntry} have. */
interface Buffered<Key> {
  readonly key: Key;
  /** The order the caller supplied; `undefined` for a plain write, which any stamp beats. */
  readonly stamp: Stamp | undefined;
  /** How many writes came on top of the first: stamped ones, and with `merge` all. */
  readonly updates: number;
  /** Part of the entry's identity; `undefined` unless the write said one. */
  readonly partitionKey: BufferKey | undefined;
}

/**
 * A value on its way to the processor.
 *
 * @example
 * ```ts
 * import type { BufferedSet } from 'samemap/buffer';
 * const sum = (batch: readonly BufferedSet<number, string>[]) => batch.reduce((all, { value }) => all + value, 0);
 * ```
 */
export interface BufferedSet<Value, Key> extends Buffered<Key> {
  readonly deleted: false;
  readonly value: Value;
  /** `true`: a delete came before it, in the same entry. With `merge`: begin anew instead of adding up. */
  readonly afterDelete: boolean;
}

/**
 * A tombstone on its way to the processor.
 *
 * @example
 * ```ts
 * import type { BufferedDelete } from 'samemap/buffer';
 * const keysOf = (tombstones: readonly BufferedDelete<string>[]) => tombstones.map(({ key }) => key);
 * ```
 */
export interface BufferedDelete<Key> extends Buffered<Key> {
  readonly deleted: true;
  readonly value: undefined;
  readonly afterDelete: false;
}

/**
 * What happens to deletes: they only undo what waits, or they go to the processor as tombstones.
 *
 * @example
 * ```ts
 * import type { BufferOptions, Deletes } from 'samemap/buffer';
 * const deletes: Deletes = 'deliver';
 * const options: BufferOptions<number, string, 'deliver'> = { deletes, processor: async () => undefined };
 * ```
 */
export type Deletes = 'discard' | 'deliver';

/**
 * One element of a batch: the last state of a key, or its tombstone where deletes are delivered.
 *
 * @example
 * ```ts
 * import type { BufferEntry } from 'samemap/buffer';
 * const write = (entry: BufferEntry<number, string, 'deliver'>) =>
 *   entry.deleted ? `delete ${entry.key}` : `set ${entry.key} ${entry.value}`;
 * ```
 */
export type BufferEntry<
  Value,
  Key extends BufferKey = string,
  Mode extends Deletes = 'discard',
> = Mode extends 'deliver' ? BufferedSet<Value, Key> | BufferedDelete<Key> : BufferedSet<Value, Key>;
