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

/** Multiplies and shifts two code units at a time, in two chains that the processor works on side by side. */
function hashText(text: string): number {
  let a = 0x811c9dc5 | 0;
  let b = text.length;
  let i = 0;
  for (const end = text.length - 3; i < end; i += 4) {
    a = Math.imul(a ^ text.charCodeAt(i) ^ (text.charCodeAt(i + 1) << 16), 0x2c1b3c6d);
    b = Math.imul(b ^ text.charCodeAt(i + 2) ^ (text.charCodeAt(i + 3) << 16), 0x297a2d39);
    a ^= a >>> 15;
    b ^= b >>> 13;
  }
  for (; i < text.length; i++) a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
  a ^= Math.imul(b, 0x5bd1e995);
  a ^= a >>> 15;
  a = Math.imul(a, 0x2c1b3c6d);
  a ^= a >>> 12;
  // Without the highest bit: a small integer to the engine, which needs no memory.
  return a >>> 1;
}
