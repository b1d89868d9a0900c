import type { Clock } from '../../base/clock.ts';
import { systemClock } from '../../base/clock.ts';
import { StoreError } from '../../base/errors.ts';
import { show } from '../../base/options.ts';
import type { SyncEngine } from '../../contract/engine.ts';
import { Chores } from './busy.ts';
import { assemble } from './engine.ts';
import { ExpiryTimer } from './expiry.ts';
import { Hub } from './hub.ts';
import {
  BASE_MONOTONIC,
  BASE_WALL,
  EVICTS,
  LINEAGE,
  NEXT_DUE,
  READY,
  STONE_LIMIT,
  STONE_MS,
} from './layout.ts';
import { NEVER } from './due.ts';
import { numberAt, putNumber } from './entries.ts';
import { LockLines } from './lines.ts';
import { startHeart, systemWaiting } from './liveness.ts';
import type { Local } from './local.ts';
import { listen } from './mailbox.ts';
import { layoutIn, memoryOver, type Waiting } from './memory.ts';
import type { SharedSettings } from './options.ts';
import { OrderedViews } from './ordered.ts';
import { recover } from './recover.ts';
import { newStage } from './ring.ts';
import { type State, told } from './state.ts';
import { join } from './threads.ts';

/**
 * What another thread opens the same store with: a plain object that travels in `workerData` or a message. All threads
 * that have it are trusted: they can write anything into the buffer.
 *
 * @example
 * ```ts no-run
 * import { workerData } from 'node:worker_threads';
 * import { open } from 'samemap';
 * import { attach, type SharedHandle } from 'samemap/shared';
 * const store = await open(attach(workerData as SharedHandle));
 * ```
 */
export interface SharedHandle {
  readonly kind: 'samemap/shared';
  readonly buffer: SharedArrayBuffer;
}

/** What tests decide of an engine. */
export interface SharedInternals {
  readonly clock?: Clock | undefined;
  readonly waiting?: Waiting | undefined;
}

/** Writes what a new buffer begins with. */
export function initialize(
  buffer: SharedArrayBuffer,
  settings: SharedSettings,
  clock: Clock | undefined,
): void {
  const words = new Int32Array(buffer);
  words[EVICTS] = settings.evicts ? 1 : 0;
  words[STONE_MS] = settings.tombstoneMs;
  words[STONE_LIMIT] = settings.tombstoneCount;
  const own = clock ?? systemClock();
  putNumber(words, BASE_WALL, own.now());
  putNumber(words, BASE_MONOTONIC, monotonicMs());
  words[NEXT_DUE] = NEVER;
  words.set(crypto.getRandomValues(new Int32Array(4)), LINEAGE);
  Atomics.store(words, READY, 1);
}

/** Opens a buffer for this thread. */
export function engineOver(
  buffer: SharedArrayBuffer,
  historyLimit: number,
  { clock, waiting }: SharedInternals,
): SyncEngine {
  const layout = layoutIn(buffer);
  const words = new Int32Array(buffer, 0, layout.totalWords);
  const m = memoryOver(buffer, layout, waiting ?? systemWaiting(words, layout));
  const local: Local = {
    m,
    clock: clock ?? sharedClock(words),
    stage: newStage(),
    tables: [],
    evicts: words[EVICTS] === 1,
    stoneMs: words[STONE_MS] as number,
    stonesInStripe: Math.ceil((words[STONE_LIMIT] as number) / layout.stripes),
    base: numberAt(words, BASE_WALL),
  };
  m.recover = (owner) => recover(local, owner);
  join(local);
  const chores = new Chores();
  const state: State = {
    local,
    chores,
    buffer,
    hub: new Hub(local, chores, historyLimit),
    lines: new LockLines(local, chores),
    expiry: new ExpiryTimer(local, () => told(state)),
    ordered: new OrderedViews(local),
    views: new Set(),
    closed: false,
    still: startHeart(m),
    deafen: listen(m, () => {
      chores.persist(() => state.hub.rang());
      state.lines.look();
      state.expiry.arm();
    }),
  };
  state.expiry.arm();
  return assemble(state);
}

/** Checks a handle. @throws TypeError when it is none */
export function bufferOf(handle: unknown): SharedArrayBuffer {
  const buffer: unknown =
    typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'buffer') : undefined;
  if (buffer instanceof SharedArrayBuffer && Reflect.get(handle as object, 'kind') === 'samemap/shared') {
    if (buffer.byteLength < 2 ** 20) throw new StoreError('CORRUPT', 'attach: the buffer holds no store');
    return buffer;
  }
  throw new TypeError(`attach takes the handle of a shared store, got ${show(handle)}`);
}

/** The time of the store, the same in all of its threads: its wall time at the start, and monotonic from there. */
function sharedClock(words: Int32Array): Clock {
  const start = numberAt(words, BASE_WALL) - numberAt(words, BASE_MONOTONIC);
  const machine = systemClock();
  return {
    now: () => Math.floor(start + monotonicMs()),
    after: (delayMs, run, background) => machine.after(delayMs, run, background),
  };
}

/** Monotonic time of the machine, which all threads share. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
