import { randomInt } from 'node:crypto';
import { StoreError } from '../../base/errors.ts';
import type { Stamp } from '../../contract/entry.ts';
import { encodeRecord, recordBound, SET_NUMBER } from '../../parts/record.ts';
import {
  BATCH_HEADER,
  BEFORE_IS_SYNCED,
  FORMAT,
  GROUP,
  MAP,
  type MapRecord,
  ORDINARY,
  STATE,
  type StateRecord,
} from './format.ts';
import { Segment } from './segment.ts';
import { addSegment, checkOpen, type State, type Table, type Undo } from './state.ts';

/** Versions reserved at a time. */
export const RESERVE: number = 2 ** 30;

const NOTHING: Omit<Undo, 'place' | 'offset'> = {
  table: undefined,
  oldPlace: 0,
  oldOffset: 0,
  stamp: undefined,
  also: undefined,
};

/**
 * Refuses a write that cannot be taken now; nothing may have been changed before.
 *
 * @param frees - it makes room, and is taken from what is kept back for that
 * @throws StoreError `CLOSED`, `POISONED`, or `FULL` when too much waits for the disk
 */
export function admit(state: State, bytes: number, frees = false): void {
  const { commits, settings } = state;
  if (commits.pendingBytes > 0 && commits.pendingBytes + bytes > settings.pendingBytes) {
    throw new StoreError(
      'FULL',
      `${commits.pendingBytes} bytes wait for the disk, at most ${settings.pendingBytes} may: wait for durable()`,
    );
  }
  if (state.reserve.spent && !frees) {
    checkOpen(state);
    // Whoever made room elsewhere need not say so.
    void state.reserve.make();
    throw new StoreError(
      'FULL',
      'the disk is full: remove entries and compact, or make room, then try again',
    );
  }
  if (state.version + 2 >= state.reserved) {
    checkOpen(state);
    throw new StoreError('FULL', 'the versions that are reserved are used up: wait for durable()');
  }
}

/** Makes room for so many bytes of records in one batch of one segment. */
export function makeRoom(state: State, bytes: number): void {
  if (state.commits.grouped) return;
  const { active, settings, commits } = state;
  const need = active.tail + BATCH_HEADER + bytes;
  if (need > settings.segmentBytes && commits.holdsRecords(active)) rotate(state);
  // One whose first batch was taken back lacks what every segment begins with.
  else if (!commits.holdsRecords(active) && !state.beginning) begin(state);
  const { tail } = state.active;
  state.active.ensure(tail + BATCH_HEADER + bytes, settings.segmentBytes);
}

/** Begins a new segment. */
export function rotate(state: State): void {
  const before = state.active;
  const id = state.nextSegment++;
  const flags = state.settings.durability === 'disk' ? BEFORE_IS_SYNCED : 0;
  const segment = newSegment(ORDINARY, id, flags, before);
  addSegment(state, segment);
  before.sealed = true;
  state.active = segment;
  state.commits.rotated(before);
  begin(state);
}

/** Every segment begins with the state of the store. */
function begin(state: State): void {
  state.beginning = true;
  writeState(state);
  state.beginning = false;
}

export function newSegment(kind: number, id: number, flags: number, before?: Segment): Segment {
  const salt = randomInt(1, 2 ** 32);
  const { id: previous = 0, tail: previousTail = 0 } = before ?? {};
  return new Segment({ format: FORMAT, kind, id, previous, flags, salt, previousTail });
}

/** Appends a record, for which there is room, and returns its offset in the active segment. */
export function append(
  state: State,
  kind: number,
  map: number,
  key: string,
  value: Uint8Array | number | undefined,
  version: number,
  expiresAt: number,
  shape: number,
  stamp: Stamp | undefined,
): number {
  const { active, commits } = state;
  const offset = commits.begin(active);
  const end = encodeRecord(
    active.bytes,
    active.view,
    offset,
    kind,
    map,
    key,
    value,
    version,
    expiresAt,
    shape,
    stamp,
  );
  active.tail = end;
  if (version > active.top) active.top = version;
  commits.added(end - offset, kind === 1 || kind === SET_NUMBER ? (expiresAt === 0 ? map : 0) : 0);
  return offset;
}

/** Says that so many records that follow are one commit. */
export function beginGroup(state: State, count: number, bytes: number): void {
  makeRoom(state, bytes + 128);
  control(state, GROUP, 0, '', count);
}

/** Makes the state of the store a record; it is returned. */
export function writeState(state: State, change: Partial<StateRecord> = {}, also?: () => void): StateRecord {
  // First, for it may write a state itself, and the numbers must go up.
  makeRoom(state, 512 + 64 * (state.segments.length + 1));
  const record: StateRecord = {
    sequence: ++state.sequence,
    lineage: state.lineage,
    reserved: state.reserving,
    clean: 0,
    floor: state.floor,
    segments: state.segments.flatMap((segment) =>
      segment === undefined || segment.staged
        ? []
        : [[segment.id, segment.sealed ? segment.tail : 0] as const],
    ),
    bases: state.segments.flatMap((segment) =>
      segment === undefined || segment.staged || segment.versionBase === 0
        ? []
        : [[segment.id, segment.versionBase] as const],
    ),
    ...change,
  };
  control(state, STATE, 0, '', json(record), also);
  return record;
}

/** The definition of a map takes no more bytes than this. */
export function definitionBytes({ name, format }: Pick<Table, 'name' | 'format'>): number {
  return 512 + name.length + format.codec.length * 6;
}

/** Makes the definition of a map a record. */
export function writeMap(state: State, table: Table, also?: () => void): void {
  const { codec, shape } = table.format;
  const { stored, clearedAt } = table;
  const record: MapRecord = { sequence: ++state.sequence, codec, shape, stored, clearedAt };
  const bytes = json(record);
  makeRoom(state, recordBound(table.name, bytes));
  const { definition } = table;
  const offset = control(state, MAP, table.id, table.name, bytes, () => {
    table.definition = definition;
    also?.();
  });
  table.definition = { segment: state.active, offset };
}

function control(
  state: State,
  kind: number,
  map: number,
  key: string,
  value: Uint8Array | number,
  also?: () => void,
): number {
  const offset = append(state, kind, map, key, value, 0, 0, 0, undefined);
  state.active.markDead(offset);
  state.commits.note({ ...NOTHING, place: state.active.place, offset, also });
  return offset;
}

const encoder = new TextEncoder();

/** The bytes of a control record. */
export function json(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}
