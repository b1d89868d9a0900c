import { NEWER } from '../../contract/condition.ts';
import { type CommitReply, type Guard, KEEP_EXPIRY, type Operation } from '../../contract/core.ts';
import {
  account,
  announceBirth,
  dropBlock,
  makeStone,
  placedStone,
  replacePair,
  stonePair,
  trimStones,
} from './apply.ts';
import { freeBlock } from './blocks.ts';
import { makeRoomDue, pushDue, tickOf } from './due.ts';
import { ENTRY, expiryAt, identityOf, makeBlock, versionAt } from './entries.ts';
import { makeSpace } from './evict.ts';
import { holdsLock } from './grants.ts';
import { takeKey } from './keys.ts';
import { EMPTY, M_STORED, RECORDING, S_TOMBS, TOMB } from './layout.ts';
import type { Local, Table } from './local.ts';
import { commitStores, roomForStores, storesDone } from './redo.ts';
import { DELETED, INSERTED, stageChange, UPDATED } from './ring.ts';
import { lockSome, stripeAt, stripeOf, unlockSome } from './stripe-lock.ts';
import { findPair, freePair, makeRoom } from './table.ts';
import { newestVersion } from './versions.ts';
import { allows, entryAt, full, generationOf, standingPair } from './words.ts';

/** What a commit is about to do to one key. */
interface Step {
  readonly operation: Operation;
  readonly table: Table;
  readonly stripe: number;
  readonly hash: number;
  /** The pair of the entry, or the one that is reserved; 0 for a delete of nothing. */
  pair: number;
  /** The entry that stood; 0 for none. */
  old: number;
  /** What the pair named, be it an entry or a stamp left behind; 0 for nothing. */
  former: number;
  /** What the pair names from now on; {@link TOMB} for nothing. */
  block: number;
  /** When that expires; 0 for never. */
  until: number;
}

/** The stripes of some keys, each once, by rising number. */
export function stripesOf(
  local: Local,
  keys: readonly { readonly map: number; readonly key: string }[],
): number[] {
  const { m } = local;
  const found = new Set<number>();
  for (let i = 0; i < keys.length; i++) {
    const named = keys[i] as { readonly map: number; readonly key: string };
    takeKey(m, named.map, named.key);
    found.add(stripeOf(m, m.hash));
  }
  return Array.from(found).sort((a, b) => a - b);
}

/**
 * `SyncCore.commit`, but for letting locks go: under the locks of all stripes everything is checked, then all memory
 * is taken, then everything is applied under one version.
 *
 * @param tables - those of the guards, then of the operations
 */
export function commit(
  local: Local,
  tables: readonly Table[],
  guards: readonly Guard[],
  operations: readonly Operation[],
): CommitReply {
  const { m } = local;
  const stripes = stripesOf(local, [...guards, ...operations]);
  lockSome(m, stripes, true);
  try {
    for (let tries = 0; ; tries++) {
      const reply = attempt(local, tables, guards, operations, tries);
      if (reply !== undefined) return reply;
    }
  } finally {
    unlockSome(m, stripes);
  }
}

/** One attempt; `undefined`: space was made, begin again. */
function attempt(
  local: Local,
  tables: readonly Table[],
  guards: readonly Guard[],
  operations: readonly Operation[],
  tries: number,
): CommitReply | undefined {
  const { m } = local;
  for (let i = 0; i < guards.length; i++) {
    const guard = guards[i] as Guard;
    const table = tables[i] as Table;
    takeKey(m, guard.map, guard.key);
    const stripe = stripeOf(m, m.hash);
    const pair = standingPair(local, stripe, table, generationOf(m, table));
    const block = pair === 0 ? 0 : (m.words[pair + 1] as number);
    let held = false;
    if (guard.kind === 'fence') held = holdsLock(m, stripe, guard.map, guard.fence);
    else held = (block === 0 ? 0 : versionAt(m, block)) === guard.version;
    if (!held) return refused(local, i, block, guard.key);
  }
  const steps: Step[] = [];
  for (let i = 0; i < operations.length; i++) {
    const operation = operations[i] as Operation;
    const table = tables[guards.length + i] as Table;
    const { condition, ifVersion, stamp, key, map } = operation;
    takeKey(m, map, key);
    const stripe = stripeOf(m, m.hash);
    const generation = generationOf(m, table);
    const pair = standingPair(local, stripe, table, generation);
    const old = pair === 0 ? 0 : (m.words[pair + 1] as number);
    if (!allows(local, stripe, table, generation, old, condition, ifVersion, stamp)) {
      return refused(local, guards.length + i, old, key);
    }
    steps.push({ operation, table, stripe, hash: m.hash, pair: 0, old, former: 0, block: TOMB, until: 0 });
  }
  if (steps.length === 0) return { ok: true, at: newestVersion(m), failed: -1, current: undefined };
  for (let i = 0; i < steps.length; i++) {
    const { operation, stripe } = steps[i] as Step;
    if (operation.condition === NEWER) trimStones(local, stripe);
  }
  const lacking = prepare(local, steps);
  if (lacking < 0) return { ok: true, at: carryOut(local, steps), failed: -1, current: undefined };
  const step = steps[lacking] as Step;
  const { cell, key } = step.operation;
  const size =
    (typeof cell === 'number' || cell === undefined ? 8 : (cell as Uint8Array).length) + key.length;
  if (!makeSpace(local, step.stripe, size, 0, tries)) throw full(local);
  return undefined;
}

