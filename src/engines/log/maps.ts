import { StoreError } from '../../base/errors.ts';
import type { MapFormat, MapInfo, SyncMaps } from '../../contract/maps.ts';
import { admit, writeMap } from './append.ts';
import { KeyDirectory } from './key-directory.ts';
import { drop } from './read.ts';
import { checkOpen, type State, type Table, tableOf } from './state.ts';

/** Ids of maps are 16 bits in a record. */
const MOST_MAPS = 65_535;

/** The maps of a log. */
export function logMaps(state: State): SyncMaps {
  return {
    open: (name, want) => {
      checkOpen(state);
      return infoOf(openTable(state, name, want));
    },
    drop: (id) => drop(state, tableOf(state, id)),
    list: () => {
      checkOpen(state);
      return storedTables(state).map(infoOf);
    },
    reshape: (id, shape) => {
      const table = tableOf(state, id);
      const before = table.format;
      admit(state, 1024);
      table.format = { ...before, shape };
      if (table.stored) {
        state.version++;
        writeMap(state, table, () => {
          table.format = before;
        });
      }
    },
  };
}

/** Finds or begins a map. Until something is written, the last who opened it says its format. */
export function openTable(state: State, name: string, want: MapFormat): Table {
  const { codec, shape } = want;
  const format = { codec, shape, references: false };
  let table = state.names.get(name);
  if (table === undefined) {
    const id = Math.max(1, state.tables.length);
    if (id > MOST_MAPS) throw new StoreError('LIMIT', `a log has at most ${MOST_MAPS} maps`);
    table = newTable(id, name, format);
    state.tables[id] = table;
    state.names.set(name, table);
  } else if (!table.stored) table.format = format;
  return table;
}

export function newTable(
  id: number,
  name: string,
  format: MapFormat,
  directory: KeyDirectory = new KeyDirectory(),
): Table {
  return {
    id,
    name,
    format,
    stored: false,
    clearedAt: 0,
    directory,
    definition: undefined,
    ordered: undefined,
    expiring: new Map(),
  };
}

/** Maps whose format is known, by name. */
export function storedTables(state: State): Table[] {
  const stored = Array.from(state.names.values()).filter((table) => table.stored);
  return stored.sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function infoOf({ id, name, format }: Table): MapInfo {
  return { id, name, ...format };
}
