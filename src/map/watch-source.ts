import type { Feed } from '../contract/services.ts';
import { formatBookmark, type Bookmark, type Position } from '../contract/position.ts';
import { CatchUp, type StateRequest } from './catch-up.ts';
import type { WatchAccess } from './watch-access.ts';
import type { AnyChange, ChangeMaker } from './watch-change.ts';
import { CommitTeller } from './watch-commit.ts';
import { Reached } from './watch-position.ts';

/** Where a watcher begins. */
export type WatchStart = 'now' | 'current' | Bookmark;

/** What a source says on its own. */
export interface SourceListener {
  /** The first feed stands. */
  ready(): void;
  /** There may be something to take; never said from within `take`. */
  wake(): void;
  /** A fault ended the source; said from within `take`, too. */
  failed(error: unknown): void;
}

/** What bounds a source. */
export interface SourceBounds {
  /** The keys in scope. */
  readonly range: { readonly start: string; readonly end: string | undefined };
  /** The most commits that may wait once the source is live. */
  readonly queueLimit: number;
}

/**
 * Before `live`: waiting for the begin of a start at `'now'`, delivering what came after a bookmark, or
 * catching up. After it: live.
 */
const BEGINNING = 0;
const RESUMING = 1;
const CATCHING_UP = 2;
const LIVE = 3;

/**
 * The changes of a watcher, pulled: the state machine behind watches, follows and views. After `take`
 * gave nothing the listener is woken when there may be something.
 *
 * ```
 * 'now'     --> BEGINNING ---------------- live --> LIVE
 * bookmark  --> RESUMING ----------------- live --> LIVE
 * 'current' --> CATCHING_UP -------------- live --> LIVE
 * foreign bookmark, gap, overrun -- reset --> CATCHING_UP
 * ```
 */
export class ChangeSource {
  /** Where the reader stands: that of the last change taken. */
  bookmark: string;
  readonly #maker: ChangeMaker;
  readonly #bounds: SourceBounds;
  readonly #listener: SourceListener;
  readonly #commit: CommitTeller;
  #access: WatchAccess | undefined;
  #feed: Feed | undefined;
  #phase: typeof BEGINNING | typeof RESUMING | typeof CATCHING_UP | typeof LIVE = BEGINNING;
  #reached = new Reached('', []);
  /** The bookmark of everything between a start or reset and `live`: the catch-up starts over. */
  #startOver = '';
  #begun = false;
  #resetDue = false;
  /** What must be reached before a resumed source is live. */
  #head: Position | undefined;
  /** `true` since a resumed feed was asked for its first event. */
  #asked = false;
  #catchUp: CatchUp | undefined;
  /** The feed that will wake us. */
  #armed: Feed | undefined;
  #taking = false;
  /** `true`: progress was told, and nothing was waited for since. */
  #progressTold = false;
  #ended = false;

  constructor(maker: ChangeMaker, bounds: SourceBounds, bookmark: string, listener: SourceListener) {
    this.bookmark = bookmark;
    this.#maker = maker;
    this.#bounds = bounds;
    this.#listener = listener;
    this.#commit = new CommitTeller(maker);
  }

  /** `true` from the `live` change on, until a reset is due. */
  get live(): boolean {
    return this.#phase === LIVE && !this.#ended;
  }

  /** The version up to which the reader has everything, for each partition; while {@link ChangeSource.live}. */
  get position(): Position {
    return this.#reached.position;
  }

