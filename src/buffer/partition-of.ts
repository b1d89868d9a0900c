import { show } from '../base/options.ts';
import type { BufferKey } from './entry.ts';

/**
 * A partition key, or what makes one of the key.
 *
 * @example
 * ```ts
 * import type { PartitionKeyOption } from 'samemap/buffer';
 * const byTenant: PartitionKeyOption<string> = (key) => key.split('/')[0] ?? key;
 * ```
 */
export type PartitionKeyOption<Key> = BufferKey | ((key: Key) => BufferKey);

/** Evaluates the `partitionKey` of a call. @throws TypeError when it is none */
export function partitionKeyOf(option: unknown, key: unknown): BufferKey | undefined {
  if (option === undefined) return undefined;
  const made: unknown = typeof option === 'function' ? (option as (key: unknown) => unknown)(key) : option;
  if (isBufferKey(made)) return made;
  throw new TypeError(`partitionKey must be a string, number or bigint, or make one; got ${show(made)}`);
}

/** Whether it can be a key or a partition key. */
export function isBufferKey(value: unknown): value is BufferKey {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
}

/**
 * Which partition an identity belongs to: by the partition key, or else by the key. A fixed function, so that
 * the same change goes the same way whatever else happens.
 */
export function partitionOf(id: BufferKey, partitions: number): number {
  if (partitions === 1) return 0;
  return (typeof id === 'string' ? hashText(id) : hashText(String(id))) % partitions;
}

/** FNV-1a over code units, mixed at the end because its low bits alone are poor. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  hash ^= hash >>> 12;
  return hash >>> 0;
}
