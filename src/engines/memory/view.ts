import type { Stored } from '../../contract/core.ts';
import type { Stamp } from '../../contract/entry.ts';
import type { MapInfo } from '../../contract/maps.ts';
import type { Position } from '../../contract/position.ts';
import type { Block, Loaded, PointInTime } from '../../contract/services.ts';
import { infoOf } from './maps.ts';
import { closedError, type State, type Table } from './state.ts';

/** The most entries of a block. */
const BLOCK_ENTRIES = 1000;

/** What a map held. */
interface Part {
  readonly map: number;
  readonly entries: readonly Stored[];
  readonly stamps: ReadonlyMap<string, Stamp>;
}

/** Some maps as they stood at one version: a list of the entries there were, for these never change. */
export class View implements PointInTime {
  readonly position: Position;
  readonly maps: readonly MapInfo[];
  readonly #state: State;
  readonly #now: number;
  #parts: readonly Part[];
  #closed = false;

  constructor(state: State, tables: readonly Table[]) {
    this.#state = state;
    this.#now = state.clock.now();
    this.position = [state.version];
    this.maps = tables.map(infoOf);
    this.#parts = tables.map((table) => ({
      map: table.id,
      entries: table.entries.values(),
      stamps: stampsOf(table),
    }));
    state.views.add(this);
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
    this.#parts = [];
    this.#state.views.delete(this);
  }

  *#read(): Generator<Block, undefined, undefined> {
    for (const { map, entries, stamps } of this.#parts) {
      for (let at = 0; at < entries.length && !this.#closed; at += BLOCK_ENTRIES) {
        const block: Loaded[] = [];
        for (const { key, value, version, expiresAt = 0, shape = 0 } of entries.slice(
          at,
          at + BLOCK_ENTRIES,
        )) {
          if (expiresAt !== 0 && expiresAt <= this.#now) continue;
          block.push({ key, value, version, expiresAt, shape, stamp: stamps.get(key) });
        }
        if (block.length > 0) yield { kind: 'entries', map, entries: block };
      }
    }
  }
}

function stampsOf({ extras }: Table): ReadonlyMap<string, Stamp> {
  const stamps = new Map<string, Stamp>();
  for (const { key, stamp } of extras.values()) if (stamp !== undefined) stamps.set(key, stamp);
  return stamps;
}
