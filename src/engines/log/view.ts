import { MAX_BLOCK_BYTES } from '../../contract/limits.ts';
import type { MapInfo } from '../../contract/maps.ts';
import type { Position } from '../../contract/position.ts';
import type { Block, PointInTime } from '../../contract/services.ts';
import { Batches, readerOf } from './batches.ts';
import { isSet } from './cursor.ts';
import { PLAIN } from './format.ts';
import { infoOf } from './maps.ts';
import { anyDead, deadIn, type Segment } from './segment.ts';
import { checkOpen, type State, type Table } from './state.ts';

/** Records are gathered to blocks of this many bytes. */
const BLOCK_BYTES = 256 * 1024;

/** A segment as it stood. */
interface Frozen {
  readonly segment: Segment;
  readonly tail: number;
  readonly dead: Uint32Array;
}

/**
 * Some maps as they stood at one version. Nothing that stood then is ever written over, so all that
 * has to be kept is which records did: a bit each.
 */
export class View implements PointInTime {
  readonly position: Position;
  readonly maps: readonly MapInfo[];
  readonly #state: State;
  readonly #ids: ReadonlySet<number>;
  readonly #now: number;
  #frozen: Frozen[];
  #closed = false;

  constructor(state: State, tables: readonly Table[]) {
    this.#state = state;
    this.#now = state.clock.now();
    this.#ids = new Set(tables.map(({ id }) => id));
    this.position = [state.version];
    this.maps = tables.map(infoOf);
    this.#frozen = state.segments.flatMap((segment) =>
      segment === undefined || segment.staged || segment.liveCount === 0
        ? []
        : [{ segment, tail: segment.tail, dead: segment.dead.slice() }],
    );
  }

  blocks(): AsyncIterable<Block> {
    return {
      [Symbol.asyncIterator]: () => {
        const blocks = this.#read();
        const durable = this.#state.commits.durable(this.position[0] ?? 0);
        durable.catch(() => undefined);
        return {
          // Each block in a turn of its own, so that writers are served in between.
          next: async () => {
            await durable;
            await new Promise((resolve) => setImmediate(resolve));
            if (!this.#closed) checkOpen(this.#state);
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
    this.#frozen = [];
  }

  *#read(): Generator<Block, undefined, undefined> {
    for (const frozen of this.#frozen) {
      const { segment, tail } = frozen;
      const gather = new Gather(segment.versionBase);
      const batches = new Batches(segment, tail);
      while (!this.#closed && batches.next()) {
        const { batch, from, to } = batches;
        if (batch !== undefined && this.#whole(frozen, batch.flags, batch.map, from, to)) {
          const rest = gather.flush();
          if (rest !== undefined) yield rest;
          yield {
            kind: 'records',
            count: batch.count,
            mapBase: 0,
            versionBase: segment.versionBase,
            bytes: segment.bytes.subarray(from, to),
          };
          continue;
        }
        const reader = readerOf(segment);
        reader.end = from;
        while (reader.end < Math.min(to, tail) && reader.next()) {
          const { at, end, map, kind, expiresAt } = reader;
          if (!isSet(kind) || deadIn(frozen.dead, at) || !this.#ids.has(map)) continue;
          if (expiresAt !== 0 && expiresAt <= this.#now) continue;
          const full = gather.add(segment.bytes, at, end);
          if (full !== undefined) yield full;
        }
      }
      const rest = gather.flush();
      if (rest !== undefined && !this.#closed) yield rest;
    }
    return undefined;
  }

  /** `true` when a batch can go as it is. */
  #whole({ dead, tail }: Frozen, flags: number, map: number, from: number, to: number): boolean {
    if ((flags & PLAIN) === 0 || to > tail || to - from > MAX_BLOCK_BYTES || to - from < BLOCK_BYTES / 16)
      return false;
    return this.#ids.has(map) && !anyDead(dead, from, to);
  }
}

/** Gathers records to a block. */
class Gather {
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #count = 0;
  readonly #versionBase: number;

  constructor(versionBase: number) {
    this.#versionBase = versionBase;
  }

  /** Adds a record; a block when one is full. */
  add(bytes: Uint8Array, from: number, to: number): Block | undefined {
    const full = this.#bytes + (to - from) > BLOCK_BYTES ? this.flush() : undefined;
    this.#parts.push(bytes.subarray(from, to));
    this.#bytes += to - from;
    this.#count++;
    return full;
  }

  flush(): Block | undefined {
    if (this.#count === 0) return undefined;
    const bytes = Buffer.concat(this.#parts, this.#bytes);
    const count = this.#count;
    this.#parts = [];
    this.#bytes = 0;
    this.#count = 0;
    return { kind: 'records', count, mapBase: 0, versionBase: this.#versionBase, bytes };
  }
}
