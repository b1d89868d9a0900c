import { BoundedQueue } from '../base/bounded-queue.ts';
import type { Cell, Stored } from '../contract/core.ts';
import type { Position } from '../contract/position.ts';
import type { Feed, FeedEvent, Scope, StoredChange } from '../contract/services.ts';
import type { ChangeKind } from './history.ts';

/** A {@link StoredChange} whose commit may still go on. */
export interface LinkedChange extends StoredChange {
  next: LinkedChange | undefined;
}

/** How far the store is, seen by its feeds. */
export interface Progress {
  /** Version of the newest commit. */
  latest: number;
  /** Commits above this version are not durable yet. */
  horizon: number;
}

const GAP: FeedEvent = { kind: 'gap' };

/**
 * One reader's own queue of the commits in its scope. The queue is bounded in changes: one that is
 * overrun is emptied, and the reader gets `gap`. Only changes in scope count, so nobody falls behind
 * because of what it did not ask for.
 */
export class ChangeFeed implements Feed {
  readonly begin: Promise<Position>;
  readonly scope: Scope;
  readonly #limit: number;
  readonly #progress: Progress;
  readonly #onClose: (feed: ChangeFeed) => void;
  readonly #queue: BoundedQueue<LinkedChange>;
  /** Taken from the queue, but not delivered yet. */
  #next: LinkedChange | undefined;
  /** Changes in the queue and in the commit that is being collected. */
  #changes = 0;
  /** First and last change of the commit that is being collected. */
  #first: LinkedChange | undefined;
  #last: LinkedChange | undefined;
  /** The version up to which the reader knows that it was told everything. */
  #told: number;
  #state: 'open' | 'gap' | 'over' = 'open';
  #wake: (() => void) | undefined;

  /**
   * @param begin - version after which the feed begins
   * @param limit - the most changes that wait
   * @param onClose - told once, when nothing more is to be delivered to the feed
   */
  constructor(
    scope: Scope,
    begin: number,
    limit: number,
    progress: Progress,
    onClose: (feed: ChangeFeed) => void,
  ) {
    this.scope = scope;
    this.begin = Promise.resolve([begin]);
    this.#told = begin;
    this.#limit = limit;
    this.#progress = progress;
    this.#onClose = onClose;
    this.#queue = new BoundedQueue(limit);
  }

  get lag(): number {
    return this.#queue.size + (this.#next === undefined ? 0 : 1);
  }

  /** `true` when `take` has an event; progress alone does not count. */
  get ready(): boolean {
    if (this.#state !== 'open') return this.#state === 'gap';
    this.#next ??= this.#queue.shift();
    return this.#next !== undefined && this.#next.version <= this.#progress.horizon;
  }

  take(): FeedEvent | undefined {
    if (this.#state !== 'open') {
      if (this.#state === 'over') return undefined;
      this.#state = 'over';
      return GAP;
    }
    const first = this.ready ? this.#next : undefined;
    if (first !== undefined) {
      this.#next = undefined;
      this.#told = first.version;
      for (let change: LinkedChange | undefined = first; change !== undefined; change = change.next)
        this.#changes--;
      return { kind: 'commit', partition: 0, first };
    }
    const reached = Math.min(this.#progress.latest, this.#progress.horizon);
    if (reached <= this.#told) return undefined;
    this.#told = reached;
    return { kind: 'progress', position: [reached] };
  }

  onReady(wake: () => void): void {
    if (this.#state === 'over') return;
    if (this.ready) queueMicrotask(wake);
    else this.#wake = wake;
  }

  close(): void {
    this.#end('over');
    this.#wake = undefined;
  }

  /** Adds a change to the commit that is being collected; `true` when it is the commit's first here. */
  collect(change: StoredChange): boolean {
    if (this.#state !== 'open') return false;
    if (this.#changes === this.#limit) {
      this.overrun();
      return false;
    }
    this.#changes++;
    if (this.#first === undefined) {
      // Shared with other feeds, and therefore never changed: a second change makes a copy of it.
      this.#first = this.#last = change as LinkedChange;
      return true;
    }
    if (this.#first === this.#last) this.#first = this.#last = { ...this.#first };
    const next: LinkedChange = { ...change, next: undefined };
    (this.#last as LinkedChange).next = next;
    this.#last = next;
    return false;
  }

  /** Puts the collected commit into the queue. */
  seal(): void {
    const first = this.#first;
    if (first === undefined) return;
    this.#first = this.#last = undefined;
    this.#queue.push(first);
    this.wakeIfReady();
  }

  wakeIfReady(): void {
    if (this.#wake !== undefined && this.ready) this.wakeUp();
  }

  /** Lets a reader that waits look again, in a microtask of its own. */
  wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    if (wake !== undefined) queueMicrotask(wake);
  }

  /** Takes back the commits above a version. */
  retract(after: number): void {
    const kept: LinkedChange[] = [];
    for (let first = this.#next ?? this.#queue.shift(); first !== undefined; first = this.#queue.shift()) {
      if (first.version <= after) kept.push(first);
    }
    this.#next = undefined;
    this.#changes = 0;
    for (const first of kept) {
      this.#queue.push(first);
      for (let change: LinkedChange | undefined = first; change !== undefined; change = change.next)
        this.#changes++;
    }
  }

  /** What comes next is lost. */
  overrun(): void {
    if (this.#state !== 'open') return;
    this.#end('gap');
    this.wakeUp();
  }

  /** Ends the feed and lets its reader look once more. */
  finish(): void {
    this.#end('over');
    this.wakeUp();
  }

  #end(state: 'gap' | 'over'): void {
    const wasOpen = this.#state === 'open';
    this.#state = state;
    this.#queue.clear();
    this.#next = this.#first = this.#last = undefined;
    if (wasOpen) this.#onClose(this);
  }
}

/** Makes a change of what an engine knows of it. */
export function storedChange(
  kind: ChangeKind,
  map: number,
  entry: Stored,
  version: number,
  previous: Cell | undefined,
  previousShape: number,
): StoredChange {
  const gone = kind !== 'insert' && kind !== 'update';
  return {
    kind,
    map,
    key: entry.key,
    version,
    value: gone ? undefined : entry.value,
    expiresAt: gone ? 0 : entry.expiresAt,
    shape: gone ? 0 : entry.shape,
    previous,
    previousShape,
    next: undefined,
  };
}
