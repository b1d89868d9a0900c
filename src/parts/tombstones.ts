import type { Stamp } from '../contract/entry.ts';

interface Tombstone {
  readonly stamp: Stamp;
  readonly until: number;
}

/**
 * Stamps of removed entries, so that a late write of an older stamp does not bring them back:
 * each remembered for a time, and only the newest so many of them.
 *
 * @example
 * ```ts
 * import { Tombstones } from 'samemap/engine';
 * const stones = new Tombstones(600_000, 100_000);
 * stones.remember(1, 'a', 7, Date.now());
 * console.log(stones.stampOf(1, 'a', Date.now())); // 7
 * ```
 */
export class Tombstones {
  readonly #rememberMs: number;
  readonly #limit: number;
  /** By map and key, oldest first. */
  readonly #stones = new Map<string, Tombstone>();
  /** Walks from the oldest on; kept, because a new iterator would step over all that was deleted. */
  #walk = this.#stones.entries();
  /** The oldest, as far as it was looked up. */
  #oldest: readonly [string, Tombstone] | undefined;

  /**
   * @param rememberMs - for how long
   * @param limit - how many
   */
  constructor(rememberMs: number, limit: number) {
    this.#rememberMs = rememberMs;
    this.#limit = limit;
  }

  get size(): number {
    return this.#stones.size;
  }

  remember(map: number, key: string, stamp: Stamp, now: number): void {
    const id = idOf(map, key);
    this.#stones.delete(id);
    this.#stones.set(id, { stamp, until: now + this.#rememberMs });
    this.prune(now);
  }

  /** The stamp remembered of a removed entry. */
  stampOf(map: number, key: string, now: number): Stamp | undefined {
    if (this.#stones.size === 0) return undefined;
    const stone = this.#stones.get(idOf(map, key));
    return stone !== undefined && stone.until > now ? stone.stamp : undefined;
  }

  /** All that is remembered, oldest first. */
  *list(): Generator<{
    readonly map: number;
    readonly key: string;
    readonly stamp: Stamp;
    readonly until: number;
  }> {
    for (const [id, { stamp, until }] of this.#stones) {
      const slash = id.indexOf('/');
      yield { map: Number(id.slice(0, slash)), key: id.slice(slash + 1), stamp, until };
    }
  }

  forget(map: number, key: string): void {
    if (this.#stones.size > 0) this.#stones.delete(idOf(map, key));
  }

  forgetMap(map: number): void {
    const prefix = idOf(map, '');
    for (const id of this.#stones.keys()) if (id.startsWith(prefix)) this.#stones.delete(id);
  }

  clear(): void {
    this.#stones.clear();
    this.#walk = this.#stones.entries();
    this.#oldest = undefined;
  }

  /** Drops what is too old or too many. */
  prune(now: number): void {
    for (let oldest = this.#peek(); oldest !== undefined; oldest = this.#peek()) {
      if (oldest[1].until > now && this.#stones.size <= this.#limit) return;
      this.#stones.delete(oldest[0]);
    }
  }

  #peek(): readonly [string, Tombstone] | undefined {
    if (this.#oldest !== undefined && this.#stones.get(this.#oldest[0]) === this.#oldest[1])
      return this.#oldest;
    let step = this.#walk.next();
    if (step.done === true) {
      this.#walk = this.#stones.entries();
      step = this.#walk.next();
    }
    this.#oldest = step.done === true ? undefined : step.value;
    return this.#oldest;
  }
}

function idOf(map: number, key: string): string {
  return `${map}/${key}`;
}
