import { performance } from 'node:perf_hooks';
import type { Progressed } from '../../contract/services.ts';
import { StoreError } from '../../base/errors.ts';
import { writeAll } from '../../fs/files.ts';
import { crc32 } from '../../parts/checksum.ts';
import { AT, encodeRecord, recordBound } from '../../parts/record.ts';
import { json, newSegment, rotate, writeState } from './append.ts';
import { readerOf, Batches } from './batches.ts';
import { expiryAt, isRemoval, isSet, lengthAt, kindAt, mapAt, versionAt } from './cursor.ts';
import { fileError } from './errors.ts';
import { BATCH_HEADER, COMPACTED, MAP, REPLACES, SEGMENT_HEADER, writeBatchHeader } from './format.ts';
import { standsAt } from './indexing.ts';
import { segmentName, unfinishedName } from './names.ts';
import { deadIn, type Segment } from './segment.ts';
import { addSegment, checkOpen, type State } from './state.ts';
import { syncSegments } from './syncing.ts';
import { type Doomed, removalsNeeded } from './removals.ts';

/** Records are copied in slices of this many bytes, each in a turn of its own. */
const SLICE_BYTES = 256 * 1024;
/** While the event loop is busier than this, compaction that nobody asked for waits … */
const BUSY = 0.8;
/** … unless so much more is dead than it takes to begin. */
const FORCED = 2;
/** How long it waits before it looks again, in milliseconds. */
const PAUSE_MS = 250;

/** Runs compactions, one at a time. */
export interface Compactor {
  /** Compacts everything. */
  all(onProgress: (progress: Progressed) => void): Promise<void>;
  /** Ends what is under way. */
  stop(): Promise<void>;
}

export function compactorOf(state: State): Compactor {
  let queue: Promise<unknown> = Promise.resolve();
  let stopped = false;
  let waiting = false;
  let cancel: (() => void) | undefined;
  let busyBefore = performance.eventLoopUtilization();

  const run = (work: () => Promise<void>): Promise<void> => {
    const done = queue.then(work);
    queue = done.catch(() => undefined);
    return done;
  };

  const later = (): void => {
    if (waiting || stopped) return;
    waiting = true;
    cancel = state.clock.after(PAUSE_MS, () => void look(), true);
  };

  const look = async (): Promise<void> => {
    waiting = false;
    cancel = undefined;
    const due = dueBy(state);
    if (due < 1 || stopped) return;
    const busy = performance.eventLoopUtilization(busyBefore).utilization;
    busyBefore = performance.eventLoopUtilization();
    if (busy > BUSY && due < FORCED) return later();
    await run(() => (stopped ? Promise.resolve() : new Compaction(state, () => stopped).worst())).catch(() => undefined);
    if (dueBy(state) >= 1) later();
  };

  state.onDead = () => {
    if (!waiting && !stopped && dueBy(state) >= 1) later();
  };
  return {
    all: (onProgress) => run(() => new Compaction(state, () => stopped).all(onProgress)),
    async stop() {
      stopped = true;
      cancel?.();
      await queue;
    },
  };
}

/** `Services.compact`. */
export async function compact(
  state: State,
  compactor: Compactor,
  onProgress: (progress: Progressed) => void,
): Promise<void> {
  checkOpen(state);
  state.wheel.sweep();
  state.tombstones.prune(state.clock.now());
  await compactor.all(onProgress);
}

/** From 1 up compaction is due. */
function dueBy(state: State): number {
  const { compactAt, compactBytes } = state.settings;
  if (compactAt >= 1 || state.closed) return 0;
  let all = 0;
  let dead = 0;
  for (const segment of state.segments) {
    if (segment === undefined || segment.staged || segment === state.active) continue;
    all += segment.tail;
    dead += segment.tail - segment.liveBytes;
  }
  if (dead <= compactBytes || all === 0) return 0;
  return dead / all / compactAt;
}

/** One run: takes segments together and leaves one in their place that holds what stands. */
class Compaction {
  readonly #state: State;
  readonly #stopped: () => boolean;