  /** How many commits wait for the reader, at least. */
  get lag(): number {
    const waiting = (this.#catchUp?.waiting ?? 0) + (this.#commit.pending ? 1 : 0);
    return waiting + (this.#feed?.lag ?? 0);
  }

  /** Opens the feed. */
  begin(access: WatchAccess, start: WatchStart): void {
    if (this.#ended) return;
    this.#access = access;
    try {
      if (start === 'now') this.#open(access, 'now');
      else if (start === 'current') this.#beginCatchUp(access);
      else this.#resume(access, start);
    } catch (error) {
      this.fail(error);
    }
    this.#wake();
  }

  /** The next change if there is one now; `undefined` too when the source has ended. */
  take(): AnyChange | undefined {
    const feed = this.#feed;
    if (feed === undefined) return undefined;
    this.#taking = true;
    try {
      const change = this.#phase === LIVE ? this.#flow(feed) : this.#approach(feed);
      if (change !== undefined) this.bookmark = change.bookmark;
      return change;
    } catch (error) {
      this.fail(error);
      return undefined;
    } finally {
      this.#taking = false;
    }
  }

  /** Ends the source; it says nothing any more. */
  close(): void {
    this.#ended = true;
    this.#dropFeed();
  }

  /** Ends the source by a fault. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.close();
    this.#listener.failed(error);
  }

  #resume(access: WatchAccess, { lineage, position }: Bookmark): void {
    if (position?.length !== access.partitions || lineage !== access.lineage()) {
      this.#resetDue = true;
      this.#beginCatchUp(access);
      return;
    }
    this.#phase = RESUMING;
    this.#open(access, position);
    this.#askHead(access, (head) => {
      // An engine that answers later may know of no gap, but what it answers is not behind a bookmark of its own.
      const ahead = !access.atOnce && position.some((version, partition) => version > (head[partition] ?? 0));
      if (ahead && this.#phase === RESUMING) this.#resetUnasked();
      this.#head = head;
    });
  }

  /** Changes as they were committed. */
  #flow(feed: Feed): AnyChange | undefined {
    for (;;) {
      const change = this.#commit.take(this.#reached);
      if (change !== undefined) {
        this.#progressTold = false;
        return change;
      }
      if (this.#phase === LIVE && feed.lag > this.#bounds.queueLimit) return this.#reset();
      const event = feed.take();
      if (event === undefined) {
        this.#progressTold = false;
        this.#arm(feed);
        return undefined;
      }
      if (event.kind === 'gap') return this.#reset();
      if (event.kind === 'commit') {
        this.#commit.begin(event.first, event.partition, this.#reached);
      } else {
        this.#reached.advance(event.position);
        // A reader in step with a writer would be told of each commit of others, and never rest.
        if (this.#progressTold && this.#phase === LIVE) continue;
        this.#progressTold = true;
        return { type: 'progress', bookmark: this.#reached.bookmark };
      }
    }
  }

  /** What comes before `live`, and `live`. */
  #approach(feed: Feed): AnyChange | undefined {
    if (this.#resetDue) {
      this.#resetDue = false;
      return { type: 'reset', bookmark: this.#startOver };
    }
    const catchUp = this.#catchUp;
    if (catchUp !== undefined) return this.#tellState(feed, catchUp);
    if (this.#phase === BEGINNING) return this.#begun ? this.#live() : undefined;
    // A bookmark ahead of the history covers every head: the feed, asked first, knows of the gap.
    const asked = this.#asked;
    this.#asked = true;
    if (asked && !this.#commit.pending && this.#covered) return this.#live();
    const change = this.#flow(feed);
    if (change !== undefined) return change;
    if (this.#head !== undefined && this.#access?.atOnce) this.#reached.advance(this.#head);
    return this.#covered ? this.#live() : undefined;
  }

  /** `true`: all that a resumed source had to catch up with has been delivered. */
  get #covered(): boolean {
    return this.#head !== undefined && this.#reached.covers(this.#head);
  }

  /** The next step of a catch-up. */
  #tellState(feed: Feed, catchUp: CatchUp): AnyChange | undefined {
    for (;;) {
      if (!catchUp.final && !this.#drain(feed, catchUp)) return this.#reset();
      const entry = catchUp.takeEntry();
      const difference = entry === undefined ? catchUp.takeDifference() : undefined;
      if (entry !== undefined || difference !== undefined) {
        const change =
          entry === undefined
            ? difference && this.#maker.difference(difference, this.#startOver)
            : this.#maker.entry(entry, this.#startOver);
        if (change !== undefined) return change;
        continue;
      }
      if (catchUp.final) return this.#live();
      if (!this.#advance(catchUp)) return undefined;
    }
  }

  /** Reads on, or begins a round when all is read; `false`: an answer is to come. */
  #advance(catchUp: CatchUp): boolean {
    const access = this.#access;
    if (access === undefined || catchUp.reading) return false;
    const request = catchUp.request();
    if (request !== undefined) {
      this.#read(access, catchUp, request);
      return !catchUp.reading;
    }
    const { head } = catchUp;
    if (head === undefined) {
      if (!catchUp.headAsked) {
        catchUp.headAsked = true;
        this.#askHead(access, (position) => (catchUp.head = position));
      }
      return catchUp.head !== undefined;
    }
    if (access.atOnce) this.#reached.advance(head);
    if (!this.#reached.covers(head)) return false;
    catchUp.startRound();
    return true;
  }

  #read(access: WatchAccess, catchUp: CatchUp, request: StateRequest): void {
    access.read(
      request,
      (page) => {
        catchUp.answer(page);
        this.#wake();
      },
      (error) => {
        if (this.#catchUp === catchUp) this.fail(error);
      },
    );
  }

  /** Takes in all that the feed has; `false` on a gap. */
  #drain(feed: Feed, catchUp: CatchUp): boolean {
    for (let event = feed.take(); event !== undefined; event = feed.take()) {
      if (event.kind === 'gap') return false;
      if (event.kind === 'progress') this.#reached.advance(event.position);
      else {
        const { first, partition } = event;
        for (let change: typeof first | undefined = first; change !== undefined; change = change.next) {
          catchUp.note(change);
        }
        this.#reached.pass(partition, first.version);
      }
    }
    this.#arm(feed);
    return true;
  }

  #live(): AnyChange {
    this.#phase = LIVE;
    this.#catchUp = undefined;
    return { type: 'live', bookmark: this.#reached.bookmark };
  }

  /** Gives up the history and begins a catch-up; returns the word for it. */
  #reset(): AnyChange {
    this.#dropFeed();
    if (this.#access !== undefined) this.#beginCatchUp(this.#access);
    return { type: 'reset', bookmark: this.#startOver };
  }

  /** {@link #reset} when nobody takes; the word for it comes with the next take. */
  #resetUnasked(): void {
    this.#reset();
    this.#resetDue = true;
  }

  #beginCatchUp(access: WatchAccess): void {
    this.#phase = CATCHING_UP;
    const { range, queueLimit } = this.#bounds;
    this.#catchUp = new CatchUp(range, access.partitions === 1, Math.ceil(queueLimit / 2));
    this.#arm(this.#open(access, 'now'));
  }

  #open(access: WatchAccess, from: Position | 'now'): Feed {
    const lineage = access.lineage();
    this.#startOver = formatBookmark(lineage, undefined);
    this.#reached = new Reached(
      lineage,
      from === 'now' ? Array.from({ length: access.partitions }, () => 0) : from,
    );
    const feed = access.feed(
      from,
      (begin) => {
        if (this.#feed !== feed) return;
        if (from === 'now') this.#reached.advance(begin);
        if (!this.#begun) this.#listener.ready();
        this.#begun = true;
        if (this.#phase === BEGINNING) this.bookmark = this.#reached.bookmark;
        this.#wake();
      },
      (error) => {
        if (this.#feed === feed) this.fail(error);
      },
    );
    this.#feed = feed;
    return feed;
  }

  #askHead(access: WatchAccess, answer: (head: Position) => void): void {
    access.head(
      (head) => {
        answer(head);
        this.#wake();
      },
      (error) => this.fail(error),
    );
  }

  #arm(feed: Feed): void {
    if (this.#armed === feed) return;
    this.#armed = feed;
    feed.onReady(() => {
      if (this.#armed === feed) this.#armed = undefined;
      if (this.#feed === feed) this.#onReady(feed);
    });
  }

  /** A catch-up takes in changes whether somebody reads or not. */
  #onReady(feed: Feed): void {
    const catchUp = this.#catchUp;
    try {
      if (catchUp !== undefined && !catchUp.final && !this.#drain(feed, catchUp)) this.#resetUnasked();
    } catch (error) {
      this.fail(error);
    }
    this.#wake();
  }

  #wake(): void {
    if (!this.#taking && !this.#ended) this.#listener.wake();
  }

  #dropFeed(): void {
    this.#feed?.close();
    this.#feed = undefined;
    this.#catchUp = undefined;
  }
}
