import type { Progressed } from '../../contract/services.ts';
import { StoreError } from '../../base/errors.ts';
import { writeAll } from '../../fs/files.ts';
import { encodeRecord, recordBound } from '../../parts/record.ts';
import { json, newSegment, rotate, writeState } from './append.ts';
import { Batches, readerOf } from './batches.ts';
import { isRemoval, isSet, lengthAt, mapAt } from './cursor.ts';
import { type Copy, CopyWriter, move } from './copies.ts';
import { fileError } from '../../fs/errors.ts';
import { COMPACTED, MAP, REPLACES, SEGMENT_HEADER } from './format.ts';
import { segmentName, unfinishedName } from './names.ts';
import { type Doomed, removalsNeeded } from './removals.ts';
import { deadIn, type Segment } from './segment.ts';
import { addSegment, checkOpen, type State } from './state.ts';
import { syncSegments } from './syncing.ts';

/** Records are copied in slices of this many bytes, each in a turn of its own. */
const SLICE_BYTES = 256 * 1024;

/** One run: takes segments together and leaves one in their place that holds what stands. */
export class Compaction {
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
    // Where there is hardly any room, one by one, and first those that take the least.
    const tight = state.reserve.spent;
    if (tight) left.sort((a, b) => a.liveBytes - b.liveBytes);
    while (left.length > 0) {
      const group = tight ? left.slice(0, 1) : this.#group(left);
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
      segment !== undefined && segment.sealed && !segment.staged && segment.file === undefined
        ? [segment]
        : [],
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
    const batch = new CopyWriter(into);
    into.ensure(
      group.reduce((sum, { tail }) => sum + tail, 65_536),
      Infinity,
    );
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
          if (keep)
            copies.push({ from: segment, offset: at, to: batch.copy(segment, at, end), set: isSet(kind) });
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
    return (
      table?.definition === undefined ||
      (table.definition.segment === segment && table.definition.offset === offset)
    );
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
    state.indexed = false;
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
    state.indexed = true;
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
