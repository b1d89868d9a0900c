import type { Cell, Stored } from '../../contract/core.ts';
import type { Stamp } from '../../contract/entry.ts';
import { DELETED, EXPIRED, recordBound, SET_BYTES, SET_NUMBER } from '../../parts/record.ts';
import { append, beginGroup, definitionBytes, makeRoom, writeMap } from './append.ts';
import {
  cellCopyAt,
  expiryAt,
  isSet,
  keyTextAt,
  kindAt,
  lengthAt,
  shapeAt,
  stampAt,
  storedAt,
  versionAt,
} from './cursor.ts';
import { STAMPED } from './format.ts';
import type { Segment } from './segment.ts';
import { type Expiring, segmentAt, type State, type Table, type Undo } from './state.ts';

/**
 * The only functions that change entries. Each makes one change of a commit whose version was taken
 * before; {@link seal} ends the commit. Nothing in here can fail.
 */

/** Looks a key up; where its record lies is in the table's directory. Expired entries are found too. */
export function find(state: State, table: Table, key: string): boolean {
  state.probe.text(key);
  return table.directory.find(state.probe, state.segments);
}

/** The record that was found. */
export function foundIn(state: State, table: Table): Segment {
  return state.segments[table.directory.place] as Segment;
}

/** Writes over an entry, or a new one. */
export function put(
  state: State,
  table: Table,
  key: string,
  cell: Cell,
  expiresAt: number,
  stamp: Stamp | undefined,
  shape: number,
): Stored {
  const value = cell as Uint8Array | number;
  const { version, feeds } = state;
  const first = beginFirst(state, table, recordBound(key, value));
  makeRoom(state, recordBound(key, value));
  const kind = typeof value === 'number' ? SET_NUMBER : SET_BYTES;
  const { directory } = table;
  const found = find(state, table, key);
  const oldPlace = found ? directory.place : 0;
  const oldOffset = found ? directory.offset : 0;
  const offset = append(state, kind, table.id, key, value, version, expiresAt, shape, stamp);
  const { active } = state;
  directory.put(active.place, offset);
  active.liveCount++;
  active.liveBytes += active.tail - offset;
  // What is kept for watchers must not be the writer's own.
  const kept = feeds.recording ? cellCopyAt(active, offset) : cell;
  const entry: Stored = { key, value: kept, version, expiresAt, shape };
  let previous: Cell | undefined;
  let previousShape = 0;
  if (found) {
    const old = segmentAt(state, oldPlace);
    if (feeds.recording) {
      previous = cellCopyAt(old, oldOffset);
      previousShape = shapeAt(old, oldOffset);
    }
    bury(old, oldOffset, version);
  }
  const remembered = found ? undefined : forget(state, table, key);
  state.commits.note({
    table,
    place: active.place,
    offset,
    oldPlace,
    oldOffset,
    stamp: remembered,
    also: undefined,
  });
  if (expiresAt !== 0 || table.expiring.size > 0) expireAt(state, table, key, expiresAt);
  if (table.ordered !== undefined) order(table, key, version, expiresAt);
  if (feeds.recording)
    feeds.add(found ? 'update' : 'insert', table.id, entry, version, previous, previousShape);
  if (first) state.commits.grouped = false;
  return entry;
}

/**
 * Removes the entry that was found.
 *
 * @param stamp - to be remembered of it
 * @returns the entry as it was
 */
export function remove(
  state: State,
  table: Table,
  key: string,
  kind: 'delete' | 'expire',
  stamp: Stamp | undefined,
): Stored {
  const { version, feeds } = state;
  makeRoom(state, recordBound(key, undefined));
  find(state, table, key);
  const { directory } = table;
  const { place: oldPlace, offset: oldOffset } = directory;
  const old = segmentAt(state, oldPlace);
  const gone = storedAt(old, oldOffset, key);
  const until = stamp === undefined ? 0 : rememberUntil(state);
  const offset = append(
    state,
    kind === 'delete' ? DELETED : EXPIRED,
    table.id,
    key,
    undefined,
    version,
    until,
    0,
    stamp,
  );
  spend(state.active, offset);
  directory.remove();
  bury(old, oldOffset, version);
  const remembered = stamp === undefined ? undefined : remember(state, table, key, stamp);
  const { place } = state.active;
  state.commits.note({ table, place, offset, oldPlace, oldOffset, stamp: remembered, also: undefined });
  if (table.expiring.size > 0) expireAt(state, table, key, 0);
  if (table.ordered !== undefined) order(table, key, 0, 0);
  if (feeds.recording) {
    const previous = cellCopyAt(old, oldOffset);
    feeds.add(kind, table.id, { ...gone, value: previous }, version, previous, gone.shape);
  }
  return gone;
}

/** Leaves a stamp behind where there is no entry. */
export function leaveStamp(state: State, table: Table, key: string, stamp: Stamp): void {
  const first = beginFirst(state, table, recordBound(key, undefined));
  makeRoom(state, recordBound(key, undefined));
  const offset = append(
    state,
    STAMPED,
    table.id,
    key,
    undefined,
    state.version,
    rememberUntil(state),
    0,
    stamp,
  );
  spend(state.active, offset);
  const note: Undo = {
    table,
    place: state.active.place,
    offset,
    oldPlace: 0,
    oldOffset: 0,
    stamp: remember(state, table, key, stamp),
    also: undefined,
  };
  state.commits.note(note);
  if (first) state.commits.grouped = false;
}

