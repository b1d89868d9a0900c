import { StoreError } from '../../base/errors.ts';
import { ANY, type Condition, holds, NEWER } from '../../contract/condition.ts';
import { type Cell, KEEP_EXPIRY, type Reply, type Stored } from '../../contract/core.ts';
import type { Stamp } from '../../contract/entry.ts';
import { expireEntry, leaveStone, NO_ROOM, put, removeEntry, stoneStamp, trimStones } from './apply.ts';
import { freeBlock } from './blocks.ts';
import {
  cellAt,
  ENTRY,
  expiryAt,
  identityOf,
  isNumberAt,
  markUsed,
  numberAt,
  shapeAt,
  stampAt,
  valueByteAt,
  versionAt,
} from './entries.ts';
import { makeSpace } from './evict.ts';
import { takeKey } from './keys.ts';
import { M_GENERATION } from './layout.ts';
import type { Local, Table } from './local.ts';
import type { Memory } from './memory.ts';
import { DELETED } from './ring.ts';
import { lockToRead, lockToWrite, stripeOf, unlock } from './stripe-lock.ts';
import { findPair } from './table.ts';
import { newestVersion } from './versions.ts';

/** The words for one key. Each holds the lock of the key's stripe from its first look to its last. */

/** An entry as it is answered. */
export function entryAt(m: Memory, block: number, key: string): Stored {
  return {
    key,
    value: cellAt(m, block),
    version: versionAt(m, block),
    expiresAt: expiryAt(m, block),
    shape: shapeAt(m, block),
  };
}

/** The generation of a map: entries of another one are none. */
export function generationOf(m: Memory, table: Table): number {
  return m.words[table.record + M_GENERATION] as number;
}

function isOver(local: Local, block: number): boolean {
  const expiresAt = expiryAt(local.m, block);
  return expiresAt !== 0 && expiresAt <= local.clock.now();
}

/** `SyncCore.get`. */
export function get(local: Local, table: Table, key: string): Reply {
  const { m } = local;
  takeKey(m, table.id, key);
  const stripe = stripeOf(m, m.hash);
  lockToRead(m, stripe);
  try {
    const pair = findPair(m, stripe, identityOf(m, table.id, ENTRY), generationOf(m, table));
    const block = pair === 0 ? 0 : (m.words[pair + 1] as number);
    if (block === 0 || isOver(local, block)) return { ok: false, at: newestVersion(m), entry: undefined };
    if (local.evicts) markUsed(m, block);
    return { ok: true, at: newestVersion(m), entry: entryAt(m, block, key) };
  } finally {
    unlock(m, stripe);
  }
}

/** `SyncEngine.versionOf`. */
export function versionOf(local: Local, table: Table, key: string): number {
  const { m } = local;
  takeKey(m, table.id, key);
  const stripe = stripeOf(m, m.hash);
  lockToRead(m, stripe);
  try {
    const pair = findPair(m, stripe, identityOf(m, table.id, ENTRY), generationOf(m, table));
    const block = pair === 0 ? 0 : (m.words[pair + 1] as number);
    return block === 0 || isOver(local, block) ? 0 : versionAt(m, block);
  } finally {
    unlock(m, stripe);
  }
}

/** The pair of the key in the scratch as a write meets it: an entry whose time is over goes first. */
export function standingPair(local: Local, stripe: number, table: Table, generation: number): number {
  const { m } = local;
  const pair = findPair(m, stripe, identityOf(m, table.id, ENTRY), generation);
  if (pair === 0 || !isOver(local, m.words[pair + 1] as number)) return pair;
  expireEntry(local, stripe, pair);
  return 0;
}

/** `true` when a condition holds over what stands. */
export function allows(
  local: Local,
  stripe: number,
  table: Table,
  generation: number,
  block: number,
  condition: Condition,
  ifVersion: number,
  stamp: Stamp | undefined,
): boolean {
  if (condition === ANY) return true;
  const { m } = local;
  let known: Stamp | undefined;
  if (condition === NEWER) {
    known = block === 0 ? stoneStamp(local, stripe, table.id, generation) : stampAt(m, block);
  }
  return holds(condition, ifVersion, stamp, block === 0 ? 0 : versionAt(m, block), known);
}

