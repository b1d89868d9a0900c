import { deferred, type Deferred } from '../../base/deferred.ts';
import { StoreError } from '../../base/errors.ts';
import type { Files } from '../../fs/files.ts';
import { writeAll } from '../../fs/files.ts';
import { fileError, isFull } from '../../fs/errors.ts';
import { BATCH_HEADER, PLAIN, SEGMENT_HEADER, writeBatchHeader } from './format.ts';
import { segmentName } from './names.ts';
import type { Segment } from './segment.ts';

/** What a group commit works for. */
export interface CommitHost<Note> {
  readonly files: Files;
  /** `true`: a write counts when it is on disk; `false`: when the system has it. */
  readonly through: boolean;
  /** The most bytes of room that a file is given at a time. */
  readonly roomBytes: number;
  /** The newest version that was taken. */
  version(): number;
  /** Everything up to a version is durable. */
  durable(version: number): void;
  /** Takes back what the notes say, newest first, and all that lies in the segments from an offset on. */
  takeBack(notes: readonly Note[], from: Segment, offset: number): void;
  /** The disk is full: gives up what was kept back. */
  full(): Promise<void>;
  /** Nothing is certain any more. */
  poison(error: StoreError): void;
}

/** The part of a batch that lies in one segment. */
interface Piece {
  readonly segment: Segment;
  readonly from: number;
  to: number;
  count: number;
  /** The map of all records, as long as they are sets of one map that never expire; 0 otherwise. */
  map: number;
}

interface Batch<Note> {
  readonly pieces: Piece[];
  notes: Note[];
  bytes: number;
  upTo: number;
  promise: Deferred<void> | undefined;
}

/** Versions that were taken back, and why. */
interface Failed {
  readonly from: number;
  readonly to: number;
  readonly error: StoreError;
}

const RESOLVED: Promise<void> = Promise.resolve();
/** Room is given to a file in steps from this length up. */
const LEAST_ROOM = 16 * 1024;
const MOST_ROOM = 4 * 1024 * 1024;
/** A batch that is longer gets a successor. */
const MOST_PIECE = 1024 * 1024;
const MOST_FAILED = 1000;
let zeros: Uint8Array | undefined;

/**
 * Brings accepted records to the disk: what gathers while a batch is being written makes up the next
 * one, so that one write and one sync serve all who wait. The bytes are written from where they lie
 * in memory.
 */
export class GroupCommit<Note = unknown> {
  /** Bytes accepted and not yet durable. */
  pendingBytes = 0;
  /** Everything up to here is durable. */
  durableVersion = 0;
  /** While a commit of several records is being accepted: there is room for all of it. */
  grouped = false;
  readonly #host: CommitHost<Note>;
  #gathering: Batch<Note> = emptyBatch();
  #piece: Piece | undefined;
  #flight: Batch<Note> | undefined;
  #scheduled = false;
  #running: Promise<void> | undefined;
  #stopped = false;
  #failed: Failed[] = [];
  /** Segments that got a successor and whose files are still open. */
  #toSeal: Segment[] = [];

  constructor(host: CommitHost<Note>) {
    this.#host = host;
  }

  /** `true`: nothing waits for the disk. */
  get idle(): boolean {
    return this.#flight === undefined && this.#gathering.pieces.length === 0;
  }

  /** `true` when a segment has records. */
  holdsRecords(segment: Segment): boolean {
    return segment.tail > SEGMENT_HEADER;
  }

  /** Where the next record begins. */
  begin(segment: Segment): number {
    const piece = this.#piece;
    if (piece?.segment !== segment || (segment.tail - piece.from > MOST_PIECE && !this.grouped)) {
      this.#piece = { segment, from: segment.tail, to: 0, count: 0, map: -1 };
      this.#gathering.pieces.push(this.#piece);
      segment.tail += BATCH_HEADER;
      this.#schedule();
    }
    return segment.tail;
  }

  /** Counts a record. @param map - of a set that never expires; 0 for other records */
  added(bytes: number, map: number): void {
    const piece = this.#piece as Piece;
    piece.to = piece.segment.tail;
    piece.count++;
    piece.map = piece.map === -1 || piece.map === map ? map : 0;
    this.#gathering.bytes += bytes;
    this.pendingBytes += bytes;
  }

