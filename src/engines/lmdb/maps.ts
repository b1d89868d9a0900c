import { StoreError } from '../../base/errors.ts';
import type { MapFormat, MapInfo, SyncMaps } from '../../contract/maps.ts';
import { mapPrefix, MAX_STORAGE } from './keys.ts';
import { decodeNote, readNumber, writeNote } from './note.ts';
import { clear } from './read.ts';
import { checkOpen, type State, type Table, tableOf } from './state.ts';
import { forgetStones } from './stones.ts';
import { takeVersion } from './versions.ts';

/** What the tree knows of a map. */
export interface MapNote {
  readonly storage: number;
  readonly stored: boolean;
  readonly codec: string;
  readonly shape: number;
  readonly count: number;
  readonly loadedAt: number;
}

const MAP_NOTE = 'map:';

/** The maps of a store. */
export function lmdbMaps(state: State): SyncMaps {
  return {
    open: (name, want) => {
      checkOpen(state);
      return infoOf(openTable(state, name, want));
    },
    drop: (id) => {
      const table = tableOf(state, id);
      clear(state, id, '', undefined);
      forgetStones(state, table);
      table.stored = false;
      change(state, table);
    },
    list: () => {
      checkOpen(state);
      return storedTables(state).map(infoOf);
    },
    reshape: (id, shape) => {
      const table = tableOf(state, id);
      table.format = { ...table.format, shape };
      change(state, table);
    },
  };
}

/** Finds or begins a map. Until something is written, the last who opened it says its format. */
export function openTable(state: State, name: string, want: MapFormat): Table {
  const { codec, shape, references } = want;
  const format = { codec, shape, references };
  let table = state.names.get(name);
  if (table === undefined) table = addTable(state, name, nextStorage(state), format);
  else if (!table.stored) table.format = format;
  return table;
}

/** A number for a map in the trees that was never used. */
export function nextStorage(state: State): number {
  if (state.storages >= MAX_STORAGE) {
    throw new StoreError(
      'LIMIT',
      `lmdb: ${MAX_STORAGE} maps were begun in this store; snapshot and restore it`,
    );
  }
  state.storagesChanged = true;
  return ++state.storages;
}

/** Gives a map another place in the trees. */
export function moveTable(table: Table, storage: number): void {
  table.storage = storage;
  table.prefix = mapPrefix(storage);
}

/** Reads what the tree knows of all maps: at the beginning, and after pending writes were taken back. */
export function reloadTables(state: State): void {
  const { meta } = state.trees;
  state.storages = Math.max(state.storages, readNumber(meta, 'storages', 0));
  const { items } = meta.page(MAP_NOTE, 'map;', Number.MAX_SAFE_INTEGER - 1, false);
  const notes = new Map(items.map(({ key, bytes }) => [key.slice(MAP_NOTE.length), asMapNote(key, bytes)]));
  for (const table of state.names.values()) if (!notes.has(table.name)) forget(table);
  for (const [name, note] of notes) {
    const format = formatOf(note);
    const table = state.names.get(name) ?? addTable(state, name, note.storage, format);
    moveTable(table, note.storage);
    const { stored, count, loadedAt } = note;
    Object.assign(table, { format: stored ? format : table.format, stored, count, loadedAt, changed: false });
  }
}

/** Notes what changed since the last batch. */
export function noteTables(state: State): void {
  const { meta } = state.trees;
  if (state.storagesChanged) writeNote(meta, 'storages', state.storages);
  state.storagesChanged = false;
  for (const table of state.names.values()) {
    if (!table.changed) continue;
    table.changed = false;
    const { storage, stored, count, loadedAt } = table;
    const { codec, shape } = table.format;
    const note: MapNote = { storage, stored, codec, shape, count, loadedAt };
    writeNote(meta, MAP_NOTE + table.name, note);
  }
}

/** What the file knew of a map at some moment. */
export function noteAt(name: string, read: (key: string) => Uint8Array | undefined): MapNote | undefined {
  const bytes = read(MAP_NOTE + name);
  return bytes === undefined ? undefined : asMapNote(MAP_NOTE + name, bytes);
}

export function formatOf({ codec, shape }: MapNote): MapFormat {
  return { codec, shape, references: false };
}

/** Maps whose format is known, by name. */
export function storedTables(state: State): Table[] {
  const stored = Array.from(state.names.values()).filter((table) => table.stored);
  return stored.sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function infoOf({ id, name, format }: Table): MapInfo {
  return { id, name, ...format };
}

function asMapNote(key: string, bytes: Uint8Array): MapNote {
  // SAFETY: written by noteTables, and its checksum was right.
  return decodeNote(key, bytes, bytes.length) as MapNote;
}

function addTable(state: State, name: string, storage: number, format: MapFormat): Table {
  const id = state.tables.length;
  const prefix = mapPrefix(storage);
  const table: Table = {
    id,
    name,
    format,
    stored: false,
    storage,
    prefix,
    count: 0,
    loadedAt: 0,
    changed: false,
  };
  state.tables.push(table);
  state.names.set(name, table);
  return table;
}

function forget(table: Table): void {
  table.stored = false;
  table.count = 0;
  table.loadedAt = 0;
  table.changed = false;
}

function change(state: State, table: Table): void {
  // A version of its own, so that one can wait until it is durable.
  takeVersion(state);
  table.changed = true;
  state.commits.touch(256);
}
