import type { Cell } from '../../contract/core.ts';
import type { Stamp } from '../../contract/entry.ts';
import { freeBlock } from './blocks.ts';
import { makeRoomDue, pushDue, tickOf } from './due.ts';
import {
  ENTRY,
  expiryAt,
  generationAt,
  hashAt,
  identityOf,
  kindAt,
  LOCK,
  makeBlock,
  mapAt,
  markUsed,
  setVersion,
  stampAt,
  STONE,
  takeKeyAt,
  versionAt,
} from './entries.ts';
import {
  BIRTHS_ON,
  BIRTH_COUNT,
  EMPTY,
  M_COUNTS,
  M_STORED,
  MAP_LIMIT,
  RECORDING,
  REDO_LIST,
  REDO_NOTHING,
  RING_COUNT,
  RING_LOCK,
  S_EXPIRING,
  S_LIVE,
  S_LOCKS,
  S_STONES,
  S_TOMBS,
  T_LIST,
  T_REDO,
  T_REDO_COUNT,
  T_REDO_LIST,
  T_RING_COUNT,
  T_RING_HEAD,
  TOMB,
} from './layout.ts';
import type { Local } from './local.ts';
import { damaged, type Memory, threadAt } from './memory.ts';
import { writeOver } from './over.ts';
import { advanceHead, EXPIRED, INSERTED, putWordsAt, stageChange, UPDATED, writeStage } from './ring.ts';
import { lockWord, stripeAt, unlockWord } from './stripe-lock.ts';
import { addPair, findPair, freePair, makeRoom, pairAt, pairsOf, removePair, indexOf } from './table.ts';
import { takeVersion } from './versions.ts';

/**
 * The functions that change a single entry, under the lock of its stripe. Each is a commit of its own. What can fail for
 * want of memory comes first; then one store makes the change.
 */

/** Where the record of a map lies. @throws StoreError `CORRUPT` */
export function mapRecord(m: Memory, map: number): number {
  const { layout } = m;
  const record = map > 0 && map <= MAP_LIMIT ? (m.words[layout.mapsAt + map - 1] as number) : 0;
  if (record < layout.chunksAt || record + M_COUNTS + layout.stripes > layout.totalWords) {
    throw damaged(`the record of map ${map}`);
  }
  return record;
}

/** Counts a block that the index names from now on, or no longer. */
export function account(m: Memory, stripe: number, block: number, change: number): void {
  const { words } = m;
  const at = stripeAt(m, stripe);
  const kind = kindAt(m, block);
  if (kind === ENTRY) {
    const count = mapRecord(m, mapAt(m, block)) + M_COUNTS + stripe;
    words[count] = (words[count] as number) + change;
  } else if (kind === STONE) words[at + S_STONES] = (words[at + S_STONES] as number) + change;
  else words[at + S_LOCKS] = (words[at + S_LOCKS] as number) + change;
  if (expiryAt(m, block) !== 0) words[at + S_EXPIRING] = (words[at + S_EXPIRING] as number) + change;
}

/** Tells threads with an ordered view that there is a new key: before it can be seen. */
export function announceBirth(m: Memory, hash: number): void {
  const { words, layout } = m;
  if (words[BIRTHS_ON] === 0) return;
  const count = Atomics.add(words, BIRTH_COUNT, 1);
  Atomics.store(words, layout.birthsAt + (count & ((1 << layout.birthBits) - 1)), hash);
}

/**
 * Commits one store of the index: takes a version, gives it to the new block, and tells watchers, where there are
 * any. From the store of `T_REDO` on the commit stands, whoever dies.
 *
 * @param block - what the pair names from now on; {@link TOMB} to remove what it names
 * @param told - whether the change is staged
 */
function commitOne(
  local: Local,
  stripe: number,
  pair: number,
  hash: number,
  block: number,
  told: boolean,
): number {
  const { m } = local;
  const { words } = m;
  if (!told || words[RECORDING] === 0) {
    const version = takeVersion(m);
    if (block !== TOMB) setVersion(m, block, version);
    replacePair(m, stripe, pair, hash, block);
    return version;
  }
  const thread = threadAt(m, m.me);
  let version = 0;
  lockWord(m, RING_LOCK);
  try {
    version = takeVersion(m);
    if (block !== TOMB) setVersion(m, block, version);
    const head = writeStage(m, local.stage, version);
    words[thread + T_LIST] = pair;
    words[thread + T_LIST + 1] = hash;
    words[thread + T_LIST + 2] = pair + 1;
    words[thread + T_LIST + 3] = block;
    words[thread + T_REDO_LIST] = thread + T_LIST;
    words[thread + T_REDO_COUNT] = 2;
    putWordsAt(m, thread + T_RING_HEAD, head);
    words[thread + T_RING_COUNT] = ((words[RING_COUNT] as number) + 1) | 0;
    Atomics.store(words, thread + T_REDO, REDO_LIST);
    advanceHead(m, head);
  } finally {
    unlockWord(m, RING_LOCK);
  }
  replacePair(m, stripe, pair, hash, block);
  Atomics.store(words, thread + T_REDO, REDO_NOTHING);
  return version;
}

