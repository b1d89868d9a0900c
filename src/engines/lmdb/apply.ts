import { StoreError } from '../../base/errors.ts';
import type { Cell } from '../../contract/core.ts';
import type { Stamp } from '../../contract/entry.ts';
import { dueKey, sortable } from './keys.ts';
import { damagedRow, encodeRow, type Row, saysExpiry } from './row.ts';
import { read, type State, type Table } from './state.ts';
import { forgetStone, rememberStone } from './stones.ts';
import { takeVersion } from './versions.ts';

/**
 * The only functions that change entries. Each makes one change of a commit whose version was
 * taken before; {@link seal} ends the commit. Nothing in here can fail.
 */

/** What lies under the key of an entry that waits for its end. */
const WAITS = new Uint8Array(1);
/** What a pending write costs beside its bytes. */
const PENDING_BYTES = 64;

/**
 * Writes over an entry, or a new one; what stands then.
 *
 * @param at - the key in the tree, from whoever has it: to find it costs as much as to make it
 */
export function put(
  state: State,
  table: Table,
  row: Row | undefined,
  key: string,
  cell: Cell,
  expiresAt: number,
  stamp: Stamp | undefined,
  shape: number,
  at: string = table.prefix + key,
): Row {
  const { version, trees, feeds } = state;
  const previous = row === undefined || !feeds.recording ? undefined : valueBefore(row);
  const bytes = encodeRow(at, cell, version, expiresAt, stamp, shape);
  trees.entries.put(at, bytes);
  if (expiresAt === 0) state.known.add(at);
  else state.known.delete(at);
  if ((row?.expiresAt ?? 0) !== expiresAt) moveExpiry(state, at, row?.expiresAt ?? 0, expiresAt);
  if (row === undefined) {
    if (state.tombstones.size > 0) forgetStone(state, table, key);
    table.stored = true;
    table.count++;
    table.changed = true;
  }
  const fresh: Row = { key, value: cell, version, expiresAt, shape, stamp };
  const kind = row === undefined ? 'insert' : 'update';
  state.changes.add(kind, at, version, bytes);
  if (feeds.recording) feeds.add(kind, table.id, fresh, version, previous, row?.shape ?? 0);
  state.commits.touch(bytes.length * 2 + at.length * 2 + PENDING_BYTES);
  return fresh;
}

/** Removes an entry. */
export function remove(state: State, table: Table, row: Row, kind: 'delete' | 'expire'): void {
  const at = table.prefix + row.key;
  const { feeds, version } = state;
  const previous = feeds.recording ? valueBefore(row) : undefined;
  state.trees.entries.remove(at);
  state.known.delete(at);
  if (row.expiresAt !== 0) moveExpiry(state, at, row.expiresAt, 0);
  table.count--;
  table.changed = true;
  state.changes.add(kind, at, version, undefined);
  if (feeds.recording) feeds.add(kind, table.id, row, version, previous, row.shape);
  // Counts for nothing, so that room can be made when there is none.
  state.commits.touch(0);
}

/** Removes an entry whose time is over, in a commit of its own. */
export function expire(state: State, table: Table, row: Row): void {
  takeVersion(state);
  remove(state, table, row, 'expire');
  if (row.stamp !== undefined) rememberStone(state, table, row.key, row.stamp);
  seal(state);
}

/** Ends a commit. */
export function seal(state: State): void {
  if (state.feeds.recording) state.feeds.seal(state.version);
}

/** The entry of a key; one whose time is over is removed first. */
export function standing(state: State, table: Table, key: string, copy: boolean): Row | undefined {
  const row = read(state, table, table.prefix + key, copy);
  if (row === undefined || row.expiresAt === 0 || row.expiresAt > state.clock.now()) return row;
  expire(state, table, row);
  return undefined;
}

/** {@link standing} for a write without a condition: an entry that cannot be read can be written over. */
export function standingOrDamaged(state: State, table: Table, key: string, copy: boolean): Row | undefined {
  try {
    return standing(state, table, key, copy);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'CORRUPT') return damagedRow(key);
    throw error;
  }
}

/** What stands for an entry of which nothing counts but that it is there. */
const THERE: Row = damagedRow('');

/**
 * {@link standingOrDamaged} for a write that needs nothing of what it replaces: unless somebody is told of it, or it
 * has an end, it is only asked whether it is there.
 */
export function replaced(state: State, table: Table, key: string, at: string): Row | undefined {
  if (state.feeds.recording) return standingOrDamaged(state, table, key, false);
  if (state.known.has(at)) return THERE;
  const { entries } = state.trees;
  const bytes = entries.get(at);
  if (bytes === undefined) return undefined;
  return saysExpiry(bytes, entries.length) ? standingOrDamaged(state, table, key, false) : THERE;
}

/** The value of an entry, in memory that nobody uses again; `undefined` when it cannot be read. */
function valueBefore({ value, damaged }: Row): Cell | undefined {
  if (damaged === true) return undefined;
  return value instanceof Uint8Array ? new Uint8Array(value) : value;
}

function moveExpiry(state: State, at: string, from: number, to: number): void {
  const { expiries } = state.trees;
  if (from !== 0 && (to === 0 || sortable(from) !== sortable(to))) expiries.remove(dueKey(from, at));
  if (to === 0) return;
  expiries.put(dueKey(to, at), WAITS);
  state.expiry.soon(to);
}