/** Removes an entry whose time is over, in a commit of its own; it was found. */
export function expire(state: State, table: Table, key: string): void {
  const { directory } = table;
  const stamp = stampAt(segmentAt(state, directory.place), directory.offset);
  state.version++;
  remove(state, table, key, 'expire', stamp);
  seal(state);
}

/** Ends a commit. */
export function seal(state: State): void {
  if (state.feeds.recording) state.feeds.seal(state.version);
}

/** Finds the entry of a key; one whose time is over is removed first. */
export function standing(state: State, table: Table, key: string): boolean {
  if (!find(state, table, key)) return false;
  const expiresAt = expiryAt(foundIn(state, table), table.directory.offset);
  if (expiresAt === 0 || expiresAt > state.clock.now()) return true;
  expire(state, table, key);
  return false;
}

/** The first write of a map is one commit with the definition of the map; `true`: that has begun. */
function beginFirst(state: State, table: Table, bytes: number): boolean {
  if (table.stored || state.commits.grouped) return false;
  beginGroup(state, 2, bytes + definitionBytes(table));
  state.commits.grouped = true;
  define(state, table);
  return true;
}

/** Makes the definition of a map part of the log. */
export function define(state: State, table: Table): void {
  table.stored = true;
  writeMap(state, table, () => {
    table.stored = false;
  });
}

/** Takes back what a note says. */
export function undo(state: State, note: Undo): void {
  const { table, place, offset, oldPlace, oldOffset, stamp, also } = note;
  also?.();
  if (table === undefined) return;
  const segment = segmentAt(state, place);
  const key = keyTextAt(segment, offset);
  const found = find(state, table, key);
  if (oldPlace !== 0) {
    const old = segmentAt(state, oldPlace);
    table.directory.put(oldPlace, oldOffset);
    old.unmark(oldOffset);
    old.liveCount++;
    const length = lengthAt(old, oldOffset);
    old.liveBytes += length;
    old.spentBytes -= length;
  } else if (found && isSet(kindAt(segment, offset))) table.directory.remove();
  if (isSet(kindAt(segment, offset))) {
    segment.liveCount--;
    segment.liveBytes -= lengthAt(segment, offset);
  } else segment.spentBytes -= lengthAt(segment, offset);
  if (stamp !== undefined) {
    if (stamp.before === undefined) state.tombstones.forget(table.id, key);
    else state.tombstones.remember(table.id, key, stamp.before, state.clock.now());
  }
  const old = oldPlace === 0 ? undefined : segmentAt(state, oldPlace);
  const expiresAt = old === undefined ? 0 : expiryAt(old, oldOffset);
  expireAt(state, table, key, expiresAt);
  if (table.ordered !== undefined) {
    order(table, key, old === undefined ? 0 : versionAt(old, oldOffset), expiresAt);
  }
}

/** Notes that a record is a removal. */
function spend(segment: Segment, offset: number): void {
  segment.markDead(offset);
  segment.spentBytes += segment.tail - offset;
}

/** Notes that a record counts for nothing any more. */
export function bury(segment: Segment, offset: number, version: number): void {
  segment.markDead(offset);
  segment.liveCount--;
  const length = lengthAt(segment, offset);
  segment.liveBytes -= length;
  segment.spentBytes += length;
  if (version > segment.deadBy) segment.deadBy = version;
}

/** Parks an entry for its end, or takes it out. */
export function expireAt(state: State, table: Table, key: string, expiresAt: number): void {
  const parked = table.expiring.get(key);
  if (expiresAt === 0) {
    if (parked === undefined) return;
    state.wheel.unpark(parked);
    table.expiring.delete(key);
    return;
  }
  const item: Expiring = parked ?? { dueAt: 0, slot: undefined, index: 0, table, key };
  if (parked === undefined) table.expiring.set(key, item);
  state.wheel.park(item, expiresAt);
}

/** Brings the ordered view in line; version 0: the key is gone. */
function order(table: Table, key: string, version: number, expiresAt: number): void {
  const { ordered } = table;
  if (ordered === undefined) return;
  const item = ordered.items.get(key);
  if (version === 0) {
    if (item === undefined) return;
    item.version = 0;
    ordered.items.delete(key);
    ordered.keys.removed();
  } else if (item === undefined) {
    const fresh = { key, version, expiresAt };
    ordered.items.set(key, fresh);
    ordered.keys.add(fresh);
  } else {
    item.version = version;
    item.expiresAt = expiresAt;
  }
}

function rememberUntil(state: State): number {
  return Math.max(1, Math.ceil(state.clock.now() + state.settings.tombstoneMs));
}

function remember(state: State, table: Table, key: string, stamp: Stamp): Undo['stamp'] {
  const now = state.clock.now();
  const before = state.tombstones.stampOf(table.id, key, now);
  state.tombstones.remember(table.id, key, stamp, now);
  return { before };
}

function forget(state: State, table: Table, key: string): Undo['stamp'] {
  if (state.tombstones.size === 0) return undefined;
  const before = state.tombstones.stampOf(table.id, key, state.clock.now());
  state.tombstones.forget(table.id, key);
  return before === undefined ? undefined : { before };
}