  constructor(state: State, stopped: () => boolean) {
    this.#state = state;
    this.#stopped = stopped;
  }

  /** Compacts all segments that hold something dead. */
  async all(onProgress: (progress: Progressed) => void): Promise<void> {
    const state = this.#state;
    checkOpen(state);
    if (state.active.tail > SEGMENT_HEADER) rotate(state);
    await state.commits.durable(state.version);
    await state.commits.settle();
    checkOpen(state);
    const least = state.settings.segmentBytes / 4;
    let left = this.#candidates().filter(({ spentBytes, tail }) => spentBytes > 0 || tail < least);
    if (left.length === 1 && left[0]?.spentBytes === 0) left = [];
    const total = left.reduce((sum, { tail }) => sum + tail, 0);
    let done = 0;
    onProgress({ done, total, unit: 'bytes' });
    while (left.length > 0) {
      const group = this.#group(left);
      await this.#merge(group);
      left = left.filter((segment) => !group.includes(segment));
      done += group.reduce((sum, { tail }) => sum + tail, 0);
      onProgress({ done, total, unit: 'bytes' });
    }
  }

  /** Compacts the segments of which the largest part is dead. */
  async worst(): Promise<void> {
    const dead = (segment: Segment): number => 1 - segment.liveBytes / segment.tail;
    const worst = this.#candidates()
      .filter((segment) => dead(segment) > 0.25)
      .sort((a, b) => dead(b) - dead(a));
    const group = this.#group(worst).sort((a, b) => a.id - b.id);
    if (group.length > 0) await this.#merge(group);
  }

