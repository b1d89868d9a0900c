import { within } from '../../base/abort.ts';
import { StoreError } from '../../base/errors.ts';
import { show } from '../../base/options.ts';
import { textKeys } from '../../codec/keys.ts';
import type { CallOptions } from '../../contract/calls.ts';
import type { Change } from '../../contract/change.ts';
import type { Entry } from '../../contract/entry.ts';
import type { VersionedMap } from '../../contract/versioned-map.ts';
import type { Watch } from '../../contract/watch.ts';
import { checkCall } from '../../map/call-limits.ts';
import type { MapContext } from '../../map/context.ts';
import { Flights } from '../../map/single-flight.ts';
import type { CacheSettings } from './options.ts';
import { MOST_USES } from './s3-fifo.ts';
import { CacheTable } from './table.ts';
import type { Node, Passage } from './table.ts';
import type { Cache, CacheStats, CacheWriteOptions } from './types.ts';

type AnyMap = VersionedMap<unknown, unknown>;
type Loader = (key: unknown, context: { readonly signal: AbortSignal }) => unknown;

/** The cache behind {@link Cache}. */
export class MapCache implements Cache<unknown, unknown, unknown> {
  readonly #map: AnyMap;
  readonly #context: MapContext;
  readonly #settings: CacheSettings;
  readonly #table: CacheTable;
  readonly #watch: Watch<unknown, unknown>;
  readonly #flights = new Flights<unknown>();
  readonly #reloads = new Flights<unknown>();
  /** Work in the background: the reader of the watch, evictions, renewals, reloads. */
  readonly #work = new Set<Promise<unknown>>();
  /** `true`: the table mirrors the map, and what has to go is removed from the map; else it is a copy of a part. */
  readonly #mirrors: boolean;
  readonly #asIs: boolean;
  #closed = false;
  #hits = 0;
  #staleHits = 0;
  #negativeHits = 0;
  #misses = 0;
  #loads = 0;
  #loadFailures = 0;

  constructor(map: AnyMap, context: MapContext, settings: CacheSettings) {
    this.#map = map;
    this.#context = context;
    this.#settings = settings;
    this.#mirrors = context.engine.supports.reach !== 'cluster';
    this.#asIs = context.keys === textKeys;
    this.#table = new CacheTable(settings, (key, version) => this.#evict(key, version));
    this.#watch = map.watch({ start: this.#mirrors ? 'current' : 'now' });
  }

