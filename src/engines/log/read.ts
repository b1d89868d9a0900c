import type { CountReply, ManyReply, PageReply, Reply, Stored } from '../../contract/core.ts';
import { recordBound } from '../../parts/record.ts';
import { OrderedKeys } from '../../parts/ordered-keys.ts';
import { admit, beginGroup, definitionBytes, writeMap } from './append.ts';
import { find, foundIn, remove, seal } from './apply.ts';
import { expiryAt, keyTextAt, storedAt, versionAt } from './cursor.ts';
import { answer, noTable, type OrderedItem, segmentAt, type State, type Table, tableOf } from './state.ts';

/** `SyncCore.get`. */
export function get(state: State, map: number, key: string): Reply {
  const table = state.tables[map];
  if (table === undefined) throw noTable(state, map);
  return answerWith(state, lookUp(state, table, key));
}

function answerWith(state: State, entry: Stored | undefined): Reply {
  return answer(state, entry !== undefined, entry);
}

/** The entry of a key that has not expired. */
function lookUp(state: State, table: Table, key: string): Stored | undefined {
  if (!find(state, table, key)) return undefined;
  const entry = storedAt(foundIn(state, table), table.directory.offset, key);
  return entry.expiresAt !== 0 && entry.expiresAt <= state.clock.now() ? undefined : entry;
}

/** `SyncCore.getMany`. */
export function getMany(state: State, map: number, keys: readonly string[]): ManyReply {
  const table = tableOf(state, map);
  return { at: state.version, entries: keys.map((key) => lookUp(state, table, key)) };
}

/** `SyncCore.page`. */
export function page(
  state: State,
  map: number,
  start: string,
  end: string | undefined,
  limit: number,
  reverse: boolean,
): PageReply {
  const table = tableOf(state, map);
  const found = orderedOf(state, table).page(start, end, limit, reverse, state.clock.now());
  const entries = found.entries.flatMap(({ key }) =>
    find(state, table, key) ? [storedAt(foundIn(state, table), table.directory.offset, key)] : [],
  );
  return { at: state.version, entries, more: found.more };
}

/** `SyncCore.count`. */
export function count(state: State, map: number, start: string, end: string | undefined): CountReply {
  const table = tableOf(state, map);
  if (start === '' && end === undefined) {
    state.wheel.sweep();
    return { at: state.version, count: table.directory.size };
  }
  return { at: state.version, count: orderedOf(state, table).count(start, end, state.clock.now()) };
}

/** `SyncCore.clear`: what has expired goes first, each in a commit of its own. */
export function clear(state: State, map: number, start: string, end: string | undefined): CountReply {
  const table = tableOf(state, map);
  admit(state, 0, true);
  state.wheel.sweep();
  const keys = keysOf(state, table, start, end);
  if (keys.length > 0) {
    state.version++;
    removeAll(state, table, keys, undefined);
  }
  return { at: state.version, count: keys.length };
}

/** Removes all entries of a map and its format, in one commit. */
export function drop(state: State, table: Table): void {
  admit(state, 0, true);
  state.wheel.sweep();
  if (!table.stored) return;
  const keys = keysOf(state, table, '', undefined);
  state.version++;
  removeAll(state, table, keys, () => {
    const { clearedAt } = table;
    table.stored = false;
    table.clearedAt = state.version;
    writeMap(state, table, () => {
      table.stored = true;
      table.clearedAt = clearedAt;
    });
  });
  state.tombstones.forgetMap(table.id);
}

/** Removes keys that are there, in one commit. @param also - one record more */
function removeAll(
  state: State,
  table: Table,
  keys: readonly string[],
  also: (() => void) | undefined,
): void {
  const bytes = keys.reduce((sum, key) => sum + recordBound(key, undefined), definitionBytes(table));
  const count = keys.length + (also === undefined ? 0 : 1);
  if (count > 1) beginGroup(state, count, bytes);
  state.commits.grouped = count > 1;
  for (const key of keys) {
    find(state, table, key);
    remove(state, table, key, 'delete', undefined);
  }
  also?.();
  state.commits.grouped = false;
  seal(state);
}

/** The keys of a range, in order where it is not the whole map. */
function keysOf(state: State, table: Table, start: string, end: string | undefined): string[] {
  // Watchers see the removals in the order of the keys.
  if (start === '' && end === undefined && !state.feeds.recording)
    return Array.from(itemsOf(state, table), ({ key }) => key);
  return orderedOf(state, table)
    .page(start, end, Infinity, false, 0)
    .entries.map(({ key }) => key);
}

function itemsOf(state: State, table: Table): OrderedItem[] {
  const items: OrderedItem[] = [];
  table.directory.forEach((place, offset) => {
    const segment = segmentAt(state, place);
    items.push({
      key: keyTextAt(segment, offset),
      version: versionAt(segment, offset),
      expiresAt: expiryAt(segment, offset),
    });
  });
  return items;
}

function orderedOf(state: State, table: Table): OrderedKeys<OrderedItem> {
  if (table.ordered === undefined) {
    const items = itemsOf(state, table);
    table.ordered = { keys: new OrderedKeys(items), items: new Map(items.map((item) => [item.key, item])) };
  }
  return table.ordered.keys;
}