  #candidates(): Segment[] {
    return this.#state.segments.flatMap((segment) =>
      segment !== undefined && segment.sealed && !segment.staged && segment.file === undefined ? [segment] : [],
    );
  }

  /** As many segments as leave one that is not too long. */
  #group(segments: readonly Segment[]): Segment[] {
    const group: Segment[] = [];
    let live = 0;
    for (const segment of segments) {
      if (group.length > 0 && live + segment.liveBytes > this.#state.settings.segmentBytes) break;
      live += segment.liveBytes;
      group.push(segment);
    }
    return group;
  }

  async #merge(group: readonly Segment[]): Promise<void> {
    const state = this.#state;
    const frozen = group.map((segment) => ({ segment, dead: segment.dead.slice() }));
    // What is dead by now must stay dead.
    await state.commits.durable(state.version);
    const into = newSegment(COMPACTED, state.nextSegment++, 0);
    into.staged = true;
    into.sealed = true;
    addSegment(state, into);
    try {
      const copies = await this.#copy(group, frozen, into);
      await this.#write(into);
      await this.#swap(group, into, copies);
    } catch (error) {
      if (into.staged) await this.#discard(into);
      throw error instanceof StoreError ? error : fileError('compaction failed', error);
    }
  }

  /** Copies what stood, and removals that are still needed; pairs of old and new addresses. */
  async #copy(
    group: readonly Segment[],
    frozen: readonly { readonly segment: Segment; readonly dead: Uint32Array }[],
    into: Segment,
  ): Promise<Copy[]> {
    const state = this.#state;
    const doomed: Doomed[] = [];
    const copies: Copy[] = [];
    const floor = group.reduce((most, { deadBy }) => Math.max(most, deadBy), state.floor);
    const replaces = json({ segments: group.map(({ id }) => id), floor });
    const batch = new Batch(into);
    into.ensure(group.reduce((sum, { tail }) => sum + tail, 65_536), Infinity);
    batch.begin(recordBound('', replaces));
    batch.ended(
      encodeRecord(into.bytes, into.view, into.tail, REPLACES, 0, '', replaces, 0, 0, 0, undefined),
      0,
      true,
    );
    let slice = 0;
    for (const { segment, dead } of frozen) {
      const batches = new Batches(segment);
      const reader = readerOf(segment);
      while (batches.next()) {
        reader.end = batches.from;
        while (reader.end < batches.to && reader.next()) {
          const { at, end, kind } = reader;
          const keep = isSet(kind) ? !deadIn(dead, at) : kind === MAP && this.#isDefinition(segment, at);
          if (keep) copies.push({ from: segment, offset: at, to: batch.copy(segment, at, end), set: isSet(kind) });
          else if (isRemoval(kind)) doomed.push({ segment, offset: at });
          slice += end - at;
          if (slice < SLICE_BYTES) continue;
          slice = 0;
          await this.#turn();
        }
      }
    }
    for (const { segment, offset } of await removalsNeeded(state, group, doomed, () => this.#turn())) {
      const length = lengthAt(segment, offset);
      batch.copy(segment, offset, offset + length);
      into.spentBytes += length;
    }
    batch.end();
    return copies;
  }

  #isDefinition(segment: Segment, offset: number): boolean {
    const table = this.#state.tables[mapAt(segment, offset)];
    return table?.definition === undefined || (table.definition.segment === segment && table.definition.offset === offset);
  }

  async #write(into: Segment): Promise<void> {
    const { files } = this.#state;
    const file = await files.open(unfinishedName(into.id), 'create', false);
    try {
      for (let at = 0; at < into.tail; at += SLICE_BYTES * 4) {
        await writeAll(file, into.bytes.subarray(at, Math.min(into.tail, at + SLICE_BYTES * 4)), at);
        await this.#turn();
      }
      await file.sync();
    } finally {
      await file.close();
    }
    into.room = into.tail;
    into.begun = true;
    // What was left out is superseded by what lies in other segments: no loss of power may take that back.
    await syncSegments(this.#state, () => true);
    await files.rename(unfinishedName(into.id), segmentName(into.id));
    await files.sync();
  }

  /** Brings the copies to count, and removes what they were made of. */
  async #swap(group: readonly Segment[], into: Segment, copies: readonly Copy[]): Promise<void> {
    const state = this.#state;
    for (let taken = -1; taken !== state.takenBack;) {
      taken = state.takenBack;
      let n = 0;
      for (const copy of copies) {
        move(state, copy, into);
        if (++n % 4096 === 0) await this.#turn();
      }
      // Until this is durable, a failed write may still bring back what the old segments hold.
      await state.commits.durable(state.version).catch(() => undefined);
      checkOpen(state);
    }
    into.staged = false;
    const floor = group.reduce((most, { deadBy }) => Math.max(most, deadBy), state.floor);
    state.floor = Math.max(state.floor, floor);
    into.deadBy = 0;
    for (const segment of group) state.segments[segment.place] = undefined;
    writeState(state);
    await state.commits.durable(state.version + 1);
    await state.commits.settle();
    for (const { id } of group) await state.files.remove(segmentName(id));
    await state.files.sync();
  }

  async #discard(into: Segment): Promise<void> {
    const { segments, files } = this.#state;
    segments[into.place] = undefined;
    await files.remove(unfinishedName(into.id)).catch(() => undefined);
    await files.remove(segmentName(into.id)).catch(() => undefined);
  }

  async #turn(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (this.#stopped()) throw new StoreError('CLOSED', 'the store was closed');
  }
}

/** Where a record was and where its copy is. */
interface Copy {
  readonly from: Segment;
  readonly offset: number;
  readonly to: number;
  readonly set: boolean;
}

/** Makes the copy of a record count, if the record still does. */
function move(state: State, { from, offset, to, set }: Copy, into: Segment): void {
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
class Batch {
  readonly #into: Segment;
  #from = 0;
  #count = 0;
  #map = -1;

  constructor(into: Segment) {
    this.#into = into;
  }

  begin(bytes: number): void {
    const into = this.#into;
    if (this.#from > 0 && into.tail - this.#from > SLICE_BYTES * 4) this.end();
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
      flags: this.#map > 0 ? 1 : 0,
      map: Math.max(this.#map, 0),
    });
    this.#from = 0;
    this.#count = 0;
    this.#map = -1;
  }
}
