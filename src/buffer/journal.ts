import { StoreError } from '../base/errors.ts';
import type { Stamp } from '../contract/entry.ts';
import type { Store } from '../contract/store.ts';
import type { SyncMap } from '../contract/sync-map.ts';
import type { VersionedMap } from '../contract/versioned-map.ts';
import type { BufferKey } from './entry.ts';
import { Hidden } from './pending.ts';
import type { Pending, State } from './pending.ts';

/** A change as it is stored. */
interface Stored {
  readonly key: BufferKey;
  readonly value?: unknown;
  readonly partitionKey?: BufferKey;
  readonly stamp?: Stamp;
  readonly updates?: number;
  readonly deleted?: true;
  readonly afterDelete?: true;
}

/** A change that an earlier process accepted and did not deliver, as far as it is known. */
export interface Recovered extends State {
  readonly seq: number;
  readonly key: BufferKey;
  readonly partitionKey: BufferKey | undefined;
}

/** Keys of the journal are numbers of changes, as text that sorts like them. */
const KEY_LENGTH = 11;

/** Which journals are open, so that two buffers never share one. */
const open = new WeakMap<Store, Set<string>>();

/**
 * The durable twin of all changes without outcome: one record each, by the number of the change, in a map of
 * a store. Written before the change is in memory, removed after its outcome: what a crash leaves is what was
 * accepted and not confirmed, in the order of acceptance.
 */
export class Journal {
  readonly #store: Store;
  readonly #map: VersionedMap<Stored>;
  readonly #sync: SyncMap<Stored>;
  readonly #name: string;
  #last = 0;
  #durable: Promise<void> | undefined;

  /**
   * @throws StoreError `UNSUPPORTED` for a store without a sync face, `IN_USE` when another buffer of this
   *   process has it
   */
  constructor(store: Store, name: string) {
    const map = store.map<Stored>(`buffer.${name}`);
    if (map.sync === undefined) {
      throw new StoreError(
        'UNSUPPORTED',
        `a buffer cannot journal into ${store.supports.engine}: it has no sync face`,
      );
    }
    const names = open.get(store) ?? new Set();
    open.set(store, names);
    if (names.has(name))
      throw new StoreError('IN_USE', `another buffer of this process has the journal ${name}`);
    names.add(name);
    this.#store = store;
    this.#name = name;
    this.#map = map;
    this.#sync = map.sync;
  }

  /** What there is, in the order of acceptance. New numbers begin above. */
  async *recover(): AsyncIterable<Recovered> {
    for await (const { key: text, value } of this.#map.list()) {
      const seq = Number.parseInt(text, 36);
      this.#last = Math.max(this.#last, seq);
      const { key, partitionKey, stamp, updates = 0, deleted = false, afterDelete = false } = value;
      yield { seq, key, value: value.value, partitionKey, stamp, updates, deleted, afterDelete };
    }
  }

  /**
   * Writes a change, under its number or, for 0, a new one.
   *
   * @returns the number
   * @throws the faults of the store; then nothing was written
   */
  write(seq: number, key: BufferKey, partitionKey: BufferKey | undefined, state: State): number {
    const number = seq === 0 ? this.#last + 1 : seq;
    this.#sync.set(keyOf(number), storedOf(key, partitionKey, state));
    if (seq === 0) this.#last = number;
    return number;
  }

  /** Writes what two changes became under the number of the first, and removes the second, in one commit. */
  join(older: Pending, state: State, newer: Pending): void {
    const stored = storedOf(older.key, older.partitionKey, state);
    const commit = this.#store.sync?.atomic();
    commit
      ?.set(this.#map, keyOf(Hidden.seq(older)), stored)
      .delete(this.#map, keyOf(Hidden.seq(newer)))
      .commit();
  }

  /** Forgets changes that have their outcome. Not waited for: one that comes back is delivered again. */
  remove(pendings: readonly Pending[]): void {
    if (pendings.length > 0) this.#sync.deleteMany(pendings.map((pending) => keyOf(Hidden.seq(pending))));
  }

  /** Resolves when all that was written is durable; one wait for all who ask within a turn. */
  durable(): Promise<void> {
    return (this.#durable ??= Promise.resolve().then(() => {
      this.#durable = undefined;
      return this.#map.durable();
    }));
  }

  async close(): Promise<void> {
    open.get(this.#store)?.delete(this.#name);
    try {
      await this.#map.durable();
    } finally {
      await this.#map.close();
    }
  }
}

function keyOf(seq: number): string {
  return seq.toString(36).padStart(KEY_LENGTH, '0');
}

function storedOf(key: BufferKey, partitionKey: BufferKey | undefined, state: State): Stored {
  const { value, stamp, updates, deleted, afterDelete } = state;
  return {
    key,
    ...(deleted ? { deleted } : { value }),
    ...(partitionKey === undefined ? {} : { partitionKey }),
    ...(stamp === undefined ? {} : { stamp }),
    ...(updates === 0 ? {} : { updates }),
    ...(afterDelete ? { afterDelete } : {}),
  };
}
