import { StoreError } from '../../base/errors.ts';
import type { Loaded, LoadRequest } from '../../contract/services.ts';
import { BigMap } from '../../parts/big-map.ts';
import { entriesOf } from '../../parts/blocks.ts';
import { place as placeEntry } from './apply.ts';
import { openTable } from './maps.ts';
import { clear } from './read.ts';
import { checkOpen, makeEntry, type State } from './state.ts';

/** What is to be loaded, by the map ids of the request. */
type Staged = ReadonlyMap<number, BigMap<Loaded>>;

/**
 * `Services.load`. Everything is read first and then put in place at once, all entries under one
 * version. Watchers see nothing of it: the lineage is new, and every feed gets `gap`.
 */
export async function load(state: State, request: LoadRequest): Promise<number> {
  checkOpen(state);
  const staged: Staged = new Map(request.maps.map(({ id }) => [id, new BigMap()]));
  for await (const block of request.blocks) {
    for (const entry of entriesOf(block)) stage(staged, entry.map, entry);
  }
  checkOpen(state);
  return place(state, request, staged);
}

function stage(staged: Staged, map: number, entry: Loaded): void {
  const entries = staged.get(map);
  if (entries === undefined)
    throw new StoreError('CORRUPT', `an entry of map ${map}, which is not announced`);
  if (entries.get(entry.key) !== undefined) {
    throw new StoreError('CORRUPT', `key ${JSON.stringify(entry.key)} comes twice`);
  }
  entries.add(entry.key, entry);
}

/** Nothing in here waits, and nothing fails after the check. */
function place(state: State, { maps, replace }: LoadRequest, staged: Staged): number {
  state.wheel.sweep();
  for (const { name } of maps) {
    const size = state.names.get(name)?.entries.size ?? 0;
    if (size > 0 && !replace) {
      throw new StoreError(
        'CONFLICT',
        `map ${name}: written while it was being loaded; it holds ${size} entries`,
      );
    }
  }
  const tables = maps.map((map) => ({ map, table: openTable(state, map.name, map) }));
  for (const { table } of tables) {
    clear(state, table.id, '', undefined);
    state.tombstones.forgetMap(table.id);
  }
  const now = state.clock.now();
  let count = 0;
  state.version++;
  for (const { map, table } of tables) {
    table.format = { codec: map.codec, shape: map.shape, references: map.references };
    table.stored = true;
    for (const { key, value, expiresAt, shape, stamp } of staged.get(map.id)?.values() ?? []) {
      if (expiresAt !== 0 && expiresAt <= now) continue;
      placeEntry(state, table, makeEntry(key, value, state.version, expiresAt, shape), expiresAt, stamp);
      count++;
    }
  }
  state.lineage = newLineage();
  state.feeds.reset(state.version);
  return count;
}

/** A fresh identity of a history. */
export function newLineage(): string {
  return crypto.randomUUID().replaceAll('-', '');
}
