import type { Deferred } from '../base/deferred.ts';
import type { Stamp } from '../contract/entry.ts';
import { ByIdentity } from './by-identity.ts';
import type { BufferKey } from './entry.ts';

/**
 * A change that was accepted and has no outcome yet. Written in place while its table is being written;
 * after that only by coalescing while it is held back, never while a processor has it.
 */
export class Pending {
  readonly key: BufferKey;
  value: unknown;
  stamp: Stamp | undefined;
  updates = 0;
  deleted = false;
  afterDelete = false;
  partitionKey: BufferKey | undefined = undefined;
  /** What `sizeOf` said; 0 where bytes are not bounded. */
  bytes = 0;
  /** Number of its record in the journal; 0 where there is none. */
  seq = 0;
  /** The table it was accepted into. */
  readonly table: Table;
  /** Those who wait for its outcome. */
  watchers: Deferred<void>[] | undefined = undefined;

  constructor(key: BufferKey, value: unknown, stamp: Stamp | undefined, table: Table) {
    this.key = key;
    this.value = value;
    this.stamp = stamp;
    this.table = table;
  }
}

/** The changes accepted between two swaps. */
export class Table {
  /** Tables are numbered in the order in which they were written. */
  readonly number: number;
  readonly entries: ByIdentity<Pending> = new ByIdentity();
  /** When the first change came; 0 while there is none. */
  since = 0;
  /** How many of a frozen table have no outcome yet. */
  outstanding = 0;

  constructor(number: number) {
    this.number = number;
  }
}
