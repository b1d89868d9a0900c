import type { Stamp } from '../../contract/entry.ts';
import type { RecordReader } from '../../parts/record-reader.ts';
import { readerOf } from './batches.ts';
import { bury, expireAt } from './apply.ts';
import { corrupt } from './errors.ts';
import { expiryAt, isRemoval, isSet, keyTextAt, kindAt, stampAt, versionAt } from './cursor.ts';
import { MAP, type MapRecord } from './format.ts';
import type { Hint } from './hint.ts';
import { KeyDirectory } from './key-directory.ts';
import { newTable } from './maps.ts';
import { eachRecord, readJson } from './recovery.ts';
import { segmentName } from './names.ts';
import type { Segment } from './segment.ts';
import { segmentAt, type State, type Table } from './state.ts';

/** The address of a record of a map. */
interface Address {
  readonly map: number;
  readonly segment: Segment;
  readonly offset: number;
}

/**
 * Fills the memory of a store from its segments, in whatever order they come: of each key the record
 * of the highest version counts. Removals stay in the directories until all is read, so that no older
 * record comes back.
 *
 * @returns the highest version there is
 */
export function indexSegments(state: State, segments: readonly Segment[]): number {
  const index = new Indexing(state);
  for (const segment of segments) index.add(segment);
  return index.finish();
}

/** Fills the memory of a store from what was left at its close. */
export function takeIndex(state: State, { state: { clean }, segments, tables, stamps }: Hint): void {
  state.version = clean;
  for (const segment of segments) state.segments[segment.place] = segment;
  for (const { table: left, directory, expiring } of tables) {
    const { id, name, codec, shape, stored, clearedAt, definition } = left;
    const table = newTable(id, name, { codec, shape, references: false }, directory);
    Object.assign(table, { stored, clearedAt });
    if (definition !== undefined) {
      const [place, offset] = definition;
      table.definition = { segment: segmentAt(state, place), offset };
    }
    state.tables[id] = table;
    state.names.set(name, table);
    for (let at = 0; at < expiring.length; at += 2) {
      const segment = segmentAt(state, expiring[at] ?? 0);
      const offset = expiring[at + 1] ?? 0;
      expireAt(state, table, keyTextAt(segment, offset), expiryAt(segment, offset));
    }
  }
  const now = state.clock.now();
  for (const [map, key, stamp, until] of stamps) {
    if (until <= now) continue;
    const exact = BigInt(stamp);
    const plain = Number(exact);
    state.tombstones.remember(
      map,
      key,
      Number.isSafeInteger(plain) ? plain : exact,
      until - state.settings.tombstoneMs,
    );
  }
}

/** A definition of a map and where it lies. */
interface Definition {
  readonly name: string;
  readonly record: MapRecord;
  readonly segment: Segment;
  readonly offset: number;
}

class Indexing {
  readonly #state: State;
  readonly #directories: (KeyDirectory | undefined)[] = [];
  readonly #definitions = new Map<number, Definition>();
  readonly #removals: Address[] = [];
  readonly #expiring: Address[] = [];
  #top = 0;

  constructor(state: State) {
    this.#state = state;
  }

  add(segment: Segment): void {
    // Of each map the last in the segment is the newest of the segment.
    const definitions = new Map<number, number>();
    eachRecord(segment, (reader) => {
      const { kind } = reader;
      if (isSet(kind)) this.#record(segment, reader, true);
      else if (isRemoval(kind)) this.#record(segment, reader, false);
      else {
        segment.markDead(reader.at);
        if (kind === MAP) definitions.set(reader.map, reader.at);
      }
    });
    for (const offset of definitions.values()) this.#define(segment, offset);
  }

  finish(): number {
    const state = this.#state;
    const tables = Array.from(this.#definitions, ([id, { name, record, segment, offset }]) => {
      const { codec, shape, stored, clearedAt } = record;
      const format = { codec, shape, references: false };
      const table = newTable(id, name, format, this.#directories[id]);
      table.definition = { segment, offset };
      table.stored = stored;
      table.clearedAt = clearedAt;
      state.tables[id] = table;
      state.names.set(name, table);
      return table;
    });
    this.#checkDefined();
    this.#removeRemovals();
    for (const table of tables) if (table.clearedAt > 0) clearOld(state, table);
    for (const { map, segment, offset } of this.#expiring) {
      const table = state.tables[map];
      if (table === undefined || !standsAt(state, table, segment, offset)) continue;
      expireAt(state, table, keyTextAt(segment, offset), expiryAt(segment, offset));
    }
    return this.#top;
  }

