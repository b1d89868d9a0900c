import type { Lane } from './lane.ts';
import type { Pace } from './pace.ts';
import { Hidden } from './pending.ts';
import type { Pending, Table } from './pending.ts';

/** How many changes are routed between two looks at how much was done. */
const SLICE = 1024;

/** Spreads frozen tables over partitions, in order, with bounded work a turn: writers never wait for it. */
export class Router {
  readonly #lanes: readonly Lane[];
  readonly #pace: Pace;
  readonly #routing: ((pending: Pending) => void) | undefined;
  readonly #routed: (table: Table) => void;
  /** Frozen and not all of it routed, oldest first. */
  readonly tables: Table[] = [];
  /** Changes that are in frozen tables only. */
  left = 0;
  #running = false;
  #ended = false;
  /** What is left of the first table. */
  #groups: Iterator<Pending>[] = [];

  constructor(
    lanes: readonly Lane[],
    pace: Pace,
    routing: ((pending: Pending) => void) | undefined,
    routed: (table: Table) => void,
  ) {
    this.#lanes = lanes;
    this.#pace = pace;
    this.#routing = routing;
    this.#routed = routed;
  }

  /** Takes a table that is no longer written; it is spread from the next turn on. */
  route(table: Table): void {
    this.tables.push(table);
    this.left += table.entries.size;
    if (this.#running) return;
    this.#running = true;
    this.#pace.turn(() => void this.#run());
  }

  /** Ends it: what no partition got. */
  end(): Pending[] {
    const others = this.tables.slice(this.#groups.length > 0 ? 1 : 0);
    const rest: Pending[] = [];
    for (const group of this.#groups) {
      for (let next = group.next(); next.done !== true; next = group.next()) rest.push(next.value);
    }
    this.#ended = true;
    this.tables.length = 0;
    this.left = 0;
    return [...rest, ...others.flatMap((table) => Array.from(table.entries.values()))];
  }

  async #run(): Promise<void> {
    if (this.#ended) return;
    for (let table = this.tables[0]; table !== undefined; table = this.tables[0]) {
      this.#groups = table.entries.groups();
      for (const group of this.#groups) {
        for (let more = true; more;) {
          more = this.#route(group, table);
          for (const lane of this.#lanes) lane.poke();
          await this.#pace.spend(SLICE);
          if (this.#ended) return;
        }
      }
      this.tables.shift();
      this.#groups = [];
      this.#routed(table);
      for (const lane of this.#lanes) {
        lane.backlog.complete(table);
        lane.poke();
      }
    }
    this.#running = false;
  }

  /** Routes some of a group; `false` when it has no more. */
  #route(group: Iterator<Pending>, table: Table): boolean {
    const lanes = this.#lanes;
    const routing = this.#routing;
    const [only] = lanes.length === 1 ? lanes : [];
    for (let left = SLICE; left > 0; left--) {
      const { value, done } = group.next();
      if (done === true) return false;
      routing?.(value);
      // Entries lie in memory in the order of their table, so that looking into each in turn is cheap.
      (only ?? lanes[Hidden.partition(value)])?.backlog.accept(value, table);
      this.left--;
    }
    return true;
  }
}
