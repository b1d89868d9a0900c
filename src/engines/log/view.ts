import { MAX_BLOCK_BYTES } from '../../contract/limits.ts';
import type { MapInfo } from '../../contract/maps.ts';
import type { Position } from '../../contract/position.ts';
import type { Block, PointInTime } from '../../contract/services.ts';
import { Batches, readerOf } from './batches.ts';
import type { RecordReader } from '../../parts/record-reader.ts';
import { isSet } from './cursor.ts';
import { PLAIN } from './format.ts';
import { infoOf } from './maps.ts';
import { anyDead, deadIn, type Segment } from './segment.ts';
import { checkOpen, type State, type Table } from './state.ts';

/** Records are gathered to blocks of this many bytes. */
const BLOCK_BYTES = 256 * 1024;
/** A batch of fewer bytes is gathered with others. */
const LEAST_WHOLE = 16 * 1024;

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
  /** What stands in it is durable; what failed before is not in it. */
  readonly #durable: Promise<void>;
  #frozen: Frozen[];
  #closed = false;

  constructor(state: State, tables: readonly Table[]) {
    this.#state = state;
    this.#now = state.clock.now();
    this.#ids = new Set(tables.map(({ id }) => id));
    this.position = [state.version];
    this.#durable = state.commits.idle ? Promise.resolve() : state.commits.durable(state.version);
    this.#durable.catch(() => undefined);
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
        return {
          // Each block in a turn of its own, so that writers are served in between.
          next: async () => {
            await this.#durable;
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
      const { segment, tail, dead } = frozen;
      const { versionBase } = segment;
      const gather = new Gather(segment);
      const batches = new Batches(segment, tail);
      while (!this.#closed && batches.next()) {
        const { batch, from } = batches;
        const to = Math.min(batches.to, tail);
        if (
          batch === undefined ||
          (batch.flags & PLAIN) === 0 ||
          batches.to > tail ||
          anyDead(dead, from, to)
        ) {
          yield* this.#runs(frozen, gather, from, to);
          continue;
        }
        if (!this.#ids.has(batch.map)) continue;
        const { count, sum } = batch;
        if (to - from < LEAST_WHOLE) yield* gather.add(from, to, count);
        else if (to - from > MAX_BLOCK_BYTES && count > 1) yield* this.#runs(frozen, gather, from, to);
        else {
          const bytes = segment.bytes.subarray(from, to);
          yield { kind: 'records', count, mapBase: 0, versionBase, bytes, sum };
        }
      }
      if (!this.#closed) yield* gather.flush();
    }
    return undefined;
  }

  /** Gathers what stands of a batch, in runs of records that lie side by side. */
  *#runs({ segment, dead }: Frozen, gather: Gather, from: number, to: number): Generator<Block> {
    const reader = readerOf(segment);
    reader.end = from;
    let begin = 0;
    let end = 0;
    let count = 0;
    while (reader.end < to && reader.next()) {
      const stands = this.#stands(reader, dead);
      if (count > 0 && (!stands || reader.end - begin > BLOCK_BYTES)) {
        yield* gather.add(begin, end, count);
        count = 0;
      }
      if (!stands) continue;
      if (count === 0) begin = reader.at;
      end = reader.end;
      count++;
    }
    if (count > 0) yield* gather.add(begin, end, count);
  }

  #stands({ at, kind, map, expiresAt }: RecordReader, dead: Uint32Array): boolean {
    if (!isSet(kind) || deadIn(dead, at) || !this.#ids.has(map)) return false;
    return expiresAt === 0 || expiresAt > this.#now;
  }
}

/** Gathers runs of records of one segment to blocks. */
class Gather {
  readonly #segment: Segment;
  /** Where the runs begin and end, in turns. */
  readonly #ends: number[] = [];
  #bytes = 0;
  #count = 0;
  #buffer: Uint8Array = new Uint8Array(0);

  constructor(segment: Segment) {
    this.#segment = segment;
  }

  /** Adds a run; a block when one is full. */
  *add(from: number, to: number, count: number): Generator<Block> {
    if (this.#bytes + (to - from) > BLOCK_BYTES) yield* this.flush();
    if (this.#ends.at(-1) === from) this.#ends.pop();
    else this.#ends.push(from);
    this.#ends.push(to);
    this.#bytes += to - from;
    this.#count += count;
  }

  /** The block of what was gathered, if there is anything. */
  *flush(): Generator<Block> {
    if (this.#count === 0) return;
    const { versionBase } = this.#segment;
    const [count, bytes] = [this.#count, this.#joined()];
    this.#ends.length = 0;
    this.#bytes = 0;
    this.#count = 0;
    yield { kind: 'records', count, mapBase: 0, versionBase, bytes };
  }

  /** The runs in one piece, in memory that is used again: a block is void when the next one is asked for. */
  #joined(): Uint8Array {
    const { bytes, text } = this.#segment;
    const ends = this.#ends;
    if (ends.length === 2) return bytes.subarray(ends[0], ends[1]);
    if (this.#buffer.length < this.#bytes) this.#buffer = new Uint8Array(Math.max(this.#bytes, BLOCK_BYTES));
    let at = 0;
    for (let i = 0; i < ends.length; i += 2) at += text.copy(this.#buffer, at, ends[i], ends[i + 1]);
    return this.#buffer.subarray(0, at);
  }
}
