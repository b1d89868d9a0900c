import { BoundedQueue } from '../../../base/bounded-queue.ts';
import type { Position } from '../../../contract/position.ts';
import type { Feed, FeedEvent, Scope, StoredChange } from '../../../contract/services.ts';

const GAP: FeedEvent = { kind: 'gap' };

/** The commits in one reader's scope that wait for it. What waits is bounded: a reader that is overrun gets `gap`. */
export class ChangeFeed implements Feed {
  readonly begin: Promise<Position>;
  readonly scope: Scope;
  /** Revisions up to here are not the feed's business. */
  readonly after: number;
  readonly #limit: number;
  readonly #onClose: (feed: ChangeFeed) => void;
  readonly #queue: BoundedQueue<StoredChange>;
  /** Changes that wait. */
  #changes = 0;
  /** Everything up to here was put into the queue, or was not in scope. */
  #reached: number;
  /** Up to here the reader has been told. */
  #told: number;
  #state: 'open' | 'gap' | 'failed' | 'over' = 'open';
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(scope: Scope, after: number, limit: number, onClose: (feed: ChangeFeed) => void) {
    this.scope = scope;
    this.after = after;
    this.begin = Promise.resolve([after]);
    this.#reached = after;
    this.#told = after;
    this.#limit = limit;
    this.#onClose = onClose;
    this.#queue = new BoundedQueue(limit);
  }

  get lag(): number {
    return this.#queue.size;
  }

  take(): FeedEvent | undefined {
    if (this.#state === 'gap') {
      this.#state = 'over';
      return GAP;
    }
    if (this.#state === 'failed') {
      this.#state = 'over';
      throw this.#error;
    }
    if (this.#state === 'over') return undefined;
    const first = this.#queue.shift();
    if (first !== undefined) {
      for (let change: StoredChange | undefined = first; change !== undefined; change = change.next)
        this.#changes--;
      this.#told = first.version;
      return { kind: 'commit', partition: 0, first };
    }
    if (this.#reached <= this.#told) return undefined;
    this.#told = this.#reached;
    return { kind: 'progress', position: [this.#reached] };
  }

  onReady(wake: () => void): void {
    if (this.#state === 'over') return;
    if (this.#state !== 'open' || this.#queue.size > 0 || this.#reached > this.#told) queueMicrotask(wake);
    else this.#wake = wake;
  }

  close(): void {
    this.#end('over');
    this.#wake = undefined;
  }

  /** Puts a commit into the queue. @param size - how many changes it has */
  deliver(first: StoredChange, size: number): void {
    if (this.#state !== 'open') return;
    if (this.#changes + size > this.#limit && this.#changes > 0) {
      this.gap();
      return;
    }
    this.#changes += size;
    this.#queue.push(first);
    this.#wakeUp();
  }

  /** Says that everything up to a revision has been delivered. */
  reach(revision: number): void {
    if (this.#state !== 'open' || revision <= this.#reached) return;
    this.#reached = revision;
    this.#wakeUp();
  }

  /** What comes next is lost. */
  gap(): void {
    this.#end('gap');
  }

  /** Ends with a fault. */
  fail(error: Error): void {
    this.#error = error;
    this.#end('failed');
  }

  /** Ends without a word, and wakes who waits. */
  finish(): void {
    this.#end('over');
  }

  #end(state: 'gap' | 'failed' | 'over'): void {
    if (this.#state === 'over' || (this.#state !== 'open' && state !== 'over')) return;
    const wasOpen = this.#state === 'open';
    this.#state = state;
    this.#queue.clear();
    this.#changes = 0;
    if (wasOpen) this.#onClose(this);
    this.#wakeUp();
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    if (wake !== undefined) queueMicrotask(wake);
  }
}
