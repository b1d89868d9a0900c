import type { Deferred } from '../base/deferred.ts';
import type { Stamp } from '../contract/entry.ts';
import { ByIdentity } from './by-identity.ts';
import type { BufferKey } from './entry.ts';

/** What is changed of a change by writing over it. */
export interface State {
  readonly value: unknown;
  readonly stamp: Stamp | undefined;
  readonly updates: number;
  readonly deleted: boolean;
  readonly afterDelete: boolean;
}

/**
 * A change that was accepted and has no outcome yet. Written in place while its table is being written; after
 * that only by coalescing while it is held back, never while a processor has it. It is itself what the processor
 * of a buffer sees: copies would cost more than all the rest of draining. So it is a plain object with the fields
 * of an entry, and what the buffer keeps about it besides is hidden in private fields: its identity, too, which a
 * processor that writes into what it was given must not change.
 */
export interface Pending {
  readonly key: BufferKey;
  value: unknown;
  stamp: Stamp | undefined;
  updates: number;
  deleted: boolean;
  afterDelete: boolean;
  readonly partitionKey: BufferKey | undefined;
}

/** Makes a change, of the table and partition of a place. */
export function pendingOf(
  key: BufferKey,
  value: unknown,
  stamp: Stamp | undefined,
  partitionKey: BufferKey | undefined,
  place: Place,
): Pending {
  const entry = { key, value, stamp, updates: 0, deleted: false, afterDelete: false, partitionKey };
  // SAFETY: the constructor gives back the entry it was given.
  return new Hidden(entry, place, key, partitionKey) as object as Pending;
}

/** Takes over what a write made of a change. Written out: assigning by name costs more than the write itself. */
export function become(pending: Pending, state: State): void {
  pending.value = state.value;
  pending.stamp = state.stamp;
  pending.updates = state.updates;
  pending.deleted = state.deleted;
  pending.afterDelete = state.afterDelete;
}

/** A class whose constructor gives back what it is given, so that private fields can be put on plain objects. */
class Given {
  constructor(entry: object) {
    return entry;
  }
}

/** What the buffer keeps about few changes only. */
class Rare {
  bytes = 0;
  seq = 0;
  watchers: Deferred<void>[] | undefined = undefined;
  readonly partitionKey: BufferKey | undefined;

  constructor(partitionKey: BufferKey | undefined) {
    this.partitionKey = partitionKey;
  }
}

/** What the buffer keeps about a change, and nobody else sees. Three fields: that many lie in one piece of memory. */
export class Hidden extends Given {
  readonly #place: Place;
  readonly #key: BufferKey;
  #rare: Rare | undefined;

  constructor(entry: object, place: Place, key: BufferKey, partitionKey: BufferKey | undefined) {
    super(entry);
    this.#place = place;
    this.#key = key;
    this.#rare = partitionKey === undefined ? undefined : new Rare(partitionKey);
  }

  /** The table it was accepted into. */
  static table(pending: Pending): Table {
    return of(pending).#place.table;
  }

  /** The partition it goes to. */
  static partition(pending: Pending): number {
    return of(pending).#place.partition;
  }

  /** Its key, whatever a processor did to the entry. */
  static key(pending: Pending): BufferKey {
    return of(pending).#key;
  }

  /** Its partition key, whatever a processor did to the entry. */
  static partitionKey(pending: Pending): BufferKey | undefined {
    return of(pending).#rare?.partitionKey;
  }

  /** Gives an entry that a processor had its identity again. */
  static restore(pending: Pending): void {
    const { key, partitionKey } = pending;
    if (key !== Hidden.key(pending)) Reflect.set(pending, 'key', Hidden.key(pending));
    if (partitionKey !== Hidden.partitionKey(pending))
      Reflect.set(pending, 'partitionKey', Hidden.partitionKey(pending));
  }

  /** What `sizeOf` said; 0 where bytes are not bounded. */
  static bytes(pending: Pending): number {
    return of(pending).#rare?.bytes ?? 0;
  }

  static setBytes(pending: Pending, bytes: number): void {
    if (bytes !== Hidden.bytes(pending)) Hidden.#own(of(pending)).bytes = bytes;
  }

  /** Number of its record in the journal; 0 where there is none. */
  static seq(pending: Pending): number {
    return of(pending).#rare?.seq ?? 0;
  }

  static setSeq(pending: Pending, seq: number): void {
    if (seq !== Hidden.seq(pending)) Hidden.#own(of(pending)).seq = seq;
  }

  /** Those who wait for its outcome. */
  static watchers(pending: Pending): readonly Deferred<void>[] | undefined {
    return of(pending).#rare?.watchers;
  }

  /** Lets somebody wait for its outcome. */
  static watch(pending: Pending, watchers: readonly Deferred<void>[]): void {
    if (watchers.length > 0) (Hidden.#own(of(pending)).watchers ??= []).push(...watchers);
  }

  static #own(hidden: Hidden): Rare {
    return (hidden.#rare ??= new Rare(undefined));
  }
}

function of(pending: Pending): Hidden {
  // SAFETY: every change was made by `pendingOf`.
  return pending as object as Hidden;
}

/** What the changes of one table that go to one partition share. */
export class Place {
  readonly table: Table;
  readonly partition: number;

  constructor(table: Table, partition: number) {
    this.table = table;
    this.partition = partition;
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
  readonly #places: (Place | undefined)[] = [];

  constructor(number: number) {
    this.number = number;
  }

  /** What its changes for a partition share. */
  place(partition: number): Place {
    return (this.#places[partition] ??= new Place(this, partition));
  }
}

/** The newest change of an identity in these tables, oldest first. */
export function newestIn(
  tables: readonly Table[],
  partitionKey: BufferKey | undefined,
  key: BufferKey,
): Pending | undefined {
  for (let i = tables.length - 1; i >= 0; i--) {
    const found = tables[i]?.entries.get(partitionKey, key);
    if (found !== undefined) return found;
  }
  return undefined;
}
