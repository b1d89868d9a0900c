import type { Block } from '../../contract/services.ts';
import type { SyncEngine } from '../../contract/engine.ts';
import type { Cell } from '../../contract/core.ts';
import type { Stamp } from '../../contract/entry.ts';
import type { Files } from '../../fs/files.ts';
import { isRemoval, isSet } from './cursor.ts';
import * as format from './format.ts';
import { type Finding, meetAll } from './inspection.ts';
import { readJson } from './recovery.ts';

/** What could be saved. */
export interface Salvaged {
  readonly entries: number;
  readonly maps: number;
  readonly lost: readonly Finding[];
}

/** The newest good record of a key. */
interface Newest {
  readonly version: number;
  /** `undefined`: it was removed. */
  readonly entry:
    | {
        readonly value: Cell;
        readonly expiresAt: number;
        readonly shape: number;
        readonly stamp: Stamp | undefined;
      }
    | undefined;
}

interface SavedMap {
  name: string;
  definition: format.MapRecord | undefined;
  readonly keys: Map<string, Newest>;
}

/** Entries go to the new log in blocks of so many. */
const BLOCK_ENTRIES = 1000;

/**
 * Brings what is good in a damaged log to an empty store: of each key the newest record that can be
 * read. Where a removal was lost, what it removed comes back; the list of losses says where to look.
 */
export async function salvageLog(files: Files, target: SyncEngine): Promise<Salvaged> {
  const maps = new Map<number, SavedMap>();
  const lost: Finding[] = [];
  const bases = await basesOf(files);
  const mapOf = (id: number): SavedMap => {
    const map = maps.get(id) ?? { name: `map-${id}`, definition: undefined, keys: new Map() };
    maps.set(id, map);
    return map;
  };
  let base = 0;
  for await (const met of meetAll(files)) {
    if (met.kind === 'bad') lost.push({ file: met.file, offset: met.offset, what: met.what });
    else if (met.kind === 'segment') base = bases.get(met.header.id) ?? 0;
    if (met.kind !== 'record') continue;
    const { reader } = met;
    if (reader.kind === format.MAP)
      define(mapOf(reader.map), reader.key(), readJson<format.MapRecord>(reader));
    if (!isSet(reader.kind) && !isRemoval(reader.kind)) continue;
    const { keys } = mapOf(reader.map);
    const key = reader.key();
    const version = reader.version + base;
    if ((keys.get(key)?.version ?? -1) > version) continue;
    const { expiresAt, shape, stamp } = reader;
    keys.set(key, {
      version,
      entry: isSet(reader.kind) ? { value: reader.cell(), expiresAt, shape, stamp } : undefined,
    });
  }
  const saved = Array.from(maps).filter(([, { definition }]) => definition?.stored !== false);
  const entries = await target.load({
    maps: saved.map(([id, { name, definition }]) => ({
      id,
      name,
      codec: definition?.codec ?? 'bytes',
      shape: definition?.shape ?? 0,
      references: false,
    })),
    blocks: blocksOf(saved),
    replace: false,
  });
  return { entries, maps: saved.length, lost };
}

function define(map: SavedMap, name: string, definition: format.MapRecord): void {
  if (map.definition !== undefined && map.definition.sequence > definition.sequence) return;
  map.name = name;
  map.definition = definition;
}

/** What is to be added to the versions of loaded segments. */
async function basesOf(files: Files): Promise<ReadonlyMap<number, number>> {
  let newest: format.StateRecord | undefined;
  for await (const met of meetAll(files)) {
    if (met.kind !== 'record' || met.reader.kind !== format.STATE) continue;
    const state = readJson<format.StateRecord>(met.reader);
    if (newest === undefined || state.sequence > newest.sequence) newest = state;
  }
  return new Map(newest?.bases);
}

async function* blocksOf(maps: readonly (readonly [number, SavedMap])[]): AsyncGenerator<Block> {
  for (const [map, { keys, definition }] of maps) {
    const standing = Array.from(keys).flatMap(([key, { version, entry }]) =>
      entry === undefined || version <= (definition?.clearedAt ?? 0) ? [] : [{ key, version, ...entry }],
    );
    for (let at = 0; at < standing.length; at += BLOCK_ENTRIES) {
      yield { kind: 'entries', map, entries: standing.slice(at, at + BLOCK_ENTRIES) };
    }
  }
}
