import { StoreError } from '../../base/errors.ts';
import type { Block, EntryBlock, LoadRequest, RecordBlock } from '../../contract/services.ts';
import { crc32 } from '../../parts/checksum.ts';
import { RecordReader } from '../../parts/record-reader.ts';
import { AT, encodeRecord, recordBound, SET_BYTES, SET_NUMBER } from '../../parts/record.ts';
import { admit, beginGroup, definitionBytes, writeMap, writeState } from './append.ts';
import { expireAt } from './apply.ts';
import { isSet, keyTextAt } from './cursor.ts';
import { KeyDirectory } from './key-directory.ts';
import { hashOf } from './key-probe.ts';
import { LoadWriter } from './load-writer.ts';
import { openTable } from './maps.ts';
import { eachRecord } from './recovery.ts';
import { buryTables } from './replacing.ts';
import type { Segment } from './segment.ts';
import { SortedFill } from './sorted-fill.ts';
import { checkOpen, type State, type Table } from './state.ts';

/** A map that is being loaded. */
interface Target {
  readonly map: LoadRequest['maps'][number];
  readonly table: Table;
  readonly directory: KeyDirectory;
  readonly fill: SortedFill;
}

/**
 * `Services.load`. The entries go to segments of their own, which count for nothing until one commit
 * says that they do. Watchers see nothing of it: the lineage is new, and every feed gets `gap`.
 */
