import { StoreError } from '../../../base/errors.ts';
import type { ByteRange, Layout } from '../layout.ts';
import type { Cluster } from '../link/cluster.ts';
import { range as rangeCall } from '../protocol/methods.ts';
import type { Event } from '../protocol/responses.ts';
import { isDoubtful, link, readEvent, type Seen, type Told } from './changes.ts';
import type { ChangeFeed } from './feed.ts';
import type { RangeListener, Watcher, WatchStream } from './stream.ts';

/** What sources work with. */
export interface SourceContext {
  readonly cluster: Cluster;
  readonly layout: Layout;
  readonly stream: WatchStream;
  /** The highest revision of which somebody wants to know that it was reached. */
  readonly wanted: number;
  /** There may be somebody who waits for progress. */
  press(): void;
  /** Nothing is read any more. */
  over(source: Source): void;
}

/** How many questions about removals are on their way at the same time. */
const AT_ONCE = 64;

/**
 * One watched range and the feeds that read it. Tells each revision as one commit, and removals by what they
 * were: a delete of an entry with a time to live leaves a mark in the same revision, an expiry does not.
 */
export class Source implements RangeListener {
  readonly map: number;
  readonly range: ByteRange;
  /** What the keys begin with. */
  readonly base: string;
  readonly #baseBytes: number;
  readonly #context: SourceContext;
  readonly #feeds = new Set<ChangeFeed>();
  readonly #watcher: Watcher;
  /** Up to which revision all has been handed on. */
  #told: number;
  /** The revision of the cluster when the source began: from there on it is no longer behind. */
  readonly #startedAt: number;
  /** Events that are being asked about; what comes behind them waits. */
  #asking: Promise<void> | undefined;
  #created = false;

  constructor(context: SourceContext, map: number, base: string, range: ByteRange, after: number) {
    this.#context = context;
    this.map = map;
    this.base = base;
    this.#baseBytes = Buffer.byteLength(base);
    this.range = range;
    this.#told = after;
    this.#startedAt = context.cluster.revision;
    this.#watcher = context.stream.add(range, after, this);
  }

  get told(): number {
    return this.#told;
  }

  /** `true`: a feed that begins at `after` may join. */
  takesIn(after: number): boolean {
    return this.#told >= this.#startedAt && this.#told <= after;
  }

  /** `true`: somebody waits for progress that it has not made. */
  get isBehind(): boolean {
    return this.#created && this.#told < this.#context.wanted;
  }

  add(feed: ChangeFeed): void {
    this.#feeds.add(feed);
    this.#context.press();
  }

  remove(feed: ChangeFeed): void {
    this.#feeds.delete(feed);
    if (this.#feeds.size > 0) return;
    this.#context.stream.remove(this.#watcher);
    this.#context.over(this);
  }

  created(): void {
    this.#created = true;
    this.#context.press();
  }

  progress(revision: number): void {
    this.#inTurn(() => this.#reach(revision));
  }

  compacted(): void {
    this.#inTurn(() => this.gap());
  }

  refused(error: StoreError): void {
    for (const feed of this.#feeds) feed.fail(error);
  }

  events(events: readonly Event[]): void {
    let told: Told[];
    try {
      told = this.#read(events);
    } catch (error) {
      this.refused(
        error instanceof StoreError
          ? error
          : new StoreError('CORRUPT', 'an entry cannot be read', { cause: error }),
      );
      return;
    }
    const last = events.at(-1)?.kv?.modRevision ?? 0;
    const doubtful = told.filter(isDoubtful);
    if (this.#asking === undefined && doubtful.length === 0) {
      this.#tell(told, new Set(), last);
      return;
    }
    const before = this.#asking ?? Promise.resolve();
    const asked = this.#deletions(doubtful);
    asked.catch(() => undefined);
    const asking = before.then(async () => {
      try {
        this.#tell(told, await asked, last);
      } catch {
        // The history that tells deletes from expiries is gone.
        this.gap();
      }
      if (this.#asking === asking) this.#asking = undefined;
    });
    this.#asking = asking;
  }

  /** What comes next is lost to all who read. */
  gap(): void {
    for (const feed of this.#feeds) feed.gap();
  }

  /** Marks are no entries. */
  #read(events: readonly Event[]): Told[] {
    const told: Told[] = [];
    for (const event of events) {
      if (event.kv?.key[this.#baseBytes] === 0xff) continue;
      const one = readEvent(event, this.#baseBytes);
      if (one !== undefined) told.push(one);
    }
    return told;
  }

  #inTurn(run: () => void): void {
    if (this.#asking === undefined) run();
    else this.#asking = this.#asking.then(run);
  }

  #tell(told: readonly Told[], deletions: ReadonlySet<number>, last: number): void {
    for (let from = 0; from < told.length;) {
      const version = told[from]?.version ?? 0;
      let to = from + 1;
      while (told[to]?.version === version) to++;
      const changes = told.slice(from, to).map((one) => seen(one, deletions));
      for (const feed of this.#feeds) {
        if (version <= feed.after) continue;
        const linked = link(changes, feed.scope);
        if (linked !== undefined) feed.deliver(linked.first, linked.size);
      }
      from = to;
    }
    this.#told = Math.max(this.#told, last);
    if (this.#told >= this.#context.wanted) for (const feed of this.#feeds) feed.reach(this.#told);
  }

  #reach(revision: number): void {
    this.#told = Math.max(this.#told, revision);
    for (const feed of this.#feeds) feed.reach(revision);
    this.#context.press();
  }

  /** The revisions among those of these removals in which entries were deleted. */
  async #deletions(doubtful: readonly Told[]): Promise<ReadonlySet<number>> {
    const revisions = [...new Set(doubtful.map(({ version }) => version))];
    const found = new Set<number>();
    const first = revisions[0];
    const newest = revisions.at(-1);
    if (first === undefined || newest === undefined) return found;
    const last = await this.#markAt(newest);
    if (last < first) return found;
    found.add(last);
    const rest = revisions.slice(0, -1).filter((revision) => revision !== last);
    for (let from = 0; from < rest.length; from += AT_ONCE) {
      const marks = await Promise.all(
        rest.slice(from, from + AT_ONCE).map((revision) => this.#markAt(revision)),
      );
      for (const mark of marks) found.add(mark);
    }
    return found;
  }

  /** The newest revision up to this one in which entries with a time to live were deleted. */
  async #markAt(revision: number): Promise<number> {
    const { cluster, layout } = this.#context;
    const { kvs } = await cluster.call(rangeCall, { key: layout.deletion, revision }, 'read');
    return kvs[0]?.modRevision ?? 0;
  }
}

function seen(told: Told, deletions: ReadonlySet<number>): Seen {
  const { key, version, isRemoval, isInsert, now, before } = told;
  if (!isRemoval) return { kind: isInsert ? 'insert' : 'update', key, version, now, before };
  const kind = isDoubtful(told) && !deletions.has(version) ? 'expire' : 'delete';
  return { kind, key, version, now, before };
}