  /** Resolves when the watch has told what there is. */
  async ready(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const followed = this.#follow(resolve);
      followed.then(() => reject(closed()), reject);
      this.#background(followed);
    });
  }

  hit(key: unknown): unknown {
    // SAFETY: where keys are text, what is no string is not found.
    const text = this.#asIs ? (key as string) : this.#context.encodeKey(key);
    const node = this.#table.nodes.get(text);
    if (node === undefined || node.value === undefined) {
      this.#check(key);
      return undefined;
    }
    if (node.expiresAt !== 0 && !this.#isFresh(node)) return undefined;
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
      return this.#isStale(entry) ? undefined : entry.value;
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
    if (node !== undefined && node.expiresAt > this.#now()) {
      this.#hits++;
      node.uses = Math.min(node.uses + 1, MOST_USES);
      if (node.value === undefined) this.#negativeHits++;
      else this.#reload(text, node, load, options);
      return node.value;
    }
    if (node?.value === undefined && node !== undefined) this.#table.drop(node, 'expired');
    this.#misses++;
    const { result, leave } = this.#flights.join(text, (signal) =>
      this.#fetch(text, key, load, options, signal),
    );
    try {
      return await within(result, options, this.#context.engine.clock, () => {
        return new StoreError('TIMEOUT', 'load: deadlineMs ran out');
      });
    } finally {
      leave();
    }
  }

  async set(key: unknown, value: unknown, options?: CacheWriteOptions): Promise<void> {
    const text = this.#check(key);
    const passage = this.#table.enter(text);
    try {
      this.#table.keep(text, await this.#map.set(key, value, this.#written(options)), passage);
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
    return {
      hits,
      staleHits: this.#staleHits,
      negativeHits: this.#negativeHits,
      misses,
      hitRate: hits === 0 ? 0 : hits / (hits + misses),
      loads: this.#loads,
      loadFailures: this.#loadFailures,
      evicted: this.#table.evicted,
      expired: this.#table.expired,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#table.keeps = false;
    this.#table.forget();
    this.#flights.end(closed());
    this.#reloads.end(closed());
    await this.#watch.close();
    await Promise.allSettled(this.#work);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** One load for all callers of a key: what the map has by now, else what the loader gives, now written. */
  async #fetch(
    text: string,
    key: unknown,
    load: Loader,
    options: CacheWriteOptions,
    signal: AbortSignal,
  ): Promise<unknown> {
    const passage = this.#table.enter(text);
    try {
      const entry = await this.#map.entry(key, { fresh: true, signal });
      if (entry !== undefined) {
        this.#table.keep(text, entry, passage);
        if (this.#isStale(entry)) this.#reload(text, entry, load, options);
        return entry.value;
      }
      const value = await this.#ask(key, load, signal);
      if (value === undefined) {
        this.#keepAbsent(text, key, passage);
        return undefined;
      }
      const { ttlMs } = this.#written(options);
      const outcome = await this.#map.set(key, value, { ifAbsent: true, ttlMs });
      const stands = outcome.ok ? outcome.entry : outcome.current;
      if (stands !== undefined) this.#table.keep(text, stands, passage);
      return stands?.value;
    } finally {
      this.#table.leave(text, passage);
    }
  }

  /** Loads anew, in the background, what is served meanwhile; whoever writes it first wins. */
  #reload(
    text: string,
    old: Pick<Entry<unknown>, 'version'> & { key: unknown },
    load: Loader,
    options: CacheWriteOptions,
  ): void {
    this.#staleHits++;
    const { version } = old;
    const { result, leave } = this.#reloads.join(text, async (signal) => {
      const passage = this.#table.enter(text);
      try {
        const value = await this.#ask(old.key, load, signal);
        if (value === undefined) {
          const outcome = await this.#map.delete(old.key, { ifVersion: version });
          if (!outcome.ok) return;
          this.#table.remove(text, outcome.version, 'deleted');
          this.#keepAbsent(text, old.key, passage, outcome.version);
          return;
        }
        const { ttlMs } = this.#written(options);
        const outcome = await this.#map.set(old.key, value, { ifVersion: version, ttlMs });
        if (outcome.ok) this.#table.keep(text, outcome.entry, passage);
      } finally {
        this.#table.leave(text, passage);
      }
    });
    this.#background(result.finally(leave));
  }

  /** Remembers for a while that there is nothing. */
  #keepAbsent(text: string, key: unknown, passage: Passage, version?: number): void {
    const { negativeMs } = this.#settings;
    if (negativeMs > 0) this.#table.keepAbsent(text, key, this.#now() + negativeMs, passage, version);
  }

  async #ask(key: unknown, load: Loader, signal: AbortSignal): Promise<unknown> {
    this.#loads++;
    try {
      return await load(key, { signal });
    } catch (error) {
      this.#loadFailures++;
      throw error;
    }
  }

  /** Reads the watch until it ends; `live` is called when it has told what there is. */
  async #follow(live: () => void): Promise<void> {
    try {
      for await (const change of this.#watch) this.#apply(change, live);
    } finally {
      // From here on nobody tells what becomes of what is here.
      this.#table.keeps = false;
      this.#table.forget();
    }
  }

  #apply(change: Change<unknown, unknown>, live: () => void): void {
    switch (change.type) {
      case 'insert':
      case 'update': {
        const text = this.#context.encodeKey(change.key);
        this.#table.told(text, change.version);
        if (this.#mirrors || this.#table.find(text) !== undefined) this.#table.put(text, change);
        return;
      }
      case 'delete':
      case 'expire': {
        const text = this.#context.encodeKey(change.key);
        this.#table.told(text, change.version);
        this.#table.remove(text, change.version, change.type === 'expire' ? 'expired' : 'deleted');
        return;
      }
      case 'reset':
        // Until `live` the watch may leave out what was removed meanwhile.
        this.#table.keeps = false;
        this.#table.forget();
        return;
      case 'live':
        this.#table.keeps = !this.#closed;
        live();
        return;
      case 'progress':
    }
  }

  /** Whether a node is fresh; one that slides is renewed. */
  #isFresh(node: Node): boolean {
    const { ttlMs, staleMs, sliding } = this.#settings;
    const now = this.#now();
    if (now >= node.expiresAt - staleMs) return false;
    if (!sliding || now + ttlMs + staleMs - node.expiresAt < ttlMs / 10) return true;
    node.expiresAt = now + ttlMs + staleMs;
    if (!node.touching) this.#background(this.#touch(node));
    return true;
  }

  /** Gives the entry of the map the end of the node, until both agree. */
  async #touch(node: Node): Promise<void> {
    const passage = this.#table.enter(node.text);
    node.touching = true;
    try {
      for (let end = 0; node.value !== undefined && end < node.expiresAt;) {
        end = node.expiresAt;
        const entry = await this.#map.touch(node.key, Math.max(1, end - this.#now()));
        if (entry === undefined) return;
        this.#table.keep(node.text, entry, passage);
      }
    } finally {
      node.touching = false;
      this.#table.leave(node.text, passage);
    }
  }

  #isStale({ expiresAt }: Entry<unknown, unknown>): boolean {
    return expiresAt !== undefined && this.#now() >= expiresAt - this.#settings.staleMs;
  }

  /** How a value is written: its time to live is that for which it is fresh, and that for which it may be stale. */
  #written(options: CacheWriteOptions = {}): CacheWriteOptions {
    const { ttlMs, staleMs } = this.#settings;
    const own = options.ttlMs ?? (ttlMs === 0 ? undefined : ttlMs);
    return { ...options, ttlMs: typeof own === 'number' ? own + staleMs : own };
  }

  /** Removes from the map what had to go, unless it was written again. */
  #evict(key: unknown, version: number): void {
    if (!this.#mirrors) return;
    const { sync } = this.#map;
    try {
      if (sync === undefined) this.#background(this.#map.delete(key, { ifVersion: version }));
      else sync.delete(key, { ifVersion: version });
    } catch (error) {
      this.#settings.onError(error);
    }
  }

  /** Lets work go on by itself; its faults are told while the cache is open. */
  #background(work: Promise<unknown>): void {
    const done = work
      .catch((error: unknown) => {
        if (!this.#closed) this.#settings.onError(error);
      })
      .finally(() => this.#work.delete(done));
    this.#work.add(done);
  }

  #check(key: unknown): string {
    this.#open();
    return this.#context.encodeKey(key);
  }

  #open(): void {
    if (this.#closed) throw closed();
    this.#context.checkOpen();
  }

  #now(): number {
    return this.#context.engine.clock.now();
  }
}

function closed(): StoreError {
  return new StoreError('CLOSED', 'the cache was closed');
}
