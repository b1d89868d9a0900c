import type { CountReply } from '../../contract/core.ts';
import { account, expireEntry } from './apply.ts';
import { freeBlock } from './blocks.ts';
import { ENTRY, expiryAt, generationAt, keyByteAt, keyLengthAt, kindAt, LOCK, mapAt } from './entries.ts';
import {
  EMPTY,
  M_COUNTS,
  RECORDING,
  REDO_CLEAR,
  T_CLEAR_END,
  T_CLEAR_GENERATION,
  T_CLEAR_MAP,
  T_CLEAR_START,
  T_CLEAR_STONES,
  T_END_BYTES,
  T_START_BYTES,
  TOMB,
} from './layout.ts';
import type { Local, Table } from './local.ts';
import { type Memory, threadAt } from './memory.ts';
import { commitAs, storesDone } from './redo.ts';
import { DELETED, stageChange } from './ring.ts';
import { lockAll, unlockAll } from './stripe-lock.ts';
import { indexOf, pairAt, pairsOf, removePair } from './table.ts';
import { newestVersion } from './versions.ts';
import { generationOf } from './words.ts';

/** A part of a map: its bounds as UTF-8 bytes. */
interface Part {
  readonly map: number;
  readonly generation: number;
  readonly start: Uint8Array;
  /** `undefined`: to the end. */
  readonly end: Uint8Array | undefined;
  /** Also the stamps that were left behind. */
  readonly stones: boolean;
}

const encoder = new TextEncoder();

/**
 * `SyncCore.clear`: under all locks, in one commit that is written down as what it does, so that it can be
 * done again from its description.
 */
export function clear(
  local: Local,
  table: Table,
  start: string,
  end: string | undefined,
  stones: boolean,
): CountReply {
  const { m } = local;
  const bounds = { start: encoder.encode(start), end: end === undefined ? undefined : encoder.encode(end) };
  lockAll(m, true);
  try {
    return clearLocked(local, { map: table.id, generation: generationOf(m, table), ...bounds, stones });
  } finally {
    unlockAll(m);
  }
}

function clearLocked(local: Local, part: Part): CountReply {
  const { m } = local;
  const { stripes } = m.layout;
  const now = local.clock.now();
  for (let stripe = 0; stripe < stripes; stripe++) expireAll(local, stripe, part, now);
  const recording = m.words[RECORDING] !== 0;
  local.stage.used = 0;
  let count = 0;
  for (let stripe = 0; stripe < stripes; stripe++) count += countPart(local, stripe, part, recording);
  if (count === 0 && !part.stones) return { at: newestVersion(m), count };
  describe(m, part);
  const at = commitAs(local, REDO_CLEAR, [], recording && count > 0);
  for (let stripe = 0; stripe < stripes; stripe++) removePart(m, stripe, part);
  storesDone(m);
  return { at, count };
}

/** Removes what has expired of a part, each entry in a commit of its own. */
function expireAll(local: Local, stripe: number, part: Part, now: number): void {
  const { m } = local;
  if (entriesIn(m, stripe, part.map) === 0) return;
  for (let i = 0; i < pairsOf(m, indexOf(m, stripe)); i++) {
    const pair = pairAt(indexOf(m, stripe), i);
    const block = m.words[pair + 1] as number;
    if (!belongs(m, block, part) || kindAt(m, block) !== ENTRY) continue;
    const expiresAt = expiryAt(m, block);
    if (expiresAt !== 0 && expiresAt <= now) expireEntry(local, stripe, pair);
  }
}

/** How many entries a stripe has of a map. */
export function entriesIn(m: Memory, stripe: number, map: number): number {
  const record = m.words[m.layout.mapsAt + map - 1] as number;
  return m.words[record + M_COUNTS + stripe] as number;
}

function countPart(local: Local, stripe: number, part: Part, recording: boolean): number {
  const { m } = local;
  if (entriesIn(m, stripe, part.map) === 0) return 0;
  const index = indexOf(m, stripe);
  const pairs = pairsOf(m, index);
  let count = 0;
  for (let i = 0; i < pairs; i++) {
    const block = m.words[pairAt(index, i) + 1] as number;
    if (!belongs(m, block, part) || kindAt(m, block) !== ENTRY) continue;
    count++;
    if (recording) stageChange(m, local.stage, DELETED, 0, block);
  }
  return count;
}

