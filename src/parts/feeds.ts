import type { Cell, Stored } from '../contract/core.ts';
import type { Position } from '../contract/position.ts';
import type { Feed, Scope, StoredChange } from '../contract/services.ts';
import { ChangeFeed, storedChange, type Progress } from './feed.ts';
import { type ChangeKind, History } from './history.ts';

/** Who wants changes of one map: by exact key, and by prefix. */
interface Route {
  readonly keys: Map<string, ChangeFeed[]>;
  readonly prefixes: ChangeFeed[];
}

/**
 * The feeds of a store with one partition, and the history from which a new feed may resume.
 *
 * A writer calls {@link Feeds.add} for each change and {@link Feeds.seal} once for the commit, and
 * neither before somebody has opened a feed ({@link Feeds.recording}). A feed of a single key is
 * found by that key, so that thousands of them cost a write to another key one lookup.
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
    const feed = new ChangeFeed(scope, known ? begin : version, this.#limit, this.#progress, (over) =>
      this.#remove(over),
    );
    this.#feeds.add(feed);
    this.#addRoute(feed);
    if (!known) feed.overrun();
    else if (begin < version) this.#resume(feed, begin);
    return feed;
  }

  /**
   * Adds a change to the commit that is being collected.
   *
   * @param entry - as it stands now, or as it stood when it was removed; borrowed
   * @param previous - the value that was replaced or removed
   */
  add(
    kind: ChangeKind,
    map: number,
    entry: Stored,
    version: number,
    previous: Cell | undefined,
    previousShape: number,
  ): void {
    this.#history.append(kind, map, entry, version, previous, previousShape);
    this.#sinceNews++;
    const route = this.#routes[map];
    if (route === undefined) return;
    const exact = route.keys.size === 0 ? undefined : route.keys.get(entry.key);
    if (exact === undefined && route.prefixes.length === 0) return;
    let bare: StoredChange | undefined;
    let full: StoredChange | undefined;
    const offer = (feed: ChangeFeed): void => {
      const change = feed.scope.previous
        ? (full ??= storedChange(kind, map, entry, version, previous, previousShape))
        : (bare ??= storedChange(kind, map, entry, version, undefined, 0));
      if (feed.collect(change)) this.#touched.push(feed);
    };
    // Backwards, for a feed that is overrun leaves the list.
    if (exact !== undefined) for (let i = exact.length - 1; i >= 0; i--) offer(exact[i] as ChangeFeed);
    for (let i = route.prefixes.length - 1; i >= 0; i--) {
      const feed = route.prefixes[i] as ChangeFeed;
      if (entry.key.startsWith(feed.scope.prefix)) offer(feed);
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
    let commit = after;
    this.#history.replay(after, (kind, map, entry, version, previous, previousShape) => {
      const { scope } = feed;
      if (
        map !== scope.map ||
        !(scope.key === undefined ? entry.key.startsWith(scope.prefix) : entry.key === scope.key)
      )
        return;
      if (version !== commit) feed.seal();
      commit = version;
      feed.collect(
        scope.previous
          ? storedChange(kind, map, entry, version, previous, previousShape)
          : storedChange(kind, map, entry, version, undefined, 0),
      );
    });
    feed.seal();
    if (this.#progress.latest > this.#progress.horizon) this.#held.add(feed);
  }

  #addRoute(feed: ChangeFeed): void {
    const { map, key } = feed.scope;
    const route: Route = (this.#routes[map] ??= { keys: new Map(), prefixes: [] });
    if (key === undefined) {
      route.prefixes.push(feed);
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
    const list = (key === undefined ? route.prefixes : route.keys.get(key)) as ChangeFeed[];
    list.splice(list.indexOf(feed), 1);
    if (key !== undefined && list.length === 0) route.keys.delete(key);
    if (route.keys.size === 0 && route.prefixes.length === 0) this.#routes[map] = undefined;
  }
}