/** `SyncCore.write`. */
export function write(
  local: Local,
  table: Table,
  key: string,
  cell: Cell | undefined,
  condition: Condition,
  ifVersion: number,
  expiresAt: number,
  stamp: Stamp | undefined,
  shape: number,
): Reply {
  const { m } = local;
  takeKey(m, table.id, key);
  const stripe = stripeOf(m, m.hash);
  lockToWrite(m, stripe);
  try {
    const generation = generationOf(m, table);
    const pair = standingPair(local, stripe, table, generation);
    const block = pair === 0 ? 0 : (m.words[pair + 1] as number);
    if (!allows(local, stripe, table, generation, block, condition, ifVersion, stamp)) {
      return refusal(m, block, key);
    }
    const kept = condition === NEWER ? stamp : undefined;
    if (cell !== undefined) {
      const until = expiresAt === KEEP_EXPIRY ? (block === 0 ? 0 : expiryAt(m, block)) : expiresAt;
      const version = putWithSpace(local, stripe, table, generation, pair, cell, until, kept, shape);
      return { ok: true, at: version, entry: { key, value: cell, version, expiresAt: until, shape } };
    }
    return remove(local, stripe, table, generation, pair, kept, key);
  } finally {
    unlock(m, stripe);
  }
}

function refusal(m: Memory, block: number, key: string): Reply {
  return { ok: false, at: newestVersion(m), entry: block === 0 ? undefined : entryAt(m, block, key) };
}

/** Writes, making space where that is needed and allowed; the version. @throws StoreError `FULL` */
function putWithSpace(
  local: Local,
  stripe: number,
  table: Table,
  generation: number,
  pair: number,
  cell: Cell,
  expiresAt: number,
  stamp: Stamp | undefined,
  shape: number,
): number {
  const { m } = local;
  let now = pair;
  let block = put(local, stripe, table.id, generation, now, cell, expiresAt, stamp, shape);
  for (let tries = 0; block === NO_ROOM; tries++) {
    const size = typeof cell === 'number' ? 8 : (cell as Uint8Array).length;
    const keep = now === 0 ? 0 : (m.words[now + 1] as number);
    if (!makeSpace(local, stripe, size + m.keyLength, keep, tries)) throw full(local);
    // What was there may have moved, and the index with it.
    now = findPair(m, stripe, identityOf(m, table.id, ENTRY), generation);
    block = put(local, stripe, table.id, generation, now, cell, expiresAt, stamp, shape);
  }
  return versionAt(m, block);
}

/** Why nothing was written. */
export function full({ m }: Local): StoreError {
  return new StoreError(
    'FULL',
    `the shared buffer of ${m.layout.totalWords * 4} bytes is full: nothing was changed`,
  );
}

function remove(
  local: Local,
  stripe: number,
  table: Table,
  generation: number,
  pair: number,
  kept: Stamp | undefined,
  key: string,
): Reply {
  const { m } = local;
  if (pair === 0) {
    if (kept === undefined) return refusal(m, 0, key);
    return { ok: true, at: leaveStone(local, stripe, table.id, generation, kept), entry: undefined };
  }
  const block = m.words[pair + 1] as number;
  const entry = entryAt(m, block, key);
  if (kept !== undefined) trimStones(local, stripe);
  const version = removeEntry(local, stripe, pair, DELETED, kept);
  freeBlock(m, stripe, block);
  return { ok: true, at: version, entry };
}

/** `SyncCore.add`. */
export function add(
  local: Local,
  table: Table,
  key: string,
  delta: number,
  expiresAt: number,
  shape: number,
): Reply {
  const { m } = local;
  takeKey(m, table.id, key);
  const stripe = stripeOf(m, m.hash);
  lockToWrite(m, stripe);
  try {
    const generation = generationOf(m, table);
    const pair = standingPair(local, stripe, table, generation);
    const block = pair === 0 ? 0 : (m.words[pair + 1] as number);
    let value = 0;
    if (block !== 0) {
      if (!isNumberAt(m, block)) return refusal(m, block, key);
      value = numberAt(m.words, valueByteAt(m, block) >> 2);
    }
    const sum = Number.isSafeInteger(value) ? value + delta : NaN;
    if (!Number.isSafeInteger(sum)) return refusal(m, block, key);
    const until = block === 0 ? expiresAt : expiryAt(m, block);
    const version = putWithSpace(
      local,
      stripe,
      table,
      generation,
      pair,
      sum,
      Math.max(until, 0),
      undefined,
      shape,
    );
    return { ok: true, at: version, entry: { key, value: sum, version, expiresAt: until, shape } };
  } finally {
    unlock(m, stripe);
  }
}
