import type { Clock } from '../../../base/clock.ts';
import type { Position } from '../../../contract/position.ts';
import type { Feed, Scope } from '../../../contract/services.ts';
import { between, type ByteRange, type Layout } from '../layout.ts';
import type { Leases } from '../leases.ts';
import type { Cluster } from '../link/cluster.ts';
import { put } from '../protocol/methods.ts';
import type { Table } from '../tables.ts';
import type { EtcdSettings } from '../options.ts';
import { prefixEnd } from '../../../base/utf8.ts';
import { ChangeFeed } from './feed.ts';
import { Source, type SourceContext } from './source.ts';
import { WatchStream, type Watcher } from './stream.ts';

/** How long to wait before asking for progress again, in milliseconds. */
const AGAIN_MS = 20;

/** How often readers of quiet keys hear of progress, in milliseconds. */
const QUIET_MS = 60_000;

/** What feeds need of the engine. */
export interface FeedsContext {
  readonly cluster: Cluster;
  readonly layout: Layout;
  readonly leases: Leases;
  readonly settings: EtcdSettings;
  readonly clock: Clock;
  /** `true`: the server's answers to requests for progress can be relied on. */
  readonly exactProgress: boolean;
  /** Somebody wrote the record of the store. */
  readonly storeChanged: () => void;
}

/**
 * The feeds of a store, over one stream. Each distinct range is watched once.
 *
 * How far a quiet range has come is asked of the server where its answer can be relied on. Older servers let such
 * answers overtake events: there whole maps are watched, and a mark is written behind the entries of the map,
 * whose event cannot come before those of the entries.
 */
export class Feeds implements SourceContext {
  readonly cluster: Cluster;
  readonly layout: Layout;
  readonly stream: WatchStream;
  readonly #context: FeedsContext;
  readonly #sources = new Map<string, Source[]>();
  readonly #open = new Set<ChangeFeed>();
  #wanted = 0;
  #store: Watcher | undefined;
  #pressing: NodeJS.Timeout | undefined;
  #marking = new Set<string>();
  #quiet: NodeJS.Timeout | undefined;

  constructor(context: FeedsContext) {
    this.#context = context;
    this.cluster = context.cluster;
    this.layout = context.layout;
    this.stream = new WatchStream(context.cluster);
  }

  get wanted(): number {
    return this.#wanted;
  }

  /** Feeds that are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Ranges that are watched. */
  get ranges(): number {
    return this.stream.size;
  }

  /** The most commits that wait for one reader. */
  get lag(): number {
    return Math.max(0, ...[...this.#open].map(({ lag }) => lag));
  }

  /** Opens a feed. */
  open(scope: Scope, table: Table, from: Position | 'now'): Feed {
    const after = from === 'now' ? this.cluster.revision : from.length === 1 ? from[0] : undefined;
    const sources: Source[] = [];
    const feed = new ChangeFeed(scope, after ?? 0, this.#context.settings.queueLimit, () => {
      this.#open.delete(feed);
      for (const source of sources) source.remove(feed);
      if (this.#open.size === 0) this.#rest();
    });
    if (after === undefined) {
      feed.gap();
      return feed;
    }
    this.#open.add(feed);
    this.#watchStore();
    const source = this.#sourceOf(scope, table, after);
    sources.push(source);
    source.add(feed);
    return feed;
  }

  /** Somebody was told of this revision: feeds must come up with progress to there. */
  want(revision: number): void {
    this.#wanted = Math.max(this.#wanted, revision);
    this.press();
  }

  /** Asks for progress, as long as somebody is behind. */
  press(): void {
    const behind = [...this.#sources.values()].flat().filter(({ isBehind }) => isBehind);
    if (behind.length === 0) return;
    if (this.#context.exactProgress) this.stream.askProgress();
    else for (const base of new Set(behind.map((source) => source.base))) void this.#mark(base);
    this.#pressing ??= setTimeout(() => {
      this.#pressing = undefined;
      this.press();
    }, AGAIN_MS);
    this.#pressing.unref();
  }

  over(source: Source): void {
    const name = nameOf(source.range);
    const left = (this.#sources.get(name) ?? []).filter((other) => other !== source);
    if (left.length === 0) this.#sources.delete(name);
    else this.#sources.set(name, left);
  }

  /** The entries of a map lie elsewhere now: who reads them where they were gets `gap`. */
  moved(table: Table): void {
    for (const source of [...this.#sources.values()].flat()) if (source.map === table.id) source.gap();
  }

  /** Another history has begun: every feed gets `gap`. */
  reset(): void {
    this.#wanted = 0;
    for (const feed of this.#open) feed.gap();
  }

  /** Ends all feeds. */
  close(): void {
    for (const feed of this.#open) feed.finish();
    this.#rest();
    this.stream.close();
  }

  #sourceOf(scope: Scope, table: Table, after: number): Source {
    const range = this.#rangeOf(scope, table);
    const name = nameOf(range);
    const known = this.#sources.get(name) ?? [];
    const joined = known.find((source) => source.takesIn(after));
    if (joined !== undefined) return joined;
    const source = new Source(this, table.id, table.entries, range, after);
    this.#sources.set(name, [...known, source]);
    return source;
  }

  #rangeOf({ key, prefix }: Scope, { entries }: Table): ByteRange {
    if (!this.#context.exactProgress) {
      // The mark lies behind all entries.
      return {
        key: Buffer.from(entries),
        end: Buffer.concat([Buffer.from(entries), Buffer.from([0xff, 0xff])]),
      };
    }
    if (key !== undefined) return { key: Buffer.from(entries + key), end: undefined };
    return between(entries, prefix, prefixEnd(prefix));
  }

  async #mark(base: string): Promise<void> {
    if (this.#marking.has(base)) return;
    this.#marking.add(base);
    try {
      const lease = await this.#context.leases.leaseFor(this.#context.clock.now() + QUIET_MS);
      const key = Buffer.concat([Buffer.from(base), Buffer.from([0xff])]);
      await this.cluster.call(put, { key, value: new Uint8Array(0), lease }, 'again');
    } catch {
      // It is tried again as long as somebody is behind.
    } finally {
      this.#marking.delete(base);
    }
  }

  /** What was written before is read, what is written from now on is told. */
  #watchStore(): void {
    const { storeChanged, exactProgress } = this.#context;
    if (this.#store === undefined) {
      this.#store = this.stream.add({ key: this.layout.store, end: undefined }, this.cluster.revision, {
        created: () => undefined,
        events: storeChanged,
        progress: () => undefined,
        compacted: () => {
          this.#store = undefined;
          if (this.#open.size > 0) this.#watchStore();
        },
        refused: () => undefined,
      });
      storeChanged();
    }
    if (!exactProgress || this.#quiet !== undefined) return;
    this.#quiet = setInterval(() => this.stream.askProgress(), QUIET_MS);
    this.#quiet.unref();
  }

  #rest(): void {
    clearTimeout(this.#pressing);
    clearInterval(this.#quiet);
    this.#pressing = undefined;
    this.#quiet = undefined;
    if (this.#store !== undefined) this.stream.remove(this.#store);
    this.#store = undefined;
  }
}

function nameOf({ key, end }: ByteRange): string {
  return `${key.toString('latin1')}\0${end?.toString('latin1') ?? ''}`;
}
