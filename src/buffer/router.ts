import type { Lane } from './lane.ts';
import type { Pace } from './pace.ts';
import type { Pending, Table } from './pending.ts';

/** Spreads frozen tables over partitions, in order, with bounded work a turn: writers never wait for it. */
export class Router {
  readonly #lanes: readonly Lane[];
  readonly #pace: Pace;
  readonly #routeOf: (pending: Pending) => number;
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
    routeOf: (pending: Pending) => number,
    routed: (table: Table) => void,
  ) {
    this.#lanes = lanes;
    this.#pace = pace;
    this.#routeOf = routeOf;
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
          more = this.#slice(group, table);
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
  #slice(group: Iterator<Pending>, table: Table): boolean {
    for (let i = 0; i < SLICE; i++) {
      const { value, done } = group.next();
      if (done === true) return false;
      this.#lanes[this.#routeOf(value)]?.backlog.accept(value, table);
      this.left--;
    }
    return true;
  }
}

/** How many changes are routed between two looks at the time. */
const SLICE = 1024;
