/** Stamps of removed entries: remembered in memory, and in a tree for the time after the next opening. */
import type { Stamp } from '../../contract/entry.ts';
import { behindMap, keyWithin, storageOf } from './keys.ts';
import { decodeNote, encodeNote } from './note.ts';
import type { State, Table } from './state.ts';

/** The most stones that are looked at in one go. */
const SLICE = 1000;

/** What is noted of a removed entry. */
interface Stone {
  /** The stamp in decimal digits. */
  readonly stamp: string;
  readonly until: number;
}

export function rememberStone(state: State, table: Table, key: string, stamp: Stamp): void {
  const now = state.clock.now();
  const at = table.prefix + key;
  const stone: Stone = { stamp: String(stamp), until: now + state.settings.tombstoneMs };
  table.changed = true;
  state.tombstones.remember(table.id, key, stamp, now);
  state.trees.stones.put(at, encodeNote(at, stone));
  state.commits.touch(at.length + 64);
}

export function forgetStone(state: State, table: Table, key: string): void {
  if (state.tombstones.stampOf(table.id, key, -Infinity) === undefined) return;
  state.tombstones.forget(table.id, key);
  state.trees.stones.remove(table.prefix + key);
}

/** Forgets all stamps of a map. */
export function forgetStones(state: State, table: Table): void {
  state.tombstones.forgetMap(table.id);
  for (let from = table.prefix; ;) {
    const { items, more } = state.trees.stones.page(from, behindMap(table.storage), SLICE, false);
    for (const { key } of items) state.trees.stones.remove(key);
    if (items.length > 0) state.commits.touch(items.length * 64);
    const last = items.at(-1);
    if (!more || last === undefined) return;
    from = last.key + '\0';
  }
}

/** Reads the stones of the tree, oldest first. One that cannot be read is forgotten, and counted. */
export function recallStones(state: State): void {
  const found: { readonly table: Table; readonly key: string; readonly stone: Stone }[] = [];
  const tables = new Map([...state.names.values()].map((table) => [table.storage, table]));
  for (let from = ''; ;) {
    const { items, more } = state.trees.stones.page(from, undefined, SLICE, false);
    for (const { key, bytes } of items) {
      const table = tables.get(storageOf(key));
      const stone = readable(key, bytes);
      if (stone === undefined) state.damagedStones++;
      else if (table !== undefined) found.push({ table, key: keyWithin(key), stone });
    }
    const last = items.at(-1);
    if (!more || last === undefined) break;
    from = last.key + '\0';
  }
  found.sort((a, b) => a.stone.until - b.stone.until);
  for (const { table, key, stone } of found) {
    const stamp = BigInt(stone.stamp);
    const number = Number(stamp);
    const then = stone.until - state.settings.tombstoneMs;
    state.tombstones.remember(table.id, key, Number.isSafeInteger(number) ? number : stamp, then);
  }
}

function readable(key: string, bytes: Uint8Array): Stone | undefined {
  try {
    // SAFETY: written by rememberStone, if its checksum is right.
    return decodeNote(key, bytes, bytes.length) as Stone;
  } catch {
    return undefined;
  }
}

/** Removes from the tree what memory has forgotten, a bounded number; where to go on, `undefined` at the end. */
export function pruneStones(state: State, from: string): string | undefined {
  const now = state.clock.now();
  state.tombstones.prune(now);
  const { items, more } = state.trees.stones.page(from, undefined, SLICE, false);
  const tables = new Map([...state.names.values()].map((table) => [table.storage, table]));
  for (const { key } of items) {
    const table = tables.get(storageOf(key));
    if (table !== undefined && state.tombstones.stampOf(table.id, keyWithin(key), now) !== undefined)
      continue;
    state.trees.stones.remove(key);
    state.commits.touch(64);
  }
  const last = items.at(-1);
  return more && last !== undefined ? last.key + '\0' : undefined;
}
