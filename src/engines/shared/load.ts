import { StoreError } from '../../base/errors.ts';
import type { Loaded, LoadRequest } from '../../contract/services.ts';
import { entriesOf } from '../../parts/blocks.ts';
import { BigMap } from '../../parts/big-map.ts';
import { announceBirth } from './apply.ts';
import { ENTRY, hashAt, identityOf, makeBlock } from './entries.ts';
import { makeRoomDue, pushDue, tickOf } from './due.ts';
import { takeKey } from './keys.ts';
import {
  LINEAGE,
  M_COUNTS,
  M_GENERATION,
  M_STORED,
  MAPS_LOCK,
  RING_COUNT,
  RING_EPOCH,
  RING_FLOOR,
  RING_LOCK,
  RING_TAIL,
  T_RING_COUNT,
  T_RING_HEAD,
} from './layout.ts';
import type { Local, Table } from './local.ts';
import { threadAt } from './memory.ts';
import { rebuildStripes } from './rebuild.ts';
import { commitStores, roomForStores, storesDone } from './redo.ts';
import { newGeneration, openMap, writeFormat } from './registry.ts';
import { putWordsAt, ringEnds } from './ring.ts';
import { lockAll, lockWord, stripeOf, unlockAll, unlockWord } from './stripe-lock.ts';
import { sweepAll } from './sweep.ts';
import { addPair, freePair, makeRoom } from './table.ts';
import { newestVersion } from './versions.ts';
import { full } from './words.ts';

/** A map to be loaded, with its entries by key. */
interface Staged {
  readonly wanted: LoadRequest['maps'][number];
  readonly entries: BigMap<Loaded>;
}

/** Reads everything that is to be loaded. */
export async function stage({ maps, blocks }: LoadRequest): Promise<readonly Staged[]> {
  const staged = new Map<number, Staged>(
    maps.map((wanted) => [wanted.id, { wanted, entries: new BigMap() }]),
  );
  for await (const block of blocks) {
    for (const entry of entriesOf(block)) {
      const into = staged.get(entry.map);
      if (into === undefined) {
        throw new StoreError('CORRUPT', `an entry of map ${entry.map}, which is not announced`);
      }
      if (!into.entries.set(entry.key, entry)) {
        throw new StoreError('CORRUPT', `key ${JSON.stringify(entry.key)} comes twice`);
      }
    }
  }
  return Array.from(staged.values());
}

/**
 * Puts what was read in place, under all locks: the entries first, in a generation that no map has, then in one commit the
 * generations, the lineage and the end of all feeds. A thread that dies before it leaves entries of no map, which
 * recovery removes.
 */
export function place(local: Local, staged: readonly Staged[], replace: boolean): number {
  const { m } = local;
  const tables: Table[] = [];
  for (const { wanted } of staged) tables.push(openMap(m, wanted.name, wanted));
  lockAll(m, true);
  try {
    sweepAll(local);
    const now = local.clock.now();
    for (const [i, { wanted }] of staged.entries()) {
      const size = sizeOf(local, tables[i] as Table);
      if (size === 0 || replace) continue;
      const message = `map ${wanted.name}: written while it was being loaded; it holds ${size} entries`;
      throw new StoreError('CONFLICT', message);
    }
    const blocks: number[] = [];
    const stores: number[] = [];
    for (const [i, { entries }] of staged.entries()) {
      const { id, record } = tables[i] as Table;
      const generation = newGeneration(m);
      for (const entry of entries.values()) {
        if (entry.expiresAt !== 0 && entry.expiresAt <= now) continue;
        const block = placeEntry(local, id, generation, entry);
        if (block === 0) throw withdrawn(local);
        blocks.push(block);
      }
      stores.push(record + M_GENERATION, generation, record + M_STORED, 1);
    }
    if (!roomForStores(m, stores.length / 2 + HISTORY_STORES)) throw withdrawn(local);
    for (const [i, { wanted }] of staged.entries()) restoreFormat(local, tables[i] as Table, wanted);
    commitLoad(local, stores, blocks);
    for (const block of blocks) announceBirth(m, hashAt(m, block));
    // What was replaced goes, and everything is counted.
    rebuildStripes(m, allStripes(m), local.base);
    return blocks.length;
  } finally {
    unlockAll(m);
  }
}

/** How many entries a map has; the caller holds all locks. */
export function sizeOf({ m }: Local, { record }: Table): number {
  let size = 0;
  for (let stripe = 0; stripe < m.layout.stripes; stripe++)
    size += m.words[record + M_COUNTS + stripe] as number;
  return size;
}

function placeEntry(local: Local, map: number, generation: number, entry: Loaded): number {
  const { m } = local;
  const { key, value, expiresAt, stamp, shape } = entry;
  takeKey(m, map, key);
  const stripe = stripeOf(m, m.hash);
  if (!makeRoom(m, stripe, 1) || !makeRoomDue(m, stripe, local.base, 1)) return 0;
  const block = makeBlock(m, stripe, identityOf(m, map, ENTRY), generation, value, expiresAt, stamp, shape);
  if (block === 0) return 0;
  addPair(m, stripe, freePair(m, stripe, true), m.hash, block);
  if (expiresAt !== 0) pushDue(m, stripe, tickOf(local.base, expiresAt), m.hash);
  return block;
}

/** Takes back what was put in place so far. */
function withdrawn(local: Local): StoreError {
  rebuildStripes(local.m, allStripes(local.m), local.base);
  return full(local);
}

function allStripes({ layout }: Local['m']): number[] {
  return Array.from({ length: layout.stripes }, (_, stripe) => stripe);
}

function restoreFormat({ m }: Local, { record }: Table, { shape, codec }: Staged['wanted']): void {
  lockWord(m, MAPS_LOCK);
  writeFormat(m, record, shape, new TextEncoder().encode(codec));
  unlockWord(m, MAPS_LOCK);
}

/** How many stores {@link commitLoad} adds. */
const HISTORY_STORES = 10;

/** Makes the stores of a load in one commit, together with a new lineage, which has no past: the ring is empty. */
function commitLoad(local: Local, stores: number[], blocks: readonly number[]): void {
  const { m } = local;
  const { words } = m;
  const thread = threadAt(m, m.me);
  const lineage = crypto.getRandomValues(new Int32Array(4));
  lockWord(m, RING_LOCK);
  try {
    const { head } = ringEnds(m);
    const epoch = words[RING_EPOCH] as number;
    // Odd while the lineage changes.
    stores.push(RING_EPOCH, epoch + 1);
    for (let i = 0; i < 4; i++) stores.push(LINEAGE + i, lineage[i] as number);
    pushNumber(stores, RING_TAIL, head);
    pushNumber(stores, RING_FLOOR, newestVersion(m) + 1);
    stores.push(RING_EPOCH, (epoch + 2) | 0);
    // What a thread does that finds this one gone with the ring in its hands.
    putWordsAt(m, thread + T_RING_HEAD, head);
    words[thread + T_RING_COUNT] = ((words[RING_COUNT] as number) + 1) | 0;
    commitStores(local, stores, blocks, false);
    for (let i = 0; i < stores.length; i += 2)
      Atomics.store(words, stores[i] as number, stores[i + 1] as number);
    putWordsAt(m, RING_FLOOR, newestVersion(m));
    Atomics.add(words, RING_COUNT, 1);
    storesDone(m);
  } finally {
    unlockWord(m, RING_LOCK);
  }
}

function pushNumber(stores: number[], at: number, value: number): void {
  stores.push(at, value | 0, at + 1, Math.floor(value / 2 ** 32));
}
