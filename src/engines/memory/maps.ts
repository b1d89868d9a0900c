import type { MapFormat, MapInfo, SyncMaps } from '../../contract/maps.ts';
import { BigMap } from '../../parts/big-map.ts';
import { clear } from './read.ts';
import { checkOpen, type State, type Table, tableOf } from './state.ts';

/** The maps of a store in memory. */
export function memoryMaps(state: State): SyncMaps {
  return {
    open: (name, want) => {
      checkOpen(state);
      return infoOf(openTable(state, name, want));
    },
    drop: (id) => {
      const table = tableOf(state, id);
      clear(state, id, '', undefined);
      state.tombstones.forgetMap(id);
      table.stored = false;
    },
    list: () => {
      checkOpen(state);
      return storedTables(state).map(infoOf);
    },
    reshape: (id, shape) => {
      const table = tableOf(state, id);
      table.format = { ...table.format, shape };
    },
  };
}

/** Finds or begins a map. Until something is written, the last who opened it says its format. */
export function openTable(state: State, name: string, want: MapFormat): Table {
  const { codec, shape, references } = want;
  const format = { codec, shape, references };
  let table = state.names.get(name);
  if (table === undefined) {
    const id = state.tables.length;
    table = { id, name, format, stored: false, entries: new BigMap(), extras: new Map(), ordered: undefined };
    state.tables.push(table);
    state.names.set(name, table);
  } else if (!table.stored) table.format = format;
  return table;
}

/** Maps whose format is known, by name. */
export function storedTables(state: State): Table[] {
  const stored = Array.from(state.names.values()).filter((table) => table.stored);
  return stored.sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function infoOf({ id, name, format }: Table): MapInfo {
  return { id, name, ...format };
}
