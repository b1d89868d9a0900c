import { StoreError } from '../../base/errors.ts';
import type { Block, LoadRequest, RecordBlock } from '../../contract/services.ts';
import { entriesOf } from '../../parts/blocks.ts';
import { crc32 } from '../../parts/checksum.ts';
import { RecordReader } from '../../parts/record-reader.ts';
import { AT, encodeRecord, recordBound, SET_BYTES, SET_NUMBER } from '../../parts/record.ts';
import { writeAll } from '../../fs/files.ts';
import { admit, beginGroup, definitionBytes, newSegment, writeMap, writeState } from './append.ts';
import { bury, expireAt } from './apply.ts';
import { expiryAt, isSet, keyTextAt, lengthAt } from './cursor.ts';
import { fileError } from '../../fs/errors.ts';
import { BATCH_HEADER, LOADED, PLAIN, writeBatchHeader } from './format.ts';
import { KeyDirectory } from './key-directory.ts';
import { openTable } from './maps.ts';
import { segmentName } from './names.ts';
import { eachRecord } from './recovery.ts';
import type { Segment } from './segment.ts';
import { addSegment, checkOpen, segmentAt, type State, type Table } from './state.ts';

/** Records are written to batches of this length. */
const BATCH_BYTES = 1024 * 1024;

/** A map that is being loaded. */
interface Target {
  readonly map: LoadRequest['maps'][number];
  readonly table: Table;
  readonly directory: KeyDirectory;
}

/**
 * `Services.load`. The entries go to segments of their own, which count for nothing until one commit
 * says that they do. Watchers see nothing of it: the lineage is new, and every feed gets `gap`.
 */
export async function load(state: State, request: LoadRequest): Promise<number> {
  checkOpen(state);
  const loading = new Loading(state, request);
  try {
    for await (const block of request.blocks) await loading.take(block);
    await loading.finish();
    checkOpen(state);
    const count = loading.place();
    await state.commits.durable(state.version);
    // Another batch behind it proves that it was synced, so that damage to it can be told from a crash.
    writeState(state);
    await state.commits.durable(state.version + 1);
    return count;
  } catch (error) {
    await loading.discard();
    throw error;
  }
}

class Loading {
  readonly #state: State;
  readonly #request: LoadRequest;
  readonly #targets: ReadonlyMap<number, Target>;
  readonly #segments: Segment[] = [];
  #batchAt = 0;
  #count = 0;
  #map = -1;
  #placed = false;