/** Makes a pair name a block, whatever it named. */
export function replacePair(m: Memory, stripe: number, pair: number, hash: number, block: number): void {
  const old = m.words[pair + 1] as number;
  if (block === TOMB) removePair(m, stripe, pair);
  else if (old === EMPTY || old === TOMB) addPair(m, stripe, pair, hash, block);
  else Atomics.store(m.words, pair + 1, block);
}

/** `true` when the place of a removal serves for a new entry, and some place stays free for searches to end at. */
function hasTomb(m: Memory, stripe: number): boolean {
  const at = stripeAt(m, stripe);
  const [live, tombs] = [m.words[at + S_LIVE] as number, m.words[at + S_TOMBS] as number];
  return tombs > 0 && live + tombs < pairsOf(m, indexOf(m, stripe));
}

/** What {@link put} answers when there is no room. */
export const NO_ROOM = 0;

/**
 * Writes the entry of the key in the scratch.
 *
 * @param pair - the pair that names the entry there is; 0 when there is none
 * @returns the block it lies in, or {@link NO_ROOM} with nothing changed
 */
export function put(
  local: Local,
  stripe: number,
  map: number,
  generation: number,
  pair: number,
  cell: Cell,
  expiresAt: number,
  stamp: Stamp | undefined,
  shape: number,
): number {
  const { m } = local;
  const { words } = m;
  if (pair === 0 && !makeRoom(m, stripe, 1) && !hasTomb(m, stripe)) return NO_ROOM;
  const old = pair === 0 ? 0 : (words[pair + 1] as number);
  if (old !== 0 && words[RECORDING] === 0 && expiryAt(m, old) === expiresAt) {
    if (local.evicts) markUsed(m, old);
    if (writeOver(m, old, cell, stamp, shape)) return old;
  }
  const again = expiresAt !== 0 && (old === 0 || expiryAt(m, old) !== expiresAt);
  if (again && !makeRoomDue(m, stripe, local.base, 1)) return NO_ROOM;
  const block = makeBlock(m, stripe, identityOf(m, map, ENTRY), generation, cell, expiresAt, stamp, shape);
  if (block === 0) return NO_ROOM;
  // What was only inserted goes before what was used since.
  if (old !== 0 && local.evicts) markUsed(m, block);
  const { hash } = m;
  if (words[RECORDING] !== 0) {
    local.stage.used = 0;
    stageChange(m, local.stage, old === 0 ? INSERTED : UPDATED, block, old);
  }
  const stone = old === 0 ? stonePair(m, stripe, map, generation) : 0;
  if (old === 0) {
    announceBirth(m, hash);
    const record = mapRecord(m, map);
    if (words[record + M_STORED] === 0) Atomics.store(words, record + M_STORED, 1);
  }
  const into = pair !== 0 ? pair : stone !== 0 ? stone : freePair(m, stripe, true);
  const former = pair === 0 && stone === 0 ? 0 : (words[into + 1] as number);
  commitOne(local, stripe, into, hash, block, true);
  if (again) pushDue(m, stripe, tickOf(local.base, expiresAt), hash);
  if (old !== 0 && expiresAt === 0 && expiryAt(m, old) === 0) freeBlock(m, stripe, old);
  else {
    account(m, stripe, block, 1);
    if (former !== 0) dropBlock(m, stripe, former);
  }
  return block;
}

/**
 * Removes the entry that a pair names, in a commit of its own; its version. With a stamp a stone takes its place in the
 * same store. The entry's block is the caller's to free.
 */
export function removeEntry(
  local: Local,
  stripe: number,
  pair: number,
  kind: number,
  stamp: Stamp | undefined,
): number {
  const { m } = local;
  const old = m.words[pair + 1] as number;
  const stone =
    stamp === undefined ? TOMB : makeStone(local, stripe, mapAt(m, old), generationAt(m, old), stamp);
  if (m.words[RECORDING] !== 0) {
    local.stage.used = 0;
    stageChange(m, local.stage, kind, 0, old);
  }
  const version = commitOne(local, stripe, pair, hashAt(m, old), stone, true);
  account(m, stripe, old, -1);
  placedStone(local, stripe, stone);
  return version;
}

/** Removes an entry whose time is over, leaving its stamp behind. */
export function expireEntry(local: Local, stripe: number, pair: number): void {
  const { m } = local;
  const block = m.words[pair + 1] as number;
  const stamp = stampAt(m, block);
  if (stamp !== undefined) {
    trimStones(local, stripe);
    takeKeyAt(m, block);
  }
  removeEntry(local, stripe, pair, EXPIRED, stamp);
  freeBlock(m, stripe, block);
}

