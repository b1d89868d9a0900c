import type { MapInfo } from '../../contract/maps.ts';
import type { Position } from '../../contract/position.ts';
import type { Block, Loaded, PointInTime } from '../../contract/services.ts';
import { infoOf } from './maps.ts';
import { closedError, type Keeper, countObservers, type Node, type State, type Table } from './state.ts';

/** The most entries of a block. */
const BLOCK_ENTRIES = 1000;

/**
 * Some maps as they stood at one version. Beginning it notes which entries there are; what they hold
 * is read block by block, and an entry that is written or removed before is kept aside as it was.
 */
export class View implements PointInTime, Keeper {
  readonly position: Position;
  readonly maps: readonly MapInfo[];
  readonly #state: State;
  readonly #version: number;
  readonly #now: number;
  #nodes: ReadonlyMap<Table, readonly Node[]>;
  /** What entries were before their first change since. */
  readonly #kept = new Map<Node, Loaded>();
  #closed = false;

  constructor(state: State, tables: readonly Table[]) {
    this.#state = state;
    this.#version = state.version;
    this.#now = state.clock.now();
    this.position = [state.version];
    this.maps = tables.map(infoOf);
    this.#nodes = new Map(tables.map((table) => [table, table.entries.values()]));
    state.views.add(this);
    countObservers(state);
  }

  keep(table: Table, node: Node): void {
    if (node.version <= this.#version && this.#nodes.has(table)) this.#kept.set(node, loaded(node));
  }

  blocks(): AsyncIterable<Block> {
    return {
      [Symbol.asyncIterator]: () => {
        const blocks = this.#read();
        return {
          // Each block in a turn of its own, so that writers are served in between.
          next: async () => {
            await new Promise((resolve) => setImmediate(resolve));
            if (this.#state.closed && !this.#closed) throw closedError();
            return blocks.next();
          },
          return: async () => {
            blocks.return(undefined);
            return { done: true, value: undefined };
          },
        };
      },
    };
  }

  close(): void {
    this.#closed = true;
    this.#nodes = new Map();
    this.#kept.clear();
    this.#state.views.delete(this);
    countObservers(this.#state);
  }

  *#read(): Generator<Block, undefined, undefined> {
    for (const [{ id }, nodes] of this.#nodes) {
      for (let at = 0; at < nodes.length && !this.#closed; at += BLOCK_ENTRIES) {
        const entries: Loaded[] = [];
        for (const node of nodes.slice(at, at + BLOCK_ENTRIES)) {
          const entry = this.#kept.get(node) ?? loaded(node);
          if (entry.expiresAt === 0 || entry.expiresAt > this.#now) entries.push(entry);
        }
        if (entries.length > 0) yield { kind: 'entries', map: id, entries };
      }
    }
  }
}

function loaded({ key, value, version, expiresAt, shape, extra }: Node): Loaded {
  return { key, value, version, expiresAt, shape, stamp: extra?.stamp };
}