  note(note: Note): void {
    this.#gathering.notes.push(note);
  }

  /** Says that a segment has a successor. */
  rotated(before: Segment): void {
    this.#toSeal.push(before);
  }

  /** Resolves when everything up to a version is durable. */
  durable(upTo: number): Promise<void> {
    if (upTo <= this.durableVersion && this.#failed.length === 0) return RESOLVED;
    if (this.#failed.length > 0) {
      const failed = this.#failed.find(({ from, to }) => upTo > from && upTo <= to);
      if (failed !== undefined) return Promise.reject(failed.error);
    }
    if (upTo <= this.durableVersion || this.idle) return RESOLVED;
    const flight = this.#flight;
    const batch =
      flight !== undefined && (upTo <= flight.upTo || this.#gathering.pieces.length === 0)
        ? flight
        : this.#gathering;
    return (batch.promise ??= deferred()).promise;
  }

  /** The parts of the log whose batch headers may not be there yet, in order. */
  unwritten(): {
    readonly segment: Segment;
    readonly from: number;
    readonly records: number;
    readonly to: number;
  }[] {
    return [...(this.#flight?.pieces ?? []), ...this.#gathering.pieces].map(({ segment, from, to }) => ({
      segment,
      from,
      records: from + BATCH_HEADER,
      to,
    }));
  }

  /** Resolves when nothing waits any more, whatever became of it. */
  async settle(): Promise<void> {
    while (!this.idle && !this.#stopped) {
      this.#running ??= this.#run();
      await this.#running;
    }
    await this.#running;
  }

  /** Ends the work: what was not handed to the disk never will be. */
  stop(): void {
    this.#stopped = true;
  }

  /** Closes the files of segments that got a successor. */
  async seal(): Promise<void> {
    for (let at = 0; at < this.#toSeal.length;) {
      const segment = this.#toSeal[at] as Segment;
      if (this.#gathering.pieces.some((piece) => piece.segment === segment)) {
        at++;
        continue;
      }
      this.#toSeal.splice(at, 1);
      const { file, tail, room } = segment;
      segment.file = undefined;
      if (file === undefined) continue;
      try {
        // Room that is not used is given back; where that fails, zeros remain, which do no harm.
        if (room > tail) await file.truncate(tail);
      } catch {}
      await file.close().catch(() => undefined);
    }
  }

  #schedule(): void {
    if (this.#scheduled || this.#running !== undefined || this.#stopped) return;
    this.#scheduled = true;
    // Behind all that is ready to run: who writes in the same turn shares the batch.
    process.nextTick(() => {
      this.#scheduled = false;
      this.#running ??= this.#run();
    });
  }

  async #run(): Promise<void> {
    while (this.#gathering.pieces.length > 0 && !this.#stopped) {
      const batch = this.#take();
      if (!(await this.#commit(batch))) break;
      // Those who waited write again before the next batch is taken.
      await new Promise<void>((resolve) => process.nextTick(resolve));
    }
    this.#running = undefined;
    if (this.#gathering.pieces.length > 0) this.#schedule();
  }

  #take(): Batch<Note> {
    const batch = this.#gathering;
    batch.upTo = this.#host.version();
    this.#flight = batch;
    this.#gathering = emptyBatch();
    this.#piece = undefined;
    return batch;
  }

  async #commit(batch: Batch<Note>): Promise<boolean> {
    try {
      for (const piece of batch.pieces) await this.#write(piece);
    } catch (error) {
      await this.#fail(batch, error);
      return false;
    }
    this.#flight = undefined;
    this.pendingBytes -= batch.bytes;
    this.durableVersion = batch.upTo;
    this.#host.durable(batch.upTo);
    batch.promise?.resolve();
    if (this.#toSeal.length > 0) await this.seal();
    return true;
  }

  async #write(piece: Piece): Promise<void> {
    const { segment, from, to, count, map } = piece;
    const { through } = this.#host;
    const file = (segment.file ??= await this.#begin(segment));
    writeBatchHeader(segment.bytes, segment.view, from, segment.header.salt, {
      length: to - from - BATCH_HEADER,
      count,
      synced: segment.synced,
      flags: map > 0 ? PLAIN : 0,
      map: Math.max(map, 0),
    });
    if (through && to > segment.room) await this.#makeRoom(segment, to);
    try {
      await writeAll(file, segment.bytes.subarray(from, to), from);
    } catch (error) {
      throw through && !isFull(error) ? uncertain(error) : error;
    }
    if (through) segment.synced = to;
  }

  /** Creates the file of a segment. */
  async #begin(segment: Segment): Promise<NonNullable<Segment['file']>> {
    const { files, through } = this.#host;
    const file = await files.open(segmentName(segment.id), 'create', through);
    segment.file = file;
    await writeAll(file, segment.bytes.subarray(0, SEGMENT_HEADER), 0);
    try {
      // Whatever durable means: a segment whose header is missing cannot be told from a damaged one.
      await file.sync();
      await files.sync();
    } catch (error) {
      throw uncertain(error);
    }
    segment.begun = true;
    if (through) segment.synced = SEGMENT_HEADER;
    segment.room = SEGMENT_HEADER;
    return file;
  }

  /** Gives the file room behind what is to be written, so that writes need not change its length. */
  async #makeRoom(segment: Segment, to: number): Promise<void> {
    const length = Math.min(Math.max(segment.room, LEAST_ROOM), MOST_ROOM, this.#host.roomBytes);
    segment.room = to + length;
    zeros ??= new Uint8Array(MOST_ROOM);
    try {
      await segment.file?.write(zeros.subarray(0, length), to);
    } catch {
      // It was only for speed: the write itself says what is wrong.
    }
  }

  async #fail(batch: Batch<Note>, cause: unknown): Promise<void> {
    const first = batch.pieces[0] as Piece;
    if (!(cause instanceof Uncertain)) {
      try {
        await this.#cutFiles(batch);
        if (isFull(cause)) await this.#host.full();
        return this.#giveBack(batch, first, fileError('the log could not be written', cause));
      } catch (error) {
        return this.#poison(batch, error);
      }
    }
    this.#poison(batch, cause.cause);
  }

