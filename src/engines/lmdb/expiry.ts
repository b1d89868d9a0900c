import type { CancelTimer } from '../../base/clock.ts';
import { expire } from './apply.ts';
import { dueEntry, dueKey, dueTime, sortable, storageOf } from './keys.ts';
import type { Row } from './row.ts';
import { type ExpiryTimer, read, type State, type Table } from './state.ts';

/** Times are served in steps of so many milliseconds, so that many ends share a timer. */
const STEP_MS = 16;
/** How long after a failure it is tried again. */
const AGAIN_MS = 1_000;
/** The most entries that one turn removes. */
const SLICE = 500;

/** Removes entries whose time is over: the tree that is ordered by expiry says which, one timer says when. */
export class Expiry implements ExpiryTimer {
  readonly #state: () => State;
  #cancel: CancelTimer | undefined;
  /** When the timer is due. */
  #next = Infinity;
  #stopped = false;

  constructor(state: () => State) {
    this.#state = state;
  }

  soon(expiresAt: number): void {
    if (expiresAt < this.#next) this.#arm(expiresAt);
  }

  sweep(): void {
    if (this.#next > this.#state().clock.now()) return;
    while (this.#slice()) {
      // As long as there are more.
    }
    this.#next = Infinity;
    this.begin();
  }

  begin(): void {
    const first = this.#state().trees.expiries.page('', undefined, 1, false).items[0];
    if (first !== undefined) this.soon(dueTime(first.key));
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    this.#next = Infinity;
  }

  #arm(at: number): void {
    if (this.#stopped) return;
    this.#cancel?.();
    this.#next = at;
    const delayMs = Math.max(STEP_MS, at - this.#state().clock.now());
    this.#cancel = this.#state().clock.after(delayMs, () => this.#due(), true);
  }

  /** A timer has nobody to throw at: what could not be removed is tried again. */
  #due(): void {
    this.#next = Infinity;
    if (this.#stopped) return;
    const { clock } = this.#state();
    try {
      if (this.#slice()) this.#arm(clock.now());
      else this.begin();
    } catch {
      this.#arm(clock.now() + AGAIN_MS);
    }
  }

  /** Removes some; `true` when there may be more. */
  #slice(): boolean {
    const state = this.#state();
    if (state.fault !== undefined) return false;
    const now = state.clock.now();
    const { items, more } = state.trees.expiries.page('', sortable(now + 1), SLICE, false);
    const tables = new Map<number, Table>();
    for (const table of state.names.values()) tables.set(table.storage, table);
    let removed = 0;
    for (const { key } of items) {
      const at = dueEntry(key);
      const table = tables.get(storageOf(at));
      const row = table === undefined ? undefined : readable(state, table, at);
      if (row !== undefined && table !== undefined && dueKey(row.expiresAt, at) === key) {
        // The tree knows whole milliseconds only.
        if (row.expiresAt > now) continue;
        expire(state, table, row);
      } else if (state.upkeep.spares(storageOf(at))) continue;
      else {
        // Left behind by a map that was loaded anew, or by an entry that cannot be read.
        state.trees.expiries.remove(key);
        state.commits.touch(key.length);
      }
      removed++;
    }
    return more && removed > 0;
  }
}

/** What lies under a key, if it can be read: damage is told to those who read, not to a timer. */
function readable(state: State, table: Table, at: string): Row | undefined {
  try {
    return read(state, table, at, false);
  } catch {
    return undefined;
  }
}