function refused(local: Local, failed: number, block: number, key: string): CommitReply {
  const { m } = local;
  const current = block === 0 ? undefined : entryAt(m, block, key);
  return { ok: false, at: newestVersion(m), failed, current };
}

/** Takes all memory that a commit needs; the index of the step that found none, or -1. */
function prepare(local: Local, steps: readonly Step[]): number {
  const { m } = local;
  if (!roomForStores(m, steps.length * 2)) return 0;
  for (let i = 0; i < steps.length; i++) {
    const { stripe } = steps[i] as Step;
    let same = 0;
    for (let j = 0; j < steps.length; j++) if ((steps[j] as Step).stripe === stripe) same++;
    if (!makeRoom(m, stripe, same) || !makeRoomDue(m, stripe, local.base, same)) return i;
  }
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i] as Step;
    if (prepareStep(local, step)) continue;
    for (let made = 0; made < i; made++) {
      const { block, stripe } = steps[made] as Step;
      if (block !== TOMB) freeBlock(m, stripe, block);
    }
    return i;
  }
  return -1;
}

function prepareStep(local: Local, step: Step): boolean {
  const { m } = local;
  const { operation, stripe, table } = step;
  const { map, key, cell, condition, expiresAt, stamp, shape } = operation;
  takeKey(m, map, key);
  const generation = generationOf(m, table);
  const kept = condition === NEWER ? stamp : undefined;
  step.pair = findPair(m, stripe, identityOf(m, map, ENTRY), generation);
  if (step.pair === 0) step.pair = stonePair(m, stripe, map, generation);
  step.former = step.pair === 0 ? 0 : (m.words[step.pair + 1] as number);
  if (cell === undefined) {
    if (kept !== undefined) step.block = makeStone(local, stripe, map, generation, kept);
    // A stamp is only forgotten by a write.
    else if (step.old === 0) step.pair = 0;
  } else {
    step.until = expiresAt === KEEP_EXPIRY ? (step.old === 0 ? 0 : expiryAt(m, step.old)) : expiresAt;
    const identity = identityOf(m, map, ENTRY);
    const block = makeBlock(m, stripe, identity, generation, cell, step.until, kept, shape);
    if (block === 0) return false;
    step.block = block;
  }
  if (step.pair === 0 && step.block !== TOMB) {
    step.pair = freePair(m, stripe, false);
    // Reserved: nobody else of this commit takes it, and if it comes to nothing it is the place of a removal.
    const at = stripeAt(m, stripe) + S_TOMBS;
    if (m.words[step.pair + 1] === EMPTY) m.words[at] = (m.words[at] as number) + 1;
    Atomics.store(m.words, step.pair + 1, TOMB);
  }
  return true;
}

/** Commits and applies; nothing in here fails. The version. */
function carryOut(local: Local, steps: readonly Step[]): number {
  const { m } = local;
  const { words } = m;
  const recording = words[RECORDING] !== 0;
  local.stage.used = 0;
  const stores: number[] = [];
  const blocks: number[] = [];
  for (let i = 0; i < steps.length; i++) {
    const { pair, old, block, hash, table, operation } = steps[i] as Step;
    if (pair === 0) continue;
    const gone = operation.cell === undefined;
    if (recording && !(gone && old === 0)) {
      const kind = gone ? DELETED : old === 0 ? INSERTED : UPDATED;
      stageChange(m, local.stage, kind, gone ? 0 : block, old);
    }
    stores.push(pair, hash, pair + 1, block);
    if (block !== TOMB) blocks.push(block);
    if (gone || old !== 0) continue;
    announceBirth(m, hash);
    Atomics.store(words, table.record + M_STORED, 1);
  }
  const version = commitStores(local, stores, blocks, recording && local.stage.used > 0);
  for (let i = 0; i < steps.length; i++) finish(local, steps[i] as Step);
  storesDone(m);
  return version;
}

/** Makes the store of one key, and counts what it changed. */
function finish(local: Local, { operation, pair, former, block, stripe, hash, until }: Step): void {
  const { m } = local;
  if (pair === 0) return;
  replacePair(m, stripe, pair, hash, block);
  if (operation.cell === undefined) placedStone(local, stripe, block);
  else {
    account(m, stripe, block, 1);
    if (until !== 0) pushDue(m, stripe, tickOf(local.base, until), hash);
  }
  if (former !== 0) dropBlock(m, stripe, former);
}