export async function load(state: State, request: LoadRequest): Promise<number> {
  checkOpen(state);
  const loading = new Loading(state, request);
  try {
    for await (const block of request.blocks) {
      checkOpen(state);
      loading.take(block);
    }
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
  readonly #writer: LoadWriter;
  /** Segments with entries that expire. */
  readonly #expiring = new Set<Segment>();
  #placed = false;

  constructor(state: State, request: LoadRequest) {
    this.#state = state;
    this.#request = request;
    const { maps } = request;
    this.#targets = new Map(
      maps.map((map) => {
        const directory = KeyDirectory.withRoom(map.expected?.entries ?? 0);
        const fill = new SortedFill(directory);
        return [map.id, { map, table: openTable(state, map.name, map), directory, fill }];
      }),
    );
    this.#writer = new LoadWriter(
      state,
      sumOf(maps, ({ expected }) => expected?.bytes ?? 0),
    );
  }

  take(block: Block): void {
    const now = this.#state.clock.now();
    if (block.kind === 'records') this.#takeRecords(block, now);
    else this.#takeEntries(block, now);
  }

  #takeEntries({ map, entries }: EntryBlock, now: number): void {
    const target = this.#targetOf(map);
    const { table, fill } = target;
    const { probe } = this.#state;
    for (const { key, value, expiresAt, shape, stamp } of entries) {
      if (expiresAt !== 0 && expiresAt <= now) continue;
      const cell = value as Uint8Array | number;
      const segment = this.#writer.room(recordBound(key, cell));
      const { bytes, view, tail } = segment;
      const kind = typeof cell === 'number' ? SET_NUMBER : SET_BYTES;
      const to = encodeRecord(bytes, view, tail, kind, table.id, key, cell, 0, expiresAt, shape, stamp);
      probe.text(key);
      if (fill.full) this.#flush(target);
      fill.add(probe.hash, segment.place, tail);
      this.#writer.added(segment, to, 1, expiresAt === 0 ? table.id : 0);
      if (expiresAt !== 0) this.#expiring.add(segment);
    }
  }

  /** Takes records where they lie, with other map ids and without versions. */
  #takeRecords(block: RecordBlock, now: number): void {
    const segment = this.#writer.room(block.bytes.length);
    segment.bytes.set(block.bytes, segment.tail);
    const reader = new RecordReader(
      segment.bytes.subarray(0, segment.tail + block.bytes.length),
      block.mapBase,
    );
    reader.end = segment.tail;
    for (let more = reader.next(); more;) more = this.#takeRun(reader, segment, now);
  }

  /** Takes the records of one map that lie side by side; `false` when nothing follows them. */
  #takeRun(reader: RecordReader, segment: Segment, now: number): boolean {
    const { map } = reader;
    const target = this.#targetOf(map);
    const { table, fill } = target;
    const { bytes, view, place } = segment;
    const { seed } = this.#state.probe;
    let to = segment.tail;
    let count = 0;
    let expires = false;
    let more = true;
    for (; more && reader.map === map; more = reader.next()) {
      const { at, end, keyAt, valueAt, expiresAt } = reader;
      if (!isSet(reader.kind)) throw new StoreError('CORRUPT', `a record of kind ${reader.kind} is no entry`);
      if (expiresAt !== 0) {
        if (expiresAt <= now) continue;
        expires = true;
      }
      if (to !== at) bytes.copyWithin(to, at, end);
      view.setUint16(to + AT.map, table.id, true);
      view.setFloat64(to + AT.version, 0, true);
      view.setUint32(to, crc32(bytes, view, to + 4, to + end - at), true);
      if (fill.full) this.#flush(target);
      fill.add(hashOf(seed, bytes, to + keyAt - at, valueAt - keyAt), place, to);
      to += end - at;
      count++;
    }
    if (expires) this.#expiring.add(segment);
    this.#writer.added(segment, to, count, expires ? 0 : table.id);
    return more;
  }

  #targetOf(map: number): Target {
    const target = this.#targets.get(map);
    if (target === undefined)
      throw new StoreError('CORRUPT', `an entry of map ${map}, which is not announced`);
    return target;
  }

  /** Indexes and writes what is left. */
  async finish(): Promise<void> {
    for (const target of this.#targets.values()) this.#flush(target);
    await this.#writer.finish();
  }

  #flush({ fill }: Target): void {
    const { segments } = this.#state;
    const known = fill.flush(segments);
    if (known !== undefined) throw twice(keyTextAt(segments[known.place] as Segment, known.offset));
  }

  /** Makes the entries count. Nothing in here waits, and nothing fails after the checks. */
  place(): number {
    const state = this.#state;
    const { segments } = this.#writer;
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
    const targets = Array.from(this.#targets.values());
    const unbury = buryTables(
      state,
      targets.map(({ table }) => table),
      clearedAt,
    );
    const restores = targets.map((target) => replaceTable(state, target, clearedAt));
    for (const segment of segments) {
      segment.staged = false;
      segment.versionBase = version;
    }
    for (const segment of this.#expiring) this.#expire(segment);
    state.lineage = newLineage();
    state.floor = version;
    const count = sumOf(segments, ({ liveCount }) => liveCount);
    for (const { table } of this.#targets.values()) writeMap(state, table);
    writeState(state, {}, () => {
      Object.assign(state, before);
      for (const restore of restores) restore();
      unbury();
      this.#placed = false;
      for (const segment of segments) segment.staged = true;
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
    if (!this.#placed) await this.#writer.discard();
  }

  #expire(segment: Segment): void {
    eachRecord(segment, (reader) => {
      const table = this.#state.tables[reader.map];
      if (reader.expiresAt === 0 || !isSet(reader.kind) || table === undefined) return;
      expireAt(this.#state, table, reader.key(), reader.expiresAt);
    });
  }
}

/** Gives a map its new entries; what takes that back. */
function replaceTable(state: State, { map, table, directory }: Target, clearedAt: number): () => void {
  const { format, stored, clearedAt: clearedBefore, directory: old } = table;
  table.ordered = undefined;
  state.tombstones.forgetMap(table.id);
  table.format = { codec: map.codec, shape: map.shape, references: false };
  table.stored = true;
  table.clearedAt = clearedAt;
  table.directory = directory;
  return () => {
    Object.assign(table, { format, stored, clearedAt: clearedBefore, directory: old, ordered: undefined });
  };
}

function twice(key: string): StoreError {
  return new StoreError('CORRUPT', `key ${JSON.stringify(key)} comes twice`);
}

function sumOf<T>(all: readonly T[], numberOf: (each: T) => number): number {
  return all.reduce((sum, each) => sum + numberOf(each), 0);
}

/** A fresh identity of a history. */
export function newLineage(): string {
  return crypto.randomUUID().replaceAll('-', '');
}
