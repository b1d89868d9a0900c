import { show } from '../../base/options.ts';
import { textKeys } from '../../codec/keys.ts';
import type { CallOptions } from '../../contract/calls.ts';
import type { VersionedMap } from '../../contract/versioned-map.ts';
import { checkCall } from '../../map/call-limits.ts';
import type { MapContext } from '../../map/context.ts';
import { Background } from './background.ts';
import { Feed } from './feed.ts';
import { Freshness } from './freshness.ts';
import { Loading } from './loading.ts';
import type { Loader } from './loading.ts';
import type { CacheSettings } from './options.ts';
import { MOST_USES } from './s3-fifo.ts';
import { CacheTable } from './table.ts';
import type { Cache, CacheStats, CacheWriteOptions } from './types.ts';

type AnyMap = VersionedMap<unknown, unknown>;

/** The cache behind {@link Cache}. */
export class MapCache implements Cache<unknown, unknown, unknown> {
  readonly #map: AnyMap;
  readonly #context: MapContext;
  readonly #table: CacheTable;
  readonly #freshness: Freshness;
  readonly #loading: Loading;
  readonly #feed: Feed;
  readonly #background: Background;
  /** `true`: the table mirrors the map, and what has to go is removed from the map; else it is a copy of a part. */
  readonly #mirrors: boolean;
  readonly #asIs: boolean;
  #hits = 0;
  #negativeHits = 0;
  #misses = 0;

  constructor(map: AnyMap, context: MapContext, settings: CacheSettings) {
    const { clock, supports } = context.engine;
    this.#map = map;
    this.#context = context;
    this.#mirrors = supports.reach !== 'cluster';
    this.#asIs = context.keys === textKeys;
    const background = (this.#background = new Background(settings.onError));
    const table = (this.#table = new CacheTable(settings, (key, version) => this.#evict(key, version)));
    const freshness = new Freshness(map, settings, table, background, () => clock.now());
    const { negativeMs } = settings;
    this.#freshness = freshness;
    this.#loading = new Loading({ map, table, freshness, background, clock, negativeMs });
    const watch = map.watch({ start: this.#mirrors ? 'current' : 'now' });
    this.#feed = new Feed(watch, table, background, (key) => context.encodeKey(key), this.#mirrors);
  }

  /** Resolves when the watch has told what there is. */
  ready(): Promise<void> {
    return this.#feed.ready();
  }

  hit(key: unknown): unknown {
    // SAFETY: where keys are text, what is no string is not found.
    const text = this.#asIs ? (key as string) : this.#context.encodeKey(key);
    const node = this.#table.nodes.get(text);
    if (node === undefined || node.value === undefined) {
      this.#check(key);
      return undefined;
    }
    if (node.expiresAt !== 0 && !this.#freshness.isFresh(node)) return undefined;
    if (node.uses < MOST_USES) node.uses++;
    this.#hits++;
    return node.value;
  }

  async get(key: unknown, options?: CallOptions): Promise<unknown> {
    const found = this.hit(key);
    if (found !== undefined) return found;
    this.#misses++;
    const text = this.#check(key);
    const passage = this.#table.enter(text);
    try {
      const entry = await this.#map.entry(key, { ...options, fresh: true });
      if (entry === undefined) return undefined;
      this.#table.keep(text, entry, passage);
      return this.#freshness.isStale(entry) ? undefined : entry.value;
    } finally {
      this.#table.leave(text, passage);
    }
  }

  async load(key: unknown, load: Loader, options: CacheWriteOptions = {}): Promise<unknown> {
    if (typeof load !== 'function') throw new TypeError(`load takes a function, got ${show(load)}`);
    checkCall('load', options, ['ttlMs', 'signal', 'deadlineMs']);
    this.#context.expiresAt(options.ttlMs);
    const text = this.#check(key);
    const found = this.hit(key);
    if (found !== undefined) return found;
    const node = this.#table.find(text);
    if (node !== undefined && node.expiresAt > this.#context.engine.clock.now()) {
      this.#hits++;
      node.uses = Math.min(node.uses + 1, MOST_USES);
      if (node.value === undefined) this.#negativeHits++;
      else this.#loading.reload(text, node, load, options);
      return node.value;
    }
    if (node?.value === undefined && node !== undefined) this.#table.drop(node, 'expired');
    this.#misses++;
    return await this.#loading.load(text, key, load, options);
  }

  async set(key: unknown, value: unknown, options?: CacheWriteOptions): Promise<void> {
    const text = this.#check(key);
    const passage = this.#table.enter(text);
    try {
      const entry = await this.#map.set(key, value, this.#freshness.written(options));
      this.#table.keep(text, entry, passage);
    } finally {
      this.#table.leave(text, passage);
    }
  }

  async delete(key: unknown, options?: CallOptions): Promise<boolean> {
    const text = this.#check(key);
    const outcome = await this.#map.delete(key, { ...options, ifPresent: true });
    const node = this.#table.find(text);
    if (node !== undefined && node.value === undefined) this.#table.drop(node, 'deleted');
    if (outcome.ok) this.#table.remove(text, outcome.version, 'deleted');
    return outcome.ok;
  }

  async clear(options?: CallOptions): Promise<number> {
    this.#open();
    const before = [...this.#table.nodes.values()].map((node) => [node, node.version] as const);
    const count = await this.#map.clear(options);
    for (const [node, version] of before) {
      const same = node.version === version && this.#table.find(node.text) === node;
      if (same) this.#table.drop(node, 'deleted');
    }
    return count;
  }

  get size(): number {
    return this.#table.size;
  }

  get bytes(): number {
    return this.#table.bytes;
  }

  stats(): CacheStats {
    const [hits, misses] = [this.#hits, this.#misses];
    const { loads, loadFailures, staleHits } = this.#loading;
    return {
      hits,
      staleHits,
      negativeHits: this.#negativeHits,
      misses,
      hitRate: hits === 0 ? 0 : hits / (hits + misses),
      loads,
      loadFailures,
      evicted: this.#table.evicted,
      expired: this.#table.expired,
    };
  }

  async close(): Promise<void> {
    this.#background.close();
    this.#table.keeps = false;
    this.#table.forget();
    this.#loading.end();
    await this.#feed.close();
    await this.#background.ended();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Removes from the map what had to go, unless it was written again. */
  #evict(key: unknown, version: number): void {
    if (!this.#mirrors) return;
    const { sync } = this.#map;
    try {
      if (sync === undefined) this.#background.run(this.#map.delete(key, { ifVersion: version }));
      else sync.delete(key, { ifVersion: version });
    } catch (error) {
      this.#background.tell(error);
    }
  }

  #check(key: unknown): string {
    this.#open();
    return this.#context.encodeKey(key);
  }

  #open(): void {
    this.#background.checkOpen();
    this.#context.checkOpen();
  }
}
