/**
 * Which entry of a cache has to go: S3-FIFO (Yang and others, "FIFO queues are all you need for cache eviction",
 * SOSP 2023). What is new goes through a small queue, so that what is asked for once leaves it soon and drives out
 * nothing else; what was asked for meanwhile moves to the main queue, and goes round there as long as it is used. Of
 * what left the small queue the key is remembered for a while: if it comes again it goes to the main queue at once.
 * A hit moves nothing: it raises a number.
 */

/** In which queue a member is. */
export type Queue = 'none' | 'small' | 'main' | 'ghost';

/** What a queue needs of its members; kept in the member, so that a hit is one look into one table. */
export interface Member {
  queue: Queue;
  /** How often it was asked for since it was last looked at, up to {@link MOST_USES}. */
  uses: number;
  /** What it weighs in bytes; 0 where nobody counts. */
  bytes: number;
  newer: Member | undefined;
  older: Member | undefined;
}

/** More uses than this count no more. */
export const MOST_USES = 3;

/** The share of the small queue. */
const SMALL = 0.1;

/** A queue of members, linked through them. */
class Fifo {
  count = 0;
  bytes = 0;
  newest: Member | undefined;
  oldest: Member | undefined;

  push(member: Member): void {
    member.older = this.newest;
    member.newer = undefined;
    if (this.newest === undefined) this.oldest = member;
    else this.newest.newer = member;
    this.newest = member;
    this.count++;
    this.bytes += member.bytes;
  }

  remove(member: Member): void {
    if (member.newer === undefined) this.newest = member.older;
    else member.newer.older = member.older;
    if (member.older === undefined) this.oldest = member.newer;
    else member.older.newer = member.newer;
    member.newer = undefined;
    member.older = undefined;
    this.count--;
    this.bytes -= member.bytes;
  }
}

/** The queues of one cache, typed by what its table holds. */
export class S3Fifo<M extends Member> {
  readonly #small = new Fifo();
  readonly #main = new Fifo();
  readonly #ghosts = new Fifo();
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #forget: (ghost: M) => void;

  /**
   * @param maxEntries - the most members, `Infinity` for any number
   * @param maxBytes - the most bytes of them
   * @param forget - called for a key that is remembered no longer
   */
  constructor(maxEntries: number, maxBytes: number, forget: (ghost: M) => void) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
    this.#forget = forget;
  }

  /** How many members there are, without the ghosts. */
  get count(): number {
    return this.#small.count + this.#main.count;
  }

  /** What they weigh. */
  get bytes(): number {
    return this.#small.bytes + this.#main.bytes;
  }

  /** Which bound is exceeded. */
  get over(): 'entries' | 'bytes' | undefined {
    if (this.count > this.#maxEntries) return 'entries';
    return this.bytes > this.#maxBytes ? 'bytes' : undefined;
  }

  /** Takes in what is new, or was a ghost. */
  add(member: M, bytes: number): void {
    const known = member.queue === 'ghost';
    if (known) this.#ghosts.remove(member);
    member.bytes = bytes;
    member.uses = 0;
    member.queue = known ? 'main' : 'small';
    (known ? this.#main : this.#small).push(member);
  }

  /** Gives a member another weight. */
  weigh(member: M, bytes: number): void {
    (member.queue === 'main' ? this.#main : this.#small).bytes += bytes - member.bytes;
    member.bytes = bytes;
  }

  /** Takes a member out, and remembers nothing of it. */
  remove(member: M): void {
    this.#queueOf(member)?.remove(member);
    member.queue = 'none';
  }

  /** Takes out the member that has to go, a ghost from here on or nothing; `undefined` when there is none. */
  evict(): M | undefined {
    while (this.count > 0) {
      const fromSmall = this.#smallIsFull() || this.#main.count === 0;
      const queue = fromSmall ? this.#small : this.#main;
      // SAFETY: only members of this type are added.
      const member = queue.oldest as M;
      queue.remove(member);
      if (member.uses > 0) {
        // Used since it was last looked at: it stays, for one use less where it was already.
        member.uses = fromSmall ? 0 : member.uses - 1;
        member.queue = 'main';
        this.#main.push(member);
        continue;
      }
      member.queue = 'none';
      if (fromSmall) this.#haunt(member);
      return member;
    }
    return undefined;
  }

  #smallIsFull(): boolean {
    return this.#small.count > this.#maxEntries * SMALL || this.#small.bytes > this.#maxBytes * SMALL;
  }

  /** As many ghosts as there are members in the main queue, and room for. */
  #haunt(member: M): void {
    const most = Number.isFinite(this.#maxEntries) ? this.#maxEntries * (1 - SMALL) : this.count;
    member.bytes = 0;
    member.queue = 'ghost';
    this.#ghosts.push(member);
    while (this.#ghosts.count > Math.max(1, most)) {
      // SAFETY: only members of this type are added.
      const ghost = this.#ghosts.oldest as M;
      this.remove(ghost);
      this.#forget(ghost);
    }
  }

  #queueOf({ queue }: Member): Fifo | undefined {
    if (queue === 'none') return undefined;
    return queue === 'small' ? this.#small : queue === 'main' ? this.#main : this.#ghosts;
  }
}
