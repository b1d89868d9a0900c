import type { Cell, Stored } from '../contract/core.ts';
import type { Position } from '../contract/position.ts';
import type { Feed, Scope } from '../contract/services.ts';
import { ChangeFeed, inScope, type Progress } from './feed.ts';
import { type ChangeKind, History, type LinkedChange, storedChange } from './history.ts';

/** Who wants changes of one map: of exact keys, and of ranges that a prefix names. */
interface Route {
  readonly keys: Map<string, ChangeFeed[]>;
  readonly ranges: ChangeFeed[];
}

/**
 * The feeds of a store with one partition, and the history from which a new feed may resume.
 *
 * A writer calls {@link Feeds.append} or {@link Feeds.add} for each change and {@link Feeds.seal} once
 * for the commit, and neither before somebody has opened a feed ({@link Feeds.recording}). A feed of a
 * single key is found by that key, so that thousands of them cost a write to another key one lookup;
 * all others read the history and are only told how much of it is theirs.
 *
 * @example
 * ```ts
 * import { Feeds } from 'samemap/engine';
 * const feeds = new Feeds(65_536, Infinity);
 * const feed = feeds.open({ map: 1, key: undefined, prefix: '', previous: false }, 'now', 0);
 * if (feeds.recording) feeds.add('insert', 1, { key: 'a', value: 7, version: 1 }, 1, undefined, 0);
 * if (feeds.recording) feeds.seal(1);
 * console.log(feed.take()?.kind); // 'commit'
 * feeds.close();
 * ```
 */
export class Feeds {
  readonly #limit: number;
  readonly #history: History;
  readonly #routes: (Route | undefined)[] = [];
  readonly #feeds = new Set<ChangeFeed>();
  readonly #progress: Progress;
  /** Feeds with changes in the commit that is being collected. */
  readonly #touched: ChangeFeed[] = [];
  /** Feeds with commits above the horizon. */
  readonly #held = new Set<ChangeFeed>();
  #recording = false;
  /** No reader needs a change of a lower number. */
  #needed = 0;
  /** Changes since all readers were woken for progress. */
  #sinceNews = 0;

  /**
   * @param limit - the most changes kept to resume from, and the most that wait for one reader
   * @param horizon - version up to which commits are durable; `Infinity` where they are at once
   */
  constructor(limit: number, horizon: number) {
    this.#limit = limit;
    this.#history = new History(limit);
    this.#progress = { latest: 0, horizon };
  }

  /** `true` from the first feed on: every change must be added. */
  get recording(): boolean {
    return this.#recording;
  }

  /** Feeds that are open. */
  get size(): number {
    return this.#feeds.size;
  }

  /** Changes that can be resumed from. */
  get historySize(): number {
    return this.#history.size;
  }

  /** All changes of a higher version can be resumed from. */
  get floor(): number {
    return this.#history.floor;
  }

