import { show } from '../base/options.ts';
import type { Stamp } from '../contract/entry.ts';
import { checked } from './arguments.ts';
import type { Change } from './coalesce.ts';
import type { BufferKey } from './entry.ts';
import type { IdentityOptions } from './map-buffer.ts';
import { isBufferKey, partitionKeyOf } from './partition-of.ts';

/** What a call on one key takes. */
export const CALL_OPTIONS: readonly string[] = ['partitionKey', 'signal', 'deadlineMs'];

/** What a call means. */
export interface Identity {
  readonly key: BufferKey;
  readonly partitionKey: BufferKey | undefined;
}

/** A write with its identity. */
export interface Write extends Change, Identity {
  /** `true`: only over an older stamp, or none. */
  readonly newer: boolean;
}

/** Which entry a call means. @throws TypeError for what is no key and for options that are none */
export function identityOf<Key>(
  what: string,
  key: unknown,
  options: IdentityOptions<Key> | undefined,
): Identity {
  if (!isBufferKey(key))
    throw new TypeError(`${what}: a key is a string, number or bigint, got ${show(key)}`);
  if (options === undefined) return { key, partitionKey: undefined };
  const { partitionKey } = checked(what, options, CALL_OPTIONS);
  return { key, partitionKey: partitionKeyOf(partitionKey, key) };
}

/** A checked write of a value. @throws as {@link identityOf}, and TypeError for `undefined` */
export function writeOf<Key>(
  what: string,
  key: unknown,
  value: unknown,
  stamp: Stamp | undefined,
  options: IdentityOptions<Key> | undefined,
): Write {
  const identity = identityOf(what, key, options);
  if (value === undefined) throw new TypeError(`${what}: a value must not be undefined, which means absent`);
  return { ...identity, value, stamp, deleted: false, newer: stamp !== undefined };
}
