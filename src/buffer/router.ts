import type { Lane } from './lane.ts';
import type { Pace } from './pace.ts';
import type { Pending, Table } from './pending.ts';

/** How many changes are routed between two looks at the time; their keys fit into a cache. */
const SLICE = 1024;

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
  /** Changes that are about to be routed. */
  readonly #slice: Pending[] = [];
  /** What was read of their keys ahead of its turn; kept, so that it is read. */
  readonly #ahead = new Uint16Array(SLICE);

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
    this.#slice.length = 0;
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
    const slice = this.#slice;
    const lanes = this.#lanes;
    let more = true;
    slice.length = 0;
    while (slice.length < SLICE) {
      const { value, done } = group.next();
      if (done === true) {
        more = false;
        break;
      }
      slice.push(value);
    }
    if (lanes.length > 1) this.#readAhead();
    for (const pending of slice) lanes[this.#routeOf(pending)]?.backlog.accept(pending, table);
    this.left -= slice.length;
    return more;
  }

  /**
   * Routing looks at the characters of keys, which lie anywhere in memory. Asked for one after the other with the work
   * between them, each would be waited for; asked for at once, they come together.
   */
  #readAhead(): void {
    const ahead = this.#ahead;
    let i = 0;
    for (const { partitionKey, key } of this.#slice) {
      const id = partitionKey ?? key;
      if (typeof id === 'string') ahead[i++] = id.charCodeAt(0) ^ id.charCodeAt(id.length - 1);
    }
  }
}