  constructor(state: State, request: LoadRequest) {
    this.#state = state;
    this.#request = request;
    this.#targets = new Map(
      request.maps.map((map) => [
        map.id,
        { map, table: openTable(state, map.name, map), directory: new KeyDirectory() },
      ]),
    );
  }

  async take(block: Block): Promise<void> {
    const now = this.#state.clock.now();
    if (block.kind === 'records' && this.#lasting(block, now)) return this.#takeRecords(block);
    for (const { map, key, value, expiresAt, shape, stamp } of entriesOf(block)) {
      const target = this.#targets.get(map);
      if (target === undefined)
        throw new StoreError('CORRUPT', `an entry of map ${map}, which is not announced`);
      const cell = value as Uint8Array | number;
      const segment = await this.#room(recordBound(key, cell));
      const offset = segment.tail;
      const { table, directory } = target;
      segment.tail = encodeRecord(
        segment.bytes,
        segment.view,
        offset,
        typeof cell === 'number' ? SET_NUMBER : SET_BYTES,
        table.id,
        key,
        cell,
        0,
        expiresAt,
        shape,
        stamp,
      );
      this.#count++;
      const plain = expiresAt === 0 ? table.id : 0;
      this.#map = this.#map === -1 || this.#map === plain ? plain : 0;
      this.#state.probe.text(key);
      if (directory.find(this.#state.probe, this.#state.segments)) {
        throw new StoreError('CORRUPT', `key ${JSON.stringify(key)} comes twice`);
      }
      if (expiresAt !== 0 && expiresAt <= now) {
        segment.tail = offset;
        this.#count--;
        continue;
      }
      directory.put(segment.place, offset);
      segment.liveCount++;
      segment.liveBytes += segment.tail - offset;
    }
  }

  /** `true` when the records may go as they lie: all of them are entries of announced maps, and stand. */
  #lasting(block: RecordBlock, now: number): boolean {
    const reader = new RecordReader(block.bytes, block.mapBase);
    while (reader.next()) {
      const { kind, map, expiresAt } = reader;
      if (!isSet(kind) || !this.#targets.has(map) || (expiresAt !== 0 && expiresAt <= now)) return false;
    }
    return true;
  }

  /** Takes records where they lie, with other map ids and without versions. */
  async #takeRecords(block: RecordBlock): Promise<void> {
    const segment = await this.#room(block.bytes.length);
    const begin = segment.tail;
    segment.bytes.set(block.bytes, begin);
    segment.tail = begin + block.bytes.length;
    const { bytes, view, place } = segment;
    const { probe, segments } = this.#state;
    const reader = new RecordReader(bytes.subarray(0, segment.tail), block.mapBase);
    reader.end = begin;
    while (reader.next()) {
      const { at, end } = reader;
      const { table, directory } = this.#targets.get(reader.map) as Target;
      view.setUint16(at + AT.map, table.id, true);
      view.setFloat64(at + AT.version, 0, true);
      view.setUint32(at, crc32(bytes, view, at + 4, end), true);
      probe.bytes(bytes, reader.keyAt, reader.valueAt - reader.keyAt);
      if (directory.find(probe, segments)) {
        throw new StoreError('CORRUPT', `key ${JSON.stringify(reader.key())} comes twice`);
      }
      directory.put(place, at);
      const plain = reader.expiresAt === 0 ? table.id : 0;
      this.#map = this.#map === -1 || this.#map === plain ? plain : 0;
    }
    this.#count += block.count;
    segment.liveCount += block.count;
    segment.liveBytes += block.bytes.length;
  }

  /** Writes what is left. */
  async finish(): Promise<void> {
    const last = this.#segments.at(-1);
    if (last === undefined) return;
    this.#endBatch(last);
    await this.#write(last);
    await this.#state.files.sync().catch((error: unknown) => {
      throw fileError('a loaded segment could not be written', error);
    });
  }

  /** Makes the entries count. Nothing in here waits, and nothing fails after the checks. */
  place(): number {
    const state = this.#state;
    const { maps, replace } = this.#request;
    admit(state, 1024 * maps.length);
    state.wheel.sweep();
    for (const { table } of this.#targets.values()) {
      const { size } = table.directory;
      if (size > 0 && !replace) {
        const message = `map ${table.name}: written while it was being loaded; it holds ${size} entries`;
        throw new StoreError('CONFLICT', message);
      }
    }
    // First, for it may begin a segment, whose state must not name what does not count yet.
    beginGroup(state, this.#targets.size + 1, this.#commitBytes());
    state.commits.grouped = true;
    const before = { lineage: state.lineage, floor: state.floor };
    const clearedAt = ++state.version;
    const version = ++state.version;
    const restores = Array.from(this.#targets.values(), (target) => replaceTable(state, target, clearedAt));
    for (const segment of this.#segments) {
      segment.staged = false;
      segment.versionBase = version;
      this.#expire(segment);
    }
    state.lineage = newLineage();
    state.floor = version;
    const count = this.#segments.reduce((sum, { liveCount }) => sum + liveCount, 0);
    for (const { table } of this.#targets.values()) writeMap(state, table);
    writeState(state, {}, () => {
      Object.assign(state, before);
      for (const restore of restores) restore();
      this.#placed = false;
      for (const segment of this.#segments) segment.staged = true;
    });
    state.commits.grouped = false;
    this.#placed = true;
    state.feeds.reset(state.version);
    for (const feed of state.prefaced) feed.retract(-1);
    return count;
  }

  #commitBytes(): number {
    const definitions = Array.from(this.#targets.values(), ({ map }) =>
      definitionBytes({ name: map.name, format: map }),
    );
    return definitions.reduce((sum, bytes) => sum + bytes, 1024 + 64 * (this.#state.segments.length + 1));
  }

  /** Removes what does not count. */
  async discard(): Promise<void> {
    if (this.#placed) return;
    for (const segment of this.#segments) {
      this.#state.segments[segment.place] = undefined;
      await segment.file?.close().catch(() => undefined);
      segment.file = undefined;
      if (segment.begun) await this.#state.files.remove(segmentName(segment.id)).catch(() => undefined);
    }
  }

  #expire(segment: Segment): void {
    if (this.#targets.size === 0) return;
    eachRecord(segment, (reader) => {
      const table = this.#state.tables[reader.map];
      if (reader.expiresAt === 0 || !isSet(reader.kind) || table === undefined) return;
      expireAt(this.#state, table, reader.key(), reader.expiresAt);
    });
  }

  /** A segment with room for a record. */
  async #room(bytes: number): Promise<Segment> {
    const { segmentBytes } = this.#state.settings;
    let segment = this.#segments.at(-1);
    if (segment !== undefined && segment.tail - this.#batchAt > BATCH_BYTES) this.#endBatch(segment);
    if (
      segment === undefined ||
      (segment.liveCount > 0 && segment.tail + BATCH_HEADER + bytes > segmentBytes)
    ) {
      if (segment !== undefined) {
        this.#endBatch(segment);
        await this.#write(segment);
        checkOpen(this.#state);
      }
      segment = newSegment(LOADED, this.#state.nextSegment++, 0);
      segment.staged = true;
      segment.sealed = true;
      addSegment(this.#state, segment);
      this.#segments.push(segment);
      this.#batchAt = 0;
    }
    segment.ensure(segment.tail + BATCH_HEADER + bytes, segmentBytes);
    if (this.#batchAt === 0) {
      this.#batchAt = segment.tail;
      segment.tail += BATCH_HEADER;
    }
    return segment;
  }

  #endBatch(segment: Segment): void {
    const from = this.#batchAt;
    if (from === 0) return;
    const map = Math.max(0, this.#map);
    writeBatchHeader(segment.bytes, segment.view, from, segment.header.salt, {
      length: segment.tail - from - BATCH_HEADER,
      count: this.#count,
      synced: 0,
      flags: map > 0 ? PLAIN : 0,
      map,
    });
    this.#batchAt = 0;
    this.#count = 0;
    this.#map = -1;
  }

  async #write(segment: Segment): Promise<void> {
    try {
      const file = await this.#state.files.open(segmentName(segment.id), 'create', false);
      segment.file = file;
      segment.begun = true;
      await writeAll(file, segment.bytes.subarray(0, segment.tail), 0);
      await file.sync();
      segment.file = undefined;
      await file.close();
      segment.room = segment.tail;
    } catch (error) {
      throw fileError('a loaded segment could not be written', error);
    }
  }
}

/** Gives a map its new entries; what takes that back. */
function replaceTable(state: State, { map, table, directory }: Target, clearedAt: number): () => void {
  const { format, stored, clearedAt: clearedBefore, directory: old } = table;
  old.forEach((place, offset) => bury(segmentAt(state, place), offset, clearedAt));
  for (const key of table.expiring.keys()) expireAt(state, table, key, 0);
  table.ordered = undefined;
  state.tombstones.forgetMap(table.id);
  table.format = { codec: map.codec, shape: map.shape, references: false };
  table.stored = true;
  table.clearedAt = clearedAt;
  table.directory = directory;
  return () => {
    for (const key of table.expiring.keys()) expireAt(state, table, key, 0);
    Object.assign(table, { format, stored, clearedAt: clearedBefore, directory: old, ordered: undefined });
    old.forEach((place, offset) => {
      const segment = segmentAt(state, place);
      const length = lengthAt(segment, offset);
      segment.unmark(offset);
      segment.liveCount++;
      segment.liveBytes += length;
      segment.spentBytes -= length;
      const expiresAt = expiryAt(segment, offset);
      if (expiresAt !== 0) expireAt(state, table, keyTextAt(segment, offset), expiresAt);
    });
  };
}

/** A fresh identity of a history. */
export function newLineage(): string {
  return crypto.randomUUID().replaceAll('-', '');
}