  /** The most commits that wait for one reader. */
  get lag(): number {
    let most = 0;
    for (const feed of this.#feeds) most = Math.max(most, feed.lag);
    return most;
  }

  /** `true` when a feed that begins behind this version misses nothing. */
  covers(version: number): boolean {
    return this.#recording && version >= this.#history.floor;
  }

  /**
   * Opens a feed.
   *
   * @param version - of the newest commit
   */
  open(scope: Scope, from: Position | 'now', version: number): Feed {
    this.#progress.latest = version;
    if (!this.#recording) {
      this.#recording = true;
      this.#history.reset(version);
    }
    const begin = from === 'now' ? version : from.length === 1 ? from[0] : undefined;
    const known = begin !== undefined && begin >= this.#history.floor && begin <= version;
    const feed = new ChangeFeed(
      scope,
      known ? begin : version,
      this.#limit,
      this.#progress,
      this.#history,
      (over) => this.#remove(over),
    );
    this.#feeds.add(feed);
    this.#addRoute(feed);
    if (!known) feed.overrun();
    else if (begin < version) this.#resume(feed, begin);
    return feed;
  }

  /**
   * Adds a change to the commit that is being collected, copying what it is given.
   *
   * @param entry - as it stands now, or as it stood when it was removed
   * @param previous - the value that was replaced or removed
   */
  add(
    kind: ChangeKind,
    map: number,
    { key, value, expiresAt = 0, shape = 0 }: Stored,
    version: number,
    previous: Cell | undefined,
    previousShape: number,
  ): void {
    const before =
      previous === undefined ? undefined : { key, value: previous, version: 0, shape: previousShape };
    this.append(kind, map, { key, value, version, expiresAt, shape }, before, version);
  }

  /**
   * Adds a change to the commit that is being collected, keeping what it is given.
   *
   * @param entry - as it stands now, or as it stood when it was removed; never changed
   * @param before - what was replaced or removed, where that is known; never changed
   */
  append(kind: ChangeKind, map: number, entry: Stored, before: Stored | undefined, version: number): void {
    const history = this.#history;
    if (history.full && history.first >= this.#needed) this.#rescue();
    const number = history.end;
    history.append(kind, map, entry, before, version);
    this.#sinceNews++;
    const route = this.#routes[map];
    if (route === undefined) return;
    const { key } = entry;
    const { keys, ranges } = route;
    // Backwards, for a feed that is overrun leaves the list.
    for (let i = ranges.length - 1; i >= 0; i--) {
      const feed = ranges[i] as ChangeFeed;
      if (key.startsWith(feed.scope.prefix) && feed.note(number, version)) this.#touched.push(feed);
    }
    const exact = keys.size === 0 ? undefined : keys.get(key);
    if (exact === undefined) return;
    let bare: LinkedChange | undefined;
    let full: LinkedChange | undefined;
    for (let i = exact.length - 1; i >= 0; i--) {
      const feed = exact[i] as ChangeFeed;
      const change = feed.scope.previous
        ? (full ??= storedChange(kind, map, entry, before, version))
        : (bare ??= storedChange(kind, map, entry, undefined, version));
      if (feed.collect(change)) this.#touched.push(feed);
    }
  }

  /** Ends the commit: its feeds may deliver it as soon as it is durable. */
  seal(version: number): void {
    this.#progress.latest = version;
    const held = version > this.#progress.horizon;
    for (let feed = this.#touched.pop(); feed !== undefined; feed = this.#touched.pop()) {
      feed.seal();
      if (held) this.#held.add(feed);
    }
    // Readers of quiet keys hear of progress before their bookmarks grow too old to resume from.
    if (this.#sinceNews * 2 > this.#limit) {
      this.#sinceNews = 0;
      for (const feed of this.#feeds) feed.wakeUp();
    }
  }

  /** Says that all commits up to a version are durable. */
  advance(horizon: number): void {
    this.#progress.horizon = horizon;
    for (const feed of this.#held) {
      feed.wakeIfReady();
      // One that is ready may hold more commits, which are still above the horizon.
      if (feed.lag === 0) this.#held.delete(feed);
    }
    if (this.#progress.latest <= horizon) this.#held.clear();
  }

  /** Takes back all commits above a version: they did not come to pass. */
  retract(after: number): void {
    this.#history.retract(after);
    this.#progress.latest = Math.min(this.#progress.latest, after);
    this.#needed = Math.min(this.#needed, this.#history.end);
    for (const feed of this.#feeds) feed.retract(after);
  }

  /** Begins a new history behind a version: every feed gets `gap`. */
  reset(version: number): void {
    this.#progress.latest = version;
    this.#history.reset(version);
    for (const feed of this.#feeds) feed.overrun();
  }

  /** Ends all feeds. */
  close(): void {
    this.#recording = false;
    this.#history.reset(0);
    for (const feed of this.#feeds) feed.finish();
  }

  #resume(feed: ChangeFeed, after: number): void {
    const history = this.#history;
    const { scope } = feed;
    let number = history.firstAbove(after);
    this.#needed = Math.min(this.#needed, number);
    if (scope.key === undefined) feed.resume(after);
    else {
      for (let commit = after; number < history.end; number++) {
        if (!inScope(scope, history.mapAt(number), history.keyAt(number))) continue;
        if (history.versionAt(number) !== commit) feed.seal();
        commit = history.versionAt(number);
        feed.collect(history.changeAt(number, scope.previous));
      }
      feed.seal();
    }
    if (this.#progress.latest > this.#progress.horizon) this.#held.add(feed);
  }

  /** Before the history drives out what some reader needs, those that are far behind move it to their own queues. */
  #rescue(): void {
    const { first } = this.#history;
    this.#needed = this.#history.end;
    for (const feed of this.#feeds) {
      if (feed.place - first <= this.#limit / 2) feed.rescue();
      this.#needed = Math.min(this.#needed, feed.place);
    }
  }

  #addRoute(feed: ChangeFeed): void {
    const { map, key } = feed.scope;
    const route: Route = (this.#routes[map] ??= { keys: new Map(), ranges: [] });
    if (key === undefined) {
      route.ranges.push(feed);
      return;
    }
    const others = route.keys.get(key);
    if (others === undefined) route.keys.set(key, [feed]);
    else others.push(feed);
  }

  #remove(feed: ChangeFeed): void {
    this.#feeds.delete(feed);
    this.#held.delete(feed);
    const { map, key } = feed.scope;
    const route = this.#routes[map] as Route;
    const list = (key === undefined ? route.ranges : route.keys.get(key)) as ChangeFeed[];
    list.splice(list.indexOf(feed), 1);
    if (key !== undefined && list.length === 0) route.keys.delete(key);
    if (route.keys.size === 0 && route.ranges.length === 0) this.#routes[map] = undefined;
  }
}
