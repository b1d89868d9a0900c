import { BoundedQueue } from '../base/bounded-queue.ts';
import type { Position } from '../contract/position.ts';
import type { Feed, FeedEvent, Scope, StoredChange } from '../contract/services.ts';
import type { History, LinkedChange } from './history.ts';

/** How far the store is, seen by its feeds. */
export interface Progress {
  /** Version of the newest commit. */
  latest: number;
  /** Commits above this version are not durable yet. */
  horizon: number;
}

const GAP: FeedEvent = { kind: 'gap' };

/**
 * The commits in one reader's scope that wait for it. The changes of a single key are put into a queue
 * of its own; a wider scope is read from the history, where such a feed has a place, and what is about
 * to be driven out of there moves into the queue, too. What waits is bounded in changes: a reader that
 * is overrun gets `gap`. Only changes in scope count, so nobody falls behind because of what it did not
 * ask for.
 */
export class ChangeFeed implements Feed {
  readonly begin: Promise<Position>;
  readonly scope: Scope;
  readonly #limit: number;
  readonly #progress: Progress;
  readonly #history: History;
  readonly #onClose: (feed: ChangeFeed) => void;
  readonly #queue: BoundedQueue<LinkedChange>;
  /** Up to which number the history was read. */
  #place: number;
  /** Commits in scope from there on, and the version of the newest of them. */
  #ahead = 0;
  #newest = -1;
  /** Taken from the queue or the history, but not delivered yet. */
  #next: LinkedChange | undefined;
  /** Changes that wait, those of the commit that is being collected included. */
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
    history: History,
    onClose: (feed: ChangeFeed) => void,
  ) {
    this.scope = scope;
    this.begin = Promise.resolve([begin]);
    this.#told = begin;
    this.#limit = limit;
    this.#progress = progress;
    this.#history = history;
    this.#place = history.end;
    this.#onClose = onClose;
    this.#queue = new BoundedQueue(limit);
  }

  get lag(): number {
    return this.#queue.size + this.#ahead + (this.#next === undefined ? 0 : 1);
  }

  /** `true` when `take` has an event; progress alone does not count. */
  get ready(): boolean {
    if (this.#state !== 'open') return this.#state === 'gap';
    this.#next ??= this.#queue.shift() ?? this.#read();
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

  /** Up to which number the history need not be kept for this reader. */
  get place(): number {
    return this.#ahead === 0 ? Infinity : this.#place;
  }

  /** Goes on with what lies in the history behind a version. */
  resume(after: number): void {
    this.#place = this.#history.firstAbove(after);
    this.#recount();
  }

  /** Says that a change in scope was added to the history; `true` when it is the commit's first here. */
  note(number: number, version: number): boolean {
    if (this.#state !== 'open') return false;
    if (this.#changes === this.#limit) {
      this.overrun();
      return false;
    }
    this.#changes++;
    if (this.#last !== undefined)
      this.#last = this.#last.next = this.#history.changeAt(number, this.scope.previous);
    if (version === this.#newest) return false;
    if (this.#ahead === 0) this.#place = number;
    this.#newest = version;
    this.#ahead++;
    return true;
  }

  /** Moves what waits in the history into the queue. */
  rescue(): void {
    for (let first = this.#read(); first !== undefined; first = this.#read()) this.#queue.push(first);
    // What is left is the beginning of the commit that is being collected.
    this.#first = this.#last = this.#read(Infinity);
    while (this.#last?.next !== undefined) this.#last = this.#last.next;
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

  /** Ends the commit that is being collected. */
  seal(): void {
    if (this.#first !== undefined) this.#queue.push(this.#first);
    this.#first = this.#last = undefined;
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
    const waiting = this.#queue;
    for (let first = this.#next ?? waiting.shift(); first !== undefined; first = waiting.shift()) {
      if (first.version <= after) kept.push(first);
    }
    this.#next = undefined;
    this.#recount();
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

  /** Counts anew what waits in the history, and nothing else. */
  #recount(): void {
    const history = this.#history;
    // A reader for which nothing waits may have been passed by what the history has forgotten.
    this.#place = Math.min(Math.max(this.#place, history.first), history.end);
    this.#ahead = this.#changes = 0;
    this.#newest = -1;
    if (this.scope.key !== undefined) return;
    for (let number = this.#place; number < history.end; number++) {
      if (inScope(this.scope, history.mapAt(number), history.keyAt(number))) {
        this.note(this.#place, history.versionAt(number));
      }
    }
  }

  /** Reads the next commit from the history, as far as it lies there. */
  #read(latest: number = this.#progress.latest): LinkedChange | undefined {
    if (this.#ahead === 0) return undefined;
    const history = this.#history;
    const { scope } = this;
    let first: LinkedChange | undefined;
    let last: LinkedChange | undefined;
    for (; this.#place < history.end; this.#place++) {
      const version = history.versionAt(this.#place);
      if (version > latest || (first !== undefined && first.version !== version)) break;
      if (!inScope(scope, history.mapAt(this.#place), history.keyAt(this.#place))) continue;
      const change = history.changeAt(this.#place, scope.previous);
      if (last === undefined) first = change;
      else last.next = change;
      last = change;
    }
    if (first !== undefined) this.#ahead--;
    return first;
  }

  #end(state: 'gap' | 'over'): void {
    const wasOpen = this.#state === 'open';
    this.#state = state;
    this.#queue.clear();
    this.#next = this.#first = this.#last = undefined;
    this.#ahead = 0;
    if (wasOpen) this.#onClose(this);
  }
}

/** `true` for a key that a scope has. */
export function inScope({ map, key, prefix }: Scope, ofMap: number, name: string): boolean {
  return ofMap === map && (key === undefined ? name.startsWith(prefix) : name === key);
}
