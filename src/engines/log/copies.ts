import { crc32 } from '../../parts/checksum.ts';
import { AT } from '../../parts/record.ts';
import { expiryAt, isSet, kindAt, lengthAt, mapAt, versionAt } from './cursor.ts';
import { BATCH_HEADER, PLAIN, writeBatchHeader } from './format.ts';
import { standsAt } from './indexing.ts';
import type { Segment } from './segment.ts';
import type { State } from './state.ts';

/** Copies are written in batches of this many bytes. */
const BATCH_BYTES = 1024 * 1024;

/** Where a record was and where its copy is. */
export interface Copy {
  readonly from: Segment;
  readonly offset: number;
  readonly to: number;
  readonly set: boolean;
}

/** Makes the copy of a record count, if the record still does. */
export function move(state: State, { from, offset, to, set }: Copy, into: Segment): void {
  if (!set) {
    const table = state.tables[mapAt(from, offset)];
    if (table?.definition?.segment === from && table.definition.offset === offset) {
      table.definition = { segment: into, offset: to };
    }
    return;
  }
  if (from.isDead(offset)) return;
  const table = state.tables[mapAt(from, offset)];
  if (table === undefined || !standsAt(state, table, from, offset)) return;
  table.directory.put(into.place, to);
  const length = lengthAt(into, to);
  from.markDead(offset);
  from.liveCount--;
  from.liveBytes -= length;
  into.unmark(to);
  into.liveCount++;
  into.liveBytes += length;
}

/** Appends copies to a segment, in batches. */
export class CopyWriter {
  readonly #into: Segment;
  #from = 0;
  #count = 0;
  #map = -1;

  constructor(into: Segment) {
    this.#into = into;
  }

  begin(bytes: number): void {
    const into = this.#into;
    if (this.#from > 0 && into.tail - this.#from > BATCH_BYTES) this.end();
    into.ensure(into.tail + BATCH_HEADER + bytes, Infinity);
    if (this.#from > 0) return;
    this.#from = into.tail;
    into.tail += BATCH_HEADER;
  }

  ended(end: number, map: number, dead: boolean): void {
    const into = this.#into;
    if (dead) into.markDead(into.tail);
    into.tail = end;
    this.#count++;
    this.#map = this.#map === -1 || this.#map === map ? map : 0;
  }

  /** Copies a record, with its full version, and returns where it went. */
  copy(from: Segment, offset: number, end: number): number {
    this.begin(end - offset);
    const into = this.#into;
    const at = into.tail;
    into.bytes.set(from.bytes.subarray(offset, end), at);
    const version = versionAt(from, offset);
    if (from.versionBase !== 0) {
      into.view.setUint32(at + AT.version, version >>> 0, true);
      into.view.setUint32(at + AT.version + 4, Math.floor(version / 2 ** 32), true);
      into.view.setUint32(at, crc32(into.bytes, into.view, at + 4, at + end - offset), true);
    }
    if (version > into.top) into.top = version;
    const kind = kindAt(from, offset);
    const map = isSet(kind) && expiryAt(from, offset) === 0 ? mapAt(from, offset) : 0;
    this.ended(at + end - offset, map, true);
    return at;
  }

  end(): void {
    const into = this.#into;
    if (this.#from === 0) return;
    writeBatchHeader(into.bytes, into.view, this.#from, into.header.salt, {
      length: into.tail - this.#from - BATCH_HEADER,
      count: this.#count,
      synced: 0,
      flags: this.#map > 0 ? PLAIN : 0,
      map: Math.max(this.#map, 0),
    });
    this.#from = 0;
    this.#count = 0;
    this.#map = -1;
  }
}
