import type { CountReply, ManyReply, PageReply, Reply } from '../../contract/core.ts';
import { remove, seal } from './apply.ts';
import { behindMap, keyWithin } from './keys.ts';
import { damagedRow, decodeRow, type Row } from './row.ts';
import { answer, noTable, read, type State, type Table, tableOf } from './state.ts';
import type { Item } from './tree.ts';
import { takeVersion } from './versions.ts';

/** How many entries a long walk reads at once. */
const WALK = 1000;

/** `SyncCore.get`. */
export function get(state: State, map: number, key: string): Reply {
  const table = state.tables[map];
  if (table === undefined) throw noTable(state, map);
  const row = read(state, table, table.prefix + key, false);
  if (row === undefined || (row.expiresAt !== 0 && row.expiresAt <= state.clock.now())) {
    return answer(state, false, undefined);
  }
  return answer(state, true, row);
}

/** `SyncCore.getMany`. */
export function getMany(state: State, map: number, keys: readonly string[]): ManyReply {
  const table = tableOf(state, map);
  const now = state.clock.now();
  const found = keys.map((key) => {
    const row = read(state, table, table.prefix + key, true);
    return row === undefined || (row.expiresAt !== 0 && row.expiresAt <= now) ? undefined : row;
  });
  return { at: state.version, entries: found };
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
  const now = state.clock.now();
  const rows: Row[] = [];
  let [low, high] = [start, end];
  for (;;) {
    const part = rowsOf(state, table, low, high, limit + 1 - rows.length, reverse, false);
    for (const row of part.rows) {
      if (row.expiresAt !== 0 && row.expiresAt <= now) continue;
      if (rows.length === limit) return { at: state.version, entries: rows, more: true };
      rows.push(row);
    }
    const last = part.rows.at(-1);
    if (!part.more || last === undefined) return { at: state.version, entries: rows, more: false };
    if (reverse) high = last.key;
    else low = last.key + '\0';
  }
}

/** `SyncCore.count`. */
export function count(state: State, map: number, start: string, end: string | undefined): CountReply {
  const table = tableOf(state, map);
  state.expiry.sweep();
  if (start === '' && end === undefined) return { at: state.version, count: table.count };
  let sum = 0;
  for (const rows of walk(state, table, start, end, true)) sum += rows.length;
  return { at: state.version, count: sum };
}

/** `SyncCore.clear`: what has expired goes first, each in a commit of its own. What cannot be read goes, too. */
export function clear(state: State, map: number, start: string, end: string | undefined): CountReply {
  const table = tableOf(state, map);
  state.expiry.sweep();
  const gone: Row[] = [];
  for (const rows of walk(state, table, start, end, true)) for (const row of rows) gone.push(row);
  if (gone.length > 0) {
    takeVersion(state);
    for (const row of gone) remove(state, table, row, 'delete');
    seal(state);
  }
  return { at: state.version, count: gone.length };
}

/**
 * Entries of a range, expired or not, in order; nothing in them is borrowed.
 *
 * @param damaged - `true`: what cannot be read is told by its key
 */
function rowsOf(
  state: State,
  table: Table,
  start: string,
  end: string | undefined,
  limit: number,
  reverse: boolean,
  damaged: boolean,
): { readonly rows: readonly Row[]; readonly more: boolean } {
  const { prefix, storage, loadedAt } = table;
  const { items, more } = state.trees.entries.page(
    prefix + start,
    end === undefined ? behindMap(storage) : prefix + end,
    limit,
    reverse,
  );
  const decode = ({ key, bytes }: Item): Row => decodeRow(key, bytes, bytes.length, loadedAt, false);
  return { rows: items.map(damaged ? orDamaged(decode) : decode), more };
}

function orDamaged(decode: (item: Item) => Row): (item: Item) => Row {
  return (item) => {
    try {
      return decode(item);
    } catch {
      return damagedRow(keyWithin(item.key));
    }
  };
}

function* walk(
  state: State,
  table: Table,
  start: string,
  end: string | undefined,
  damaged: boolean,
): Generator<readonly Row[], void, undefined> {
  for (let from = start; ;) {
    const { rows, more } = rowsOf(state, table, from, end, WALK, false, damaged);
    yield rows;
    const last = rows.at(-1);
    if (!more || last === undefined) return;
    from = last.key + '\0';
  }
}
