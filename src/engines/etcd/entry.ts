import type { Clock } from '../../base/clock.ts';
import type { Stored } from '../../contract/core.ts';
import type { Stamp } from '../../contract/entry.ts';
import { unframe } from './frame.ts';
import type { KeyValue } from './protocol/responses.ts';

/** An entry as it lies in a key. */
export interface Row extends Stored {
  readonly expiresAt: number;
  readonly shape: number;
  readonly stamp: Stamp | undefined;
  readonly nonce: string;
  /** The lease that the key hangs on; 0 for none. */
  readonly lease: number;
}

/** Reads an entry. @throws StoreError `FORMAT` or `CORRUPT` */
export function rowOf(key: string, { value, modRevision, lease }: KeyValue): Row {
  const { cell, expiresAt, shape, stamp, nonce } = unframe(value);
  return { key, value: cell, version: modRevision, expiresAt, shape, stamp, nonce, lease };
}

/** The key of an entry, of which the first bytes are known. */
export function keyOf(bytes: Buffer, baseBytes: number): string {
  return bytes.toString('utf8', baseBytes);
}

export function hasExpired({ expiresAt }: { readonly expiresAt: number }, clock: Clock): boolean {
  return expiresAt !== 0 && expiresAt <= clock.now();
}
