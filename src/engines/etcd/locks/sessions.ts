import type { Cluster } from '../link/cluster.ts';
import { secondsOf, Session } from './session.ts';

/** The sessions of this process: one for each length, as long as it can be relied on. */
export class Sessions {
  readonly #cluster: Cluster;
  /** The one on which locks are taken, by length. */
  readonly #current = new Map<number, Promise<Session>>();
  readonly #all = new Set<Session>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  get size(): number {
    return this.#all.size;
  }

  /** A session on which a lock may be taken. */
  async take(leaseMs: number): Promise<Session> {
    const seconds = secondsOf(leaseMs);
    for (;;) {
      let current = this.#current.get(seconds);
      if (current === undefined) {
        current = this.#begin(leaseMs);
        this.#current.set(seconds, current);
      }
      try {
        const session = await current;
        if (session.isFresh) return session;
        if (session.users === 0) this.#retire(session);
      } finally {
        // The next one begins another, unless this one is good.
        const known = await current.catch(() => undefined);
        if (known?.isFresh !== true && this.#current.get(seconds) === current) this.#current.delete(seconds);
      }
    }
  }

  /** Ends all sessions, and with them all locks of this process. */
  async close(): Promise<void> {
    const all = [...this.#all];
    this.#all.clear();
    await Promise.allSettled(all.map((session) => session.end()));
  }

  async #begin(leaseMs: number): Promise<Session> {
    const session = new Session(this.#cluster, leaseMs);
    await session.begin();
    for (const other of this.#all) if (other.over !== undefined) this.#all.delete(other);
    this.#all.add(session);
    return session;
  }

  #retire(session: Session): void {
    this.#all.delete(session);
    void session.end().catch(() => undefined);
  }
}
