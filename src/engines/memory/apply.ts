import type { Cell, Stored } from '../../contract/core.ts';
import type { Stamp } from '../../contract/entry.ts';
import { type Extra, makeNode, type Node, type State, type Table } from './state.ts';

/**
 * The only functions that change entries. Each makes one change of a commit whose version was
 * taken before; {@link seal} ends the commit. Nothing in here can fail.
 */

/** Writes over an entry, or a new one. */
export function put(
  state: State,
  table: Table,
  node: Node | undefined,
  key: string,
  cell: Cell,
  expiresAt: number,
  stamp: Stamp | undefined,
  shape: number,
): Node {
  const { version } = state;
  if (node === undefined) {
    const fresh = makeNode(key, cell, version, expiresAt, shape);
    insert(state, table, fresh, stamp);
    if (state.feeds.recording) state.feeds.add('insert', table.id, fresh, version, undefined, 0);
    return fresh;
  }
  if (state.observers === 0) overwrite(state, table, node, cell, expiresAt, stamp, shape);
  else {
    for (const view of state.views) view.keep(table, node);
    const { value, shape: previousShape } = node;
    overwrite(state, table, node, cell, expiresAt, stamp, shape);
    if (state.feeds.recording) state.feeds.add('update', table.id, node, version, value, previousShape);
  }
  return node;
}

/** Puts a new entry into its table; its version is set. */
export function insert(state: State, table: Table, node: Node, stamp: Stamp | undefined): void {
  if (state.tombstones.size > 0) state.tombstones.forget(table.id, node.key);
  table.stored = true;
  table.entries.add(node.key, node);
  table.ordered?.add(node);
  if (node.expiresAt !== 0 || stamp !== undefined) attach(state, table, node, stamp);
}

/** Removes an entry; the entry as it was. */
export function remove(state: State, table: Table, node: Node, kind: 'delete' | 'expire'): Stored {
  const { key, value, version, expiresAt, shape } = node;
  const gone = { key, value, version, expiresAt, shape };
  if (state.observers > 0) {
    for (const view of state.views) view.keep(table, node);
    if (state.feeds.recording) state.feeds.add(kind, table.id, gone, state.version, value, shape);
  }
  table.entries.delete(key);
  if (node.extra !== undefined) state.wheel.unpark(node.extra);
  node.version = 0;
  table.ordered?.removed();
  return gone;
}

/** Removes an entry whose time is over, in a commit of its own. */
export function expire(state: State, table: Table, node: Node): void {
  const stamp = node.extra?.stamp;
  state.version++;
  remove(state, table, node, 'expire');
  if (stamp !== undefined) state.tombstones.remember(table.id, node.key, stamp, state.clock.now());
  seal(state);
}

/** Ends a commit. */
export function seal(state: State): void {
  if (state.feeds.recording) state.feeds.seal(state.version);
}

/** The entry of a key; one whose time is over is removed first. */
export function standing(state: State, table: Table, key: string): Node | undefined {
  const node = table.entries.get(key);
  if (node === undefined || node.expiresAt === 0 || node.expiresAt > state.clock.now()) return node;
  expire(state, table, node);
  return undefined;
}

function overwrite(
  state: State,
  table: Table,
  node: Node,
  cell: Cell,
  expiresAt: number,
  stamp: Stamp | undefined,
  shape: number,
): void {
  node.value = cell;
  node.version = state.version;
  node.shape = shape;
  node.expiresAt = expiresAt;
  if (node.extra !== undefined || expiresAt !== 0 || stamp !== undefined) attach(state, table, node, stamp);
}

/** Brings what few entries have in line with the entry. */
function attach(state: State, table: Table, node: Node, stamp: Stamp | undefined): void {
  if (node.expiresAt === 0 && stamp === undefined) {
    if (node.extra !== undefined) state.wheel.unpark(node.extra);
    node.extra = undefined;
    return;
  }
  const extra: Extra = (node.extra ??= { dueAt: 0, slot: undefined, index: 0, table, node, stamp });
  extra.stamp = stamp;
  if (node.expiresAt === 0) state.wheel.unpark(extra);
  else state.wheel.park(extra, node.expiresAt);
}
