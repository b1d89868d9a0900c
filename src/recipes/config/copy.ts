import type { Clock } from '../../base/clock.ts';
import { deferred } from '../../base/deferred.ts';
import type { Change } from '../../contract/change.ts';
import type { Entry } from '../../contract/entry.ts';
import type { VersionedMap } from '../../contract/versioned-map.ts';
import type { Watch } from '../../contract/watch.ts';

type Kept = Pick<Entry<unknown>, 'value' | 'version'>;

/**
 * What a process knows of a map, fed by a watch; says when it changes. After a reset it serves what it had until the
 * state is there.
 */
export class ConfigCopy {
  /** Resolves when the state is there; rejects with the fault that ended it before. */
  readonly live: Promise<void>;
  readonly #watch: Watch<unknown>;
  readonly #clock: Clock;
  readonly #arrived: (name: string, entry: Kept) => void;
  readonly #listeners = new Set<() => void>();
  /** Versions of what was removed, so that nothing older comes back. */
  readonly #removed = new Map<string, number>();
  #entries = new Map<string, Kept>();
  /** The state that is being put together. */
  #next: Map<string, Kept> | undefined = new Map();
  #liveAt: number;
  #ended = false;
  #resets = 0;

  /** @param arrived - told of each value that comes */
  constructor(map: VersionedMap<unknown>, clock: Clock, arrived: (name: string, entry: Kept) => void) {
    this.#clock = clock;
    this.#arrived = arrived;
    this.#liveAt = clock.now();
    this.#watch = map.watch({ start: 'current' });
    const { promise, resolve, reject } = deferred<void>();
    this.live = promise;
    promise.catch(() => undefined);
    void this.#read(resolve).then(reject, reject);
  }

  get(name: string): Kept | undefined {
    return this.#entries.get(name);
  }

  get ended(): boolean {
    return this.#ended;
  }

  get staleMs(): number {
    return this.#next === undefined && !this.#ended ? 0 : this.#clock.now() - this.#liveAt;
  }

  /** Calls `changed` when something may be another; returns what ends it. */
  onChange(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  /** How often the state was begun anew: what was written before may be in it or not. */
  get resets(): number {
    return this.#resets;
  }

  /** Takes in a write of this process, whose answer may come before the watch tells it. */
  wrote(name: string, entry: Kept, resets: number): void {
    if (resets === this.#resets && this.#next === undefined && this.#put(name, entry)) this.#stir();
  }

  /** {@link wrote} for a removal. */
  removed(name: string, version: number, resets: number): void {
    if (resets === this.#resets && this.#next === undefined && this.#remove(name, version)) this.#stir();
  }

  close(): Promise<void> {
    return this.#watch.close();
  }

  async #read(live: () => void): Promise<Error> {
    try {
      for await (const change of this.#watch) this.#apply(change, live);
      return new Error('the config store was closed');
    } finally {
      this.#liveAt = this.staleMs === 0 ? this.#clock.now() : this.#liveAt;
      this.#ended = true;
      this.#stir();
    }
  }

  #apply(change: Change<unknown>, live: () => void): void {
    switch (change.type) {
      case 'insert':
      case 'update':
        if (this.#put(change.key, change)) this.#stir();
        return;
      case 'delete':
      case 'expire':
        if (this.#remove(change.key, change.version)) this.#stir();
        return;
      case 'reset':
        this.#liveAt = this.#clock.now();
        this.#resets++;
        this.#next = new Map();
        this.#removed.clear();
        return;
      case 'live':
        this.#entries = this.#next ?? this.#entries;
        this.#next = undefined;
        this.#stir();
        live();
        return;
      case 'progress':
    }
  }

  /** Whether it was newer than what is known. */
  #put(name: string, { value, version }: Kept): boolean {
    const entries = this.#next ?? this.#entries;
    const known = Math.max(entries.get(name)?.version ?? 0, this.#removed.get(name) ?? 0);
    if (version <= known) return false;
    entries.set(name, { value, version });
    this.#arrived(name, { value, version });
    return true;
  }

  #remove(name: string, version: number): boolean {
    const entries = this.#next ?? this.#entries;
    if (version <= (entries.get(name)?.version ?? 0)) return false;
    this.#removed.set(name, version);
    return entries.delete(name);
  }

  #stir(): void {
    for (const changed of this.#listeners) changed();
  }
}