  #define(segment: Segment, offset: number): void {
    const reader = readerOf(segment);
    reader.end = offset;
    reader.next();
    const record = readJson<MapRecord>(reader);
    const known = this.#definitions.get(reader.map);
    if (known !== undefined && known.record.sequence > record.sequence) return;
    this.#state.sequence = Math.max(this.#state.sequence, record.sequence);
    this.#definitions.set(reader.map, {
      name: keyTextAt(segment, reader.at),
      record,
      segment,
      offset: reader.at,
    });
  }

  #record(segment: Segment, reader: RecordReader, set: boolean): void {
    const { at, end, map, version } = reader;
    const { probe, segments } = this.#state;
    if (version - segment.versionBase > segment.top) segment.top = version - segment.versionBase;
    if (version > this.#top) this.#top = version;
    const directory = (this.#directories[map] ??= new KeyDirectory());
    probe.bytes(segment.bytes, reader.keyAt, reader.valueAt - reader.keyAt);
    if (directory.find(probe, segments)) {
      const old = segments[directory.place] as Segment;
      const { offset } = directory;
      const other = versionAt(old, offset);
      if (other > version) {
        segment.markDead(at);
        segment.spentBytes += end - at;
        if (set && other > segment.deadBy) segment.deadBy = other;
        return;
      }
      if (isSet(kindAt(old, offset))) bury(old, offset, version);
    }
    directory.put(segment.place, at);
    if (set) {
      segment.liveCount++;
      segment.liveBytes += end - at;
      if (reader.expiresAt !== 0) this.#expiring.push({ map, segment, offset: at });
    } else {
      segment.markDead(at);
      segment.spentBytes += end - at;
      this.#removals.push({ map, segment, offset: at });
    }
  }

  /** Every entry belongs to a map that is defined. */
  #checkDefined(): void {
    const { files, tables, segments } = this.#state;
    for (const [id, directory] of this.#directories.entries()) {
      if (directory === undefined || directory.size === 0 || tables[id] !== undefined) continue;
      directory.forEach((place, offset) => {
        const name = segmentName((segments[place] as Segment).id);
        throw corrupt(files.where, name, offset, `a record of map ${id}, which is not defined`);
      });
    }
  }

  #removeRemovals(): void {
    const state = this.#state;
    const stamps: {
      readonly table: Table;
      readonly key: string;
      readonly stamp: Stamp;
      readonly until: number;
    }[] = [];
    for (const { map, segment, offset } of this.#removals) {
      const table = state.tables[map];
      if (table === undefined || !standsAt(state, table, segment, offset)) continue;
      table.directory.remove();
      const stamp = stampAt(segment, offset);
      const until = expiryAt(segment, offset);
      if (stamp === undefined || until <= state.clock.now() || versionAt(segment, offset) <= table.clearedAt)
        continue;
      stamps.push({ table, key: keyTextAt(segment, offset), stamp, until });
    }
    stamps.sort((a, b) => a.until - b.until);
    for (const { table, key, stamp, until } of stamps) {
      state.tombstones.remember(table.id, key, stamp, until - state.settings.tombstoneMs);
    }
  }
}

/** `true`, and found, when the record of its key is this one. */
export function standsAt(state: State, { directory }: Table, segment: Segment, offset: number): boolean {
  state.probe.record(segment.bytes, offset);
  return (
    directory.find(state.probe, state.segments) &&
    directory.place === segment.place &&
    directory.offset === offset
  );
}

/** Removes what was there before a map was cleared. */
function clearOld(state: State, table: Table): void {
  const old: Address[] = [];
  table.directory.forEach((place, offset) => {
    const segment = state.segments[place] as Segment;
    if (versionAt(segment, offset) <= table.clearedAt) old.push({ map: table.id, segment, offset });
  });
  for (const { segment, offset } of old) {
    if (!standsAt(state, table, segment, offset)) continue;
    table.directory.remove();
    bury(segment, offset, table.clearedAt);
  }
}