function removePart(m: Memory, stripe: number, part: Part): void {
  if (!part.stones && entriesIn(m, stripe, part.map) === 0) return;
  const index = indexOf(m, stripe);
  const pairs = pairsOf(m, index);
  for (let i = 0; i < pairs; i++) {
    const block = m.words[pairAt(index, i) + 1] as number;
    if (!belongs(m, block, part) || (kindAt(m, block) !== ENTRY && !part.stones)) continue;
    removePair(m, stripe, pairAt(index, i));
    account(m, stripe, block, -1);
    freeBlock(m, stripe, block);
  }
}

/** `true` for a block of the map, the generation and the range; never for the state of a lock. */
function belongs(m: Memory, block: number, { map, generation, start, end }: Part): boolean {
  if (block === EMPTY || block === TOMB || mapAt(m, block) !== map) return false;
  if (generationAt(m, block) !== generation || kindAt(m, block) === LOCK) return false;
  if (start.length > 0 && compareKey(m, block, start) < 0) return false;
  return end === undefined || compareKey(m, block, end) < 0;
}

/** Orders the key of a block and bytes. */
function compareKey(m: Memory, block: number, other: Uint8Array): number {
  const from = keyByteAt(m, block);
  const length = keyLengthAt(m, block);
  const common = Math.min(length, other.length);
  for (let i = 0; i < common; i++) {
    const difference = (m.bytes[from + i] as number) - (other[i] as number);
    if (difference !== 0) return difference;
  }
  return length - other.length;
}

/** The most bytes of a key, and so of a bound: of a longer one counts only that it is longer. */
const BOUND_BYTES = 1024;

/** Writes down what is going to be cleared. */
function describe(m: Memory, part: Part): void {
  const { words, bytes } = m;
  const thread = threadAt(m, m.me);
  words[thread + T_CLEAR_MAP] = part.map;
  words[thread + T_CLEAR_GENERATION] = part.generation;
  words[thread + T_CLEAR_START] = Math.min(part.start.length, BOUND_BYTES + 1);
  words[thread + T_CLEAR_END] = part.end === undefined ? -1 : Math.min(part.end.length, BOUND_BYTES + 1);
  words[thread + T_CLEAR_STONES] = part.stones ? 1 : 0;
  bytes.set(part.start.subarray(0, BOUND_BYTES), (thread + T_START_BYTES) * 4);
  if (part.end !== undefined) bytes.set(part.end.subarray(0, BOUND_BYTES), (thread + T_END_BYTES) * 4);
}

/** Clears what a thread that is gone was going to clear. */
export function redoClear(m: Memory, thread: number): void {
  const { words, bytes } = m;
  const bound = (at: number, length: number): Uint8Array => {
    const whole = new Uint8Array(Math.min(Math.max(length, 0), BOUND_BYTES + 1));
    const from = (thread + at) * 4;
    whole.set(bytes.subarray(from, from + Math.min(whole.length, BOUND_BYTES)));
    return whole;
  };
  const endBytes = words[thread + T_CLEAR_END] as number;
  const part: Part = {
    map: words[thread + T_CLEAR_MAP] as number,
    generation: words[thread + T_CLEAR_GENERATION] as number,
    start: bound(T_START_BYTES, words[thread + T_CLEAR_START] as number),
    end: endBytes < 0 ? undefined : bound(T_END_BYTES, endBytes),
    stones: words[thread + T_CLEAR_STONES] === 1,
  };
  for (let stripe = 0; stripe < m.layout.stripes; stripe++) redoPart(m, stripe, part);
}

/** As {@link removePart}, with counts and free lists that are worth nothing: only the index changes. */
function redoPart(m: Memory, stripe: number, part: Part): void {
  const index = indexOf(m, stripe);
  const pairs = pairsOf(m, index);
  for (let i = 0; i < pairs; i++) {
    const block = m.words[pairAt(index, i) + 1] as number;
    if (!belongs(m, block, part) || (kindAt(m, block) !== ENTRY && !part.stones)) continue;
    Atomics.store(m.words, pairAt(index, i) + 1, TOMB);
  }
}
