import { within } from '../../base/abort.ts';
import type { Clock } from '../../base/clock.ts';
import { StoreError } from '../../base/errors.ts';
import type { Entry } from '../../contract/entry.ts';
import type { VersionedMap } from '../../contract/versioned-map.ts';
import { Flights } from '../../map/single-flight.ts';
import type { Background } from './background.ts';
import { closedError } from './background.ts';
import type { Freshness } from './freshness.ts';
import type { CacheTable, Passage } from './table.ts';
import type { CacheWriteOptions } from './types.ts';

/** What gives the value of a key that is not here. */
export type Loader = (key: unknown, context: { readonly signal: AbortSignal }) => unknown;

/** What loads work with. */
export interface LoadingHost {
  readonly map: VersionedMap<unknown, unknown>;
  readonly table: CacheTable;
  readonly freshness: Freshness;
  readonly background: Background;
  readonly clock: Clock;
  /** How long it is remembered that there is nothing. */
  readonly negativeMs: number;
}

/** Loads, one at a time for each key, shared by all who ask meanwhile; and reloads of what is served stale. */
export class Loading {
  readonly #host: LoadingHost;
  readonly #flights = new Flights<unknown>();
  readonly #reloads = new Flights<unknown>();
  loads = 0;
  loadFailures = 0;
  staleHits = 0;

  constructor(host: LoadingHost) {
    this.#host = host;
  }

  /** What the map has by now, else what the loader gives, now written. */
  async load(text: string, key: unknown, load: Loader, options: CacheWriteOptions): Promise<unknown> {
    const fetch = (signal: AbortSignal): Promise<unknown> => this.#fetch(text, key, load, options, signal);
    const { result, leave } = this.#flights.join(text, fetch);
    try {
      return await within(result, options, this.#host.clock, () => {
        return new StoreError('TIMEOUT', 'load: deadlineMs ran out');
      });
    } finally {
      leave();
    }
  }

  /** Loads anew, in the background, what is served meanwhile; whoever writes it first wins. */
  reload(
    text: string,
    old: Pick<Entry<unknown>, 'version'> & { key: unknown },
    load: Loader,
    options: CacheWriteOptions,
  ): void {
    this.staleHits++;
    const { map, table, freshness, background } = this.#host;
    const { version } = old;
    const { result, leave } = this.#reloads.join(text, async (signal) => {
      const passage = table.enter(text);
      try {
        const value = await this.#ask(old.key, load, signal);
        if (value === undefined) {
          const outcome = await map.delete(old.key, { ifVersion: version });
          if (!outcome.ok) return;
          table.remove(text, outcome.version, 'deleted');
          this.#keepAbsent(text, old.key, passage, outcome.version);
          return;
        }
        const { ttlMs } = freshness.written(options);
        const outcome = await map.set(old.key, value, { ifVersion: version, ttlMs });
        if (outcome.ok) table.keep(text, outcome.entry, passage);
      } finally {
        table.leave(text, passage);
      }
    });
    background.run(result.finally(leave));
  }

  /** Ends all loads: callers are refused. */
  end(): void {
    this.#flights.end(closedError());
    this.#reloads.end(closedError());
  }

  async #fetch(
    text: string,
    key: unknown,
    load: Loader,
    options: CacheWriteOptions,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { map, table, freshness } = this.#host;
    const passage = table.enter(text);
    try {
      const entry = await map.entry(key, { fresh: true, signal });
      if (entry !== undefined) {
        table.keep(text, entry, passage);
        if (freshness.isStale(entry)) this.reload(text, entry, load, options);
        return entry.value;
      }
      const value = await this.#ask(key, load, signal);
      if (value === undefined) {
        this.#keepAbsent(text, key, passage);
        return undefined;
      }
      const { ttlMs } = freshness.written(options);
      const outcome = await map.set(key, value, { ifAbsent: true, ttlMs });
      const stands = outcome.ok ? outcome.entry : outcome.current;
      if (stands !== undefined) table.keep(text, stands, passage);
      return stands?.value;
    } finally {
      table.leave(text, passage);
    }
  }

  /** Remembers for a while that there is nothing. */
  #keepAbsent(text: string, key: unknown, passage: Passage, version?: number): void {
    const { table, clock, negativeMs } = this.#host;
    if (negativeMs > 0) table.keepAbsent(text, key, clock.now() + negativeMs, passage, version);
  }

  async #ask(key: unknown, load: Loader, signal: AbortSignal): Promise<unknown> {
    this.loads++;
    try {
      return await load(key, { signal });
    } catch (error) {
      this.loadFailures++;
      throw error;
    }
  }
}
