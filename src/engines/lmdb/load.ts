import { StoreError } from '../../base/errors.ts';
import type { LoadRequest } from '../../contract/services.ts';
import { entriesOf, type MapEntry } from '../../parts/blocks.ts';
import { translated } from './errors.ts';
import { behindMap, dueKey, mapPrefix } from './keys.ts';
import { moveTable, nextStorage, openTable } from './maps.ts';
import { encodeNote, writeNote } from './note.ts';
import { encodeRow } from './row.ts';
import { checkOpen, type State } from './state.ts';
import { forgetStones } from './stones.ts';
import { checkSize } from './size.ts';
import { garbageNote } from './upkeep.ts';
import { takeVersion } from './versions.ts';

/** How many entries are written in one transaction. */
const BATCH_ENTRIES = 5_000;
const BATCH_BYTES = 4 * 1024 * 1024;
const WAITS = new Uint8Array(1);

/** A map on its way in: its entries lie in a place of the trees that nobody reads yet. */
interface Incoming {
  readonly storage: number;
  readonly prefix: string;
  count: number;
}

/**
 * `Services.load`. Entries are written to a new place in the trees first, in many transactions; one
 * last transaction puts the new places in the stead of the old ones. What a crash leaves behind is
 * garbage, and known as such. Watchers see nothing of it: the lineage is new, every feed gets `gap`.
 */
export async function load(state: State, request: LoadRequest): Promise<number> {
  checkOpen(state);
  const incoming = await begin(state, request);
  try {
    await writeAll(state, request, incoming);
    checkOpen(state);
    checkCounts(state, incoming);
    return await place(state, request, incoming);
  } finally {
    state.upkeep.spare(
      [...incoming.values()].map(({ storage }) => storage),
      false,
    );
    state.upkeep.begin();
  }
}

/** Says durably that the new places are garbage, should the load not come to its end. */
async function begin(state: State, { maps }: LoadRequest): Promise<ReadonlyMap<number, Incoming>> {
  const incoming = new Map<number, Incoming>();
  for (const { id } of maps) {
    const storage = nextStorage(state);
    incoming.set(id, { storage, prefix: mapPrefix(storage), count: 0 });
    writeNote(state.trees.meta, garbageNote(storage), 1);
  }
  state.upkeep.spare(
    [...incoming.values()].map(({ storage }) => storage),
    true,
  );
  takeVersion(state);
  state.commits.touch(64 * maps.length + 1);
  await state.commits.whenDurable(state.version);
  await state.commits.settled();
  return incoming;
}

async function writeAll(
  state: State,
  { blocks }: LoadRequest,
  incoming: ReadonlyMap<number, Incoming>,
): Promise<void> {
  let batch: MapEntry[] = [];
  let bytes = 0;
  const now = state.clock.now();
  for await (const block of blocks) {
    for (const entry of entriesOf(block)) {
      const target = incoming.get(entry.map);
      if (target === undefined)
        throw new StoreError('CORRUPT', `an entry of map ${entry.map}, which is not announced`);
      if (entry.expiresAt !== 0 && entry.expiresAt <= now) continue;
      target.count++;
      bytes += typeof entry.value === 'number' ? 8 : (entry.value as Uint8Array).length;
      batch.push(entry);
      if (batch.length < BATCH_ENTRIES && bytes < BATCH_BYTES) continue;
      await writeBatch(state, batch, incoming, bytes);
      batch = [];
      bytes = 0;
    }
  }
  if (batch.length > 0) await writeBatch(state, batch, incoming, bytes);
}

async function writeBatch(
  state: State,
  batch: readonly MapEntry[],
  incoming: ReadonlyMap<number, Incoming>,
  bytes: number,
): Promise<void> {
  checkOpen(state);
  checkSize(state, bytes);
  const { environment } = state;
  const { entries, expiries } = environment.trees;
  try {
    await environment.batch(() => {
      for (const { map, key, value, expiresAt, stamp, shape } of batch) {
        const at = (incoming.get(map)?.prefix ?? '') + key;
        entries.put(at, encodeRow(at, value, 0, expiresAt, stamp, shape));
        if (expiresAt !== 0) expiries.put(dueKey(expiresAt, at), WAITS);
      }
    });
  } catch (error) {
    throw translated(error, 'lmdb: loading failed');
  }
  environment.renew();
}

/** A key that comes twice is there only once. */
function checkCounts(state: State, incoming: ReadonlyMap<number, Incoming>): void {
  for (const { storage, prefix, count } of incoming.values()) {
    const range = { start: prefix, end: behindMap(storage) };
    if (state.environment.trees.entries.getKeysCount(range) !== count) {
      throw new StoreError('CORRUPT', 'a key comes twice');
    }
  }
}

/** Nothing in here waits before all is in its place, and nothing fails after the check. */
async function place(
  state: State,
  { maps, replace }: LoadRequest,
  incoming: ReadonlyMap<number, Incoming>,
): Promise<number> {
  state.expiry.sweep();
  for (const { name } of maps) {
    const size = state.names.get(name)?.count ?? 0;
    if (size > 0 && !replace) {
      throw new StoreError(
        'CONFLICT',
        `map ${name}: written while it was being loaded; it holds ${size} entries`,
      );
    }
  }
  const { meta } = state.trees;
  const version = takeVersion(state);
  let count = 0;
  for (const map of maps) {
    const target = incoming.get(map.id);
    if (target === undefined) continue;
    const table = openTable(state, map.name, map);
    forgetStones(state, table);
    writeNote(meta, garbageNote(table.storage), 1);
    meta.remove(garbageNote(target.storage));
    moveTable(table, target.storage);
    const format = { codec: map.codec, shape: map.shape, references: false };
    Object.assign(table, { format, stored: true, count: target.count, loadedAt: version, changed: true });
    count += target.count;
  }
  state.lineage = newLineage();
  meta.put('lineage', encodeNote('lineage', state.lineage));
  state.changes.forget(version);
  state.feeds.reset(version);
  state.commits.touch(1024);
  state.expiry.begin();
  await state.commits.whenDurable(version);
  return count;
}

/** A fresh identity of a history. */
export function newLineage(): string {
  return crypto.randomUUID().replaceAll('-', '');
}
