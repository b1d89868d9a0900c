import type { Clock } from '../base/clock.ts';
import type { Stamp } from '../contract/entry.ts';
import { ByIdentity } from './by-identity.ts';
import type { BufferKey } from './entry.ts';
import type { Pending } from './pending.ts';

/**
 * Stamps of changes that have left the tables, so that newer-wins holds over flushes. Two generations: the
 * younger is full at the limit or old after its time, then the older is forgotten. So a stamp is remembered
 * for at least `keepMs`, unless `limit` other keys got one since, and at most twice as many are kept.
 */
export class RememberedStamps {
  readonly #limit: number;
  readonly #keepMs: number;
  readonly #clock: Clock;
  #young = new ByIdentity<Stamp>();
  #old = new ByIdentity<Stamp>();
  #since: number;

  constructor(limit: number, keepMs: number, clock: Clock) {
    this.#limit = limit;
    this.#keepMs = keepMs;
    this.#clock = clock;
    this.#since = clock.now();
  }

  /** How many are remembered. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** The stamp that stands for an identity. */
  get(partitionKey: BufferKey | undefined, key: BufferKey): Stamp | undefined {
    if (this.size === 0) return undefined;
    return this.#young.get(partitionKey, key) ?? this.#old.get(partitionKey, key);
  }

  /** Takes notice of a change on its way out; a plain write clears what was remembered. */
  note({ partitionKey, key, stamp }: Pending): void {
    if (stamp !== undefined) {
      if (this.#young.size >= this.#limit) this.rotate();
      this.#young.set(partitionKey, key, stamp);
    } else if (this.size > 0) {
      this.#young.delete(partitionKey, key);
      this.#old.delete(partitionKey, key);
    }
  }

  /** Forgets what is old; to be called for each table, and by itself when there are many. */
  rotate(): void {
    const now = this.#clock.now();
    const age = now - this.#since;
    if (age < this.#keepMs && this.#young.size < this.#limit) return;
    this.#old = age < 2 * this.#keepMs ? this.#young : new ByIdentity();
    this.#young = new ByIdentity();
    this.#since = now;
  }
}
