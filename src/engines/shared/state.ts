import { StoreError } from '../../base/errors.ts';
import type { PointInTime } from '../../contract/services.ts';
import { ringSleepers } from './bell.ts';
import type { Chores } from './busy.ts';
import type { ExpiryTimer } from './expiry.ts';
import type { Hub } from './hub.ts';
import { LINEAGE, RECORDING, RING_EPOCH, RING_LOCK } from './layout.ts';
import type { LockLines } from './lines.ts';
import type { Local, Table } from './local.ts';
import type { Memory } from './memory.ts';
import type { OrderedViews } from './ordered.ts';
import { lockWord, unlockWord } from './stripe-lock.ts';

/** All that a shared store is to one thread; its functions are in the files beside this one. */
export interface State {
  readonly local: Local;
  readonly buffer: SharedArrayBuffer;
  readonly chores: Chores;
  readonly hub: Hub;
  readonly lines: LockLines;
  readonly expiry: ExpiryTimer;
  readonly ordered: OrderedViews;
  readonly views: Set<PointInTime>;
  closed: boolean;
  /** Ends saying that this thread lives. */
  still: () => void;
  /** Ends listening for other threads. */
  deafen: () => void;
}

/** The map with this id. @throws StoreError `CLOSED` */
export function tableOf(state: State, map: number): Table {
  const table = state.local.tables[map];
  if (table === undefined) throw noTable(state, map);
  return table;
}

/** Why there is no map with this id. */
export function noTable(state: State, map: number): Error {
  return state.closed ? closedError() : new RangeError(`no map has the id ${map}`);
}

/** @throws StoreError `CLOSED` */
export function checkOpen(state: State): void {
  if (state.closed) throw closedError();
}

export function closedError(): StoreError {
  return new StoreError('CLOSED', 'the store was closed');
}

/** Tells those who watch, in this thread and in others, that something was committed. */
export function told(state: State): void {
  const { m } = state.local;
  if (m.words[RECORDING] === 0) return;
  if (state.hub.waits) state.hub.pump();
  ringSleepers(m);
}

/** How often the lineage is looked at before its reader waits for who changes it. */
const LOOKS = 100;

/** The identity of the history. */
export function lineageOf(m: Memory): string {
  for (let looks = 0; ; looks++) {
    const epoch = Atomics.load(m.words, RING_EPOCH);
    const words = Array.from({ length: 4 }, (_, i) => Atomics.load(m.words, LINEAGE + i) >>> 0);
    if (Atomics.load(m.words, RING_EPOCH) === epoch && (epoch & 1) === 0) {
      return words.map((word) => word.toString(16).padStart(8, '0')).join('');
    }
    if (looks < LOOKS) continue;
    // Whoever changes it holds the ring, and is noticed by those who wait for that if it is gone.
    lockWord(m, RING_LOCK);
    unlockWord(m, RING_LOCK);
  }
}