/** A block that remembers the stamp of the key in the scratch; {@link TOMB} where stamps are not kept, or without room. */
export function makeStone(
  local: Local,
  stripe: number,
  map: number,
  generation: number,
  stamp: Stamp,
): number {
  const { m } = local;
  if (local.stonesInStripe === 0 || local.stoneMs === 0) return TOMB;
  if (!makeRoomDue(m, stripe, local.base, 1)) return TOMB;
  const until = Math.ceil(local.clock.now() + local.stoneMs);
  const block = makeBlock(m, stripe, identityOf(m, map, STONE), generation, 0, until, stamp, 0);
  if (block === 0) return TOMB;
  setVersion(m, block, 0);
  return block;
}

/** Counts a stone that a pair names from now on. */
export function placedStone(local: Local, stripe: number, stone: number): void {
  if (stone === TOMB) return;
  account(local.m, stripe, stone, 1);
  pushDue(local.m, stripe, tickOf(local.base, expiryAt(local.m, stone)), hashAt(local.m, stone));
}

/** Remembers the stamp of a key that was absent, in the scratch; the version that takes. */
export function leaveStone(
  local: Local,
  stripe: number,
  map: number,
  generation: number,
  stamp: Stamp,
): number {
  const { m } = local;
  trimStones(local, stripe);
  const stone = makeRoom(m, stripe, 1) ? makeStone(local, stripe, map, generation, stamp) : TOMB;
  const pair = stonePair(m, stripe, map, generation);
  if (stone === TOMB) return takeVersion(m);
  const former = pair === 0 ? 0 : (m.words[pair + 1] as number);
  const into = pair === 0 ? freePair(m, stripe, true) : pair;
  const version = commitOne(local, stripe, into, m.hash, stone, false);
  placedStone(local, stripe, stone);
  if (former !== 0) dropBlock(m, stripe, former);
  return version;
}

/** The pair of the stamp that was left behind of the key in the scratch; 0 for none. */
export function stonePair(m: Memory, stripe: number, map: number, generation: number): number {
  if ((m.words[stripeAt(m, stripe) + S_STONES] as number) <= 0) return 0;
  return findPair(m, stripe, identityOf(m, map, STONE), generation);
}

/** The stamp that is remembered of the removed key in the scratch. */
export function stoneStamp(local: Local, stripe: number, map: number, generation: number): Stamp | undefined {
  const { m } = local;
  const pair = stonePair(m, stripe, map, generation);
  if (pair === 0) return undefined;
  const block = m.words[pair + 1] as number;
  return expiryAt(m, block) > local.clock.now() ? stampAt(m, block) : undefined;
}

/** Removes what nobody is told of: a stone, the state of a lock. */
export function dropPair(m: Memory, stripe: number, pair: number): void {
  const block = m.words[pair + 1] as number;
  removePair(m, stripe, pair);
  dropBlock(m, stripe, block);
}

/** Gives back a block that no pair names any more. */
export function dropBlock(m: Memory, stripe: number, block: number): void {
  account(m, stripe, block, -1);
  freeBlock(m, stripe, block);
}

/** Forgets the oldest stamps where there are too many for one more; before any pair of a stone is looked up. */
export function trimStones({ m, stonesInStripe }: Local, stripe: number): void {
  while ((m.words[stripeAt(m, stripe) + S_STONES] as number) >= Math.max(stonesInStripe, 1)) {
    if (!dropOldestStone(m, stripe)) return;
  }
}

function dropOldestStone(m: Memory, stripe: number): boolean {
  const index = indexOf(m, stripe);
  const pairs = pairsOf(m, index);
  let oldest = 0;
  let least = Infinity;
  for (let i = 0; i < pairs; i++) {
    const pair = pairAt(index, i);
    const block = m.words[pair + 1] as number;
    if (block === EMPTY || block === TOMB || kindAt(m, block) !== STONE || versionAt(m, block) >= least)
      continue;
    least = versionAt(m, block);
    oldest = pair;
  }
  if (oldest !== 0) dropPair(m, stripe, oldest);
  return oldest !== 0;
}

/** Puts the state of a lock in the place of the one there is; `false` without room, and nothing changed. */
export function putLock(local: Local, stripe: number, map: number, pair: number, cell: Uint8Array): boolean {
  const { m } = local;
  if (pair === 0 && !makeRoom(m, stripe, 1)) return false;
  const block = makeBlock(m, stripe, identityOf(m, map, LOCK), 0, cell, 0, undefined, 0);
  if (block === 0) return false;
  setVersion(m, block, 0);
  const old = pair === 0 ? 0 : (m.words[pair + 1] as number);
  const into = pair === 0 ? freePair(m, stripe, true) : pair;
  replacePair(m, stripe, into, m.hash, block);
  account(m, stripe, block, 1);
  if (old !== 0) dropBlock(m, stripe, old);
  return true;
}
