import type { Cell, Stored } from '../../contract/core.ts';
import type { Stamp } from '../../contract/entry.ts';
import { isOver, makeEntry, type State, type Table } from './state.ts';

/**
 * The only functions that change entries. Each makes one change of a commit whose version was
 * taken before; {@link seal} ends the commit. Nothing in here can fail.
 */

/** Writes over an entry, or a new one; the entry as it stands now. */
export function put(
  state: State,
  table: Table,
  before: Stored | undefined,
  key: string,
  cell: Cell,
  expiresAt: number,
  stamp: Stamp | undefined,
  shape: number,
): Stored {
  const entry = makeEntry(key, cell, state.version, expiresAt, shape);
  place(state, table, entry, expiresAt, stamp);
  if (state.recording) {
    state.feeds.append(before ? 'update' : 'insert', table.id, entry, before, state.version);
  }
  return entry;
}

/** Puts an entry into its table, over another or as a new one. */
export function place(
  state: State,
  table: Table,
  entry: Stored,
  expiresAt: number,
  stamp: Stamp | undefined,
): void {
  if (table.entries.set(entry.key, entry)) inserted(state, table, entry);
  else table.ordered?.renew(entry.key);
  if (expiresAt !== 0 || stamp !== undefined) attach(state, table, entry.key, expiresAt, stamp);
  else if (table.extras.size > 0) detach(state, table, entry.key);
}

/** What a new key brings with it. */
export function inserted(state: State, table: Table, entry: Stored): void {
  if (state.tombstones.size > 0) state.tombstones.forget(table.id, entry.key);
  table.stored = true;
  table.ordered?.add(entry);
}

/** Removes an entry. */
export function remove(state: State, table: Table, entry: Stored, kind: 'delete' | 'expire'): void {
  const { key } = entry;
  if (state.recording) state.feeds.append(kind, table.id, entry, entry, state.version);
  table.entries.delete(key);
  table.ordered?.renew(key);
  if (table.extras.size > 0) detach(state, table, key);
}

/** Removes an entry whose time is over, in a commit of its own. */
export function expire(state: State, table: Table, entry: Stored): void {
  const stamp = table.extras.get(entry.key)?.stamp;
  state.version++;
  remove(state, table, entry, 'expire');
  if (stamp !== undefined) state.tombstones.remember(table.id, entry.key, stamp, state.clock.now());
  seal(state);
}

/** Ends a commit. */
export function seal(state: State): void {
  if (state.recording) state.feeds.seal(state.version);
}

/** The entry of a key; one whose time is over is removed first. */
export function standing(state: State, table: Table, key: string): Stored | undefined {
  const entry = table.entries.get(key);
  if (entry === undefined || !isOver(entry, state.clock)) return entry;
  expire(state, table, entry);
  return undefined;
}

function attach(state: State, table: Table, key: string, expiresAt: number, stamp: Stamp | undefined): void {
  let extra = table.extras.get(key);
  if (extra === undefined) {
    extra = { dueAt: 0, slot: undefined, index: 0, table, key, expiresAt, stamp };
    table.extras.set(key, extra);
  }
  extra.expiresAt = expiresAt;
  extra.stamp = stamp;
  if (expiresAt === 0) state.wheel.unpark(extra);
  else state.wheel.park(extra, expiresAt);
}

function detach(state: State, table: Table, key: string): void {
  const extra = table.extras.get(key);
  if (extra === undefined) return;
  state.wheel.unpark(extra);
  table.extras.delete(key);
}
