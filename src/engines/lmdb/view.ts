import type { MapInfo } from '../../contract/maps.ts';
import type { Position } from '../../contract/position.ts';
import type { Block, Loaded, PointInTime } from '../../contract/services.ts';
import { retire } from './compact.ts';
import type { Environment, Moment } from './environment.ts';
import { behindMap, mapPrefix } from './keys.ts';
import { formatOf, infoOf, noteAt, type MapNote } from './maps.ts';
import { decodeRow } from './row.ts';
import { type State, type Table, checkOpen } from './state.ts';

/** A block ends with so many entries, or so many bytes. */
const BLOCK_ENTRIES = 1000;
const BLOCK_BYTES = 1024 * 1024;

/** A map as it stood at the moment of the view. */
interface Seen {
  readonly info: MapInfo;
  readonly note: MapNote | undefined;
}

/** Some maps as they stood at one version, read from one read transaction. */
export class View implements PointInTime {
  readonly position: Position;
  readonly maps: readonly MapInfo[];
  readonly environment: Environment;
  readonly #state: State;
  readonly #moment: Moment;
  readonly #now: number;
  readonly #seen: readonly Seen[];
  #closed = false;

  /** To be made at a moment in which nothing is being committed. */
  constructor(state: State, tables: readonly Table[]) {
    this.#state = state;
    this.environment = state.environment;
    this.#now = state.clock.now();
    this.position = [state.commits.durable];
    this.environment.renew();
    this.#moment = this.environment.moment();
    state.views.add(this);
    this.#seen = tables.map((table) => this.#see(table));
    this.maps = this.#seen.map(({ info }) => info);
  }

  blocks(): AsyncIterable<Block> {
    return {
      [Symbol.asyncIterator]: () => {
        const blocks = this.#read();
        return {
          // Each block in a turn of its own, so that writers are served in between.
          next: async () => {
            await new Promise((resolve) => setImmediate(resolve));
            checkOpen(this.#state);
            return this.#closed ? { done: true, value: undefined } : blocks.next();
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
    if (this.#closed) return;
    this.#closed = true;
    this.#state.views.delete(this);
    this.#moment.done();
    void retire(this.#state, this.environment);
  }

  #see(table: Table): Seen {
    const { meta } = this.environment.trees;
    const info = infoOf(table);
    const note = noteAt(table.name, (key) => {
      const bytes = meta.getBinaryFast(key, { transaction: this.#moment });
      return bytes === undefined
        ? undefined
        : new Uint8Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + meta.lastSize));
    });
    return { info: note?.stored === true ? { ...info, ...formatOf(note) } : info, note };
  }

  *#read(): Generator<Block, undefined, undefined> {
    for (const { info, note } of this.#seen) {
      if (note === undefined) continue;
      const prefix = mapPrefix(note.storage);
      for (let start = prefix; ;) {
        const { entries, last } = this.#block(start, behindMap(note.storage), note.loadedAt);
        if (entries.length > 0) yield { kind: 'entries', map: info.id, entries };
        if (last === undefined || this.#closed) break;
        start = last + '\0';
      }
    }
  }

  #block(start: string, end: string, loadedAt: number): { entries: Loaded[]; last: string | undefined } {
    const entries: Loaded[] = [];
    let last: string | undefined;
    let bytes = 0;
    const range = { start, end, limit: BLOCK_ENTRIES, transaction: this.#moment };
    for (const { key, value } of this.environment.trees.entries.getRange(range)) {
      last = key;
      bytes += value.length;
      const row = decodeRow(key, value, value.length, loadedAt, false);
      if (row.expiresAt === 0 || row.expiresAt > this.#now) entries.push(row);
      if (bytes > BLOCK_BYTES) break;
    }
    return { entries, last };
  }
}