  /** Removes from the files what was written of a batch. */
  async #cutFiles({ pieces }: Batch<Note>): Promise<void> {
    const { files, through } = this.#host;
    const kept = pieces[0] as Piece;
    for (const { segment } of pieces.toReversed()) {
      if (segment !== kept.segment) await this.#removeFile(segment, files);
    }
    if (!kept.segment.begun) return this.#removeFile(kept.segment, files);
    const { file } = kept.segment;
    await file?.truncate(kept.from);
    kept.segment.room = kept.from;
    if (through) await file?.sync();
  }

  async #removeFile(segment: Segment, files: Files): Promise<void> {
    const { file } = segment;
    if (file === undefined) return;
    segment.file = undefined;
    await file.close().catch(() => undefined);
    await files.remove(segmentName(segment.id));
  }

  #giveBack(batch: Batch<Note>, { segment, from }: Piece, error: StoreError): void {
    const rest = this.#gathering;
    const to = this.#host.version();
    this.#failed.push({ from: this.durableVersion, to, error });
    if (this.#failed.length > MOST_FAILED) this.#failed.shift();
    this.#flight = undefined;
    this.#gathering = emptyBatch();
    this.#piece = undefined;
    this.#toSeal = this.#toSeal.filter(({ id }) => id < segment.id);
    this.pendingBytes = 0;
    this.#host.takeBack([...batch.notes, ...rest.notes].reverse(), segment, from);
    this.durableVersion = to;
    batch.promise?.reject(error);
    rest.promise?.reject(error);
  }

  #poison(batch: Batch<Note>, cause: unknown): void {
    const message = `the log could not be synced, what was written may or may not be on disk: ${String(cause)}`;
    const error = new StoreError('UNKNOWN_OUTCOME', message, { cause });
    this.#stopped = true;
    const rest = this.#gathering;
    this.#failed.push({ from: this.durableVersion, to: Infinity, error });
    this.#flight = undefined;
    this.#gathering = emptyBatch();
    this.#host.poison(error);
    batch.promise?.reject(error);
    rest.promise?.reject(error);
  }
}

/** A failure after which nobody knows what is on disk. */
class Uncertain extends Error {}

function uncertain(cause: unknown): Uncertain {
  return new Uncertain('uncertain', { cause });
}

function emptyBatch<Note>(): Batch<Note> {
  return { pieces: [], notes: [], bytes: 0, upTo: 0, promise: undefined };
}
