import type { Entry } from '../../contract/entry.ts';
import type { VersionedMap } from '../../contract/versioned-map.ts';
import type { Background } from './background.ts';
import type { CacheSettings } from './options.ts';
import type { CacheTable, Node } from './table.ts';
import type { CacheWriteOptions } from './types.ts';

/**
 * Times to live: an entry of the map lives for as long as it is fresh and as long as it may be stale; where that
 * slides, hits renew it.
 */
export class Freshness {
  readonly #map: VersionedMap<unknown, unknown>;
  readonly #settings: CacheSettings;
  readonly #table: CacheTable;
  readonly #background: Background;
  readonly #now: () => number;

  constructor(
    map: VersionedMap<unknown, unknown>,
    settings: CacheSettings,
    table: CacheTable,
    background: Background,
    now: () => number,
  ) {
    this.#map = map;
    this.#settings = settings;
    this.#table = table;
    this.#background = background;
    this.#now = now;
  }

  /** Whether a node is fresh; one that slides is renewed. */
  isFresh(node: Node): boolean {
    const { ttlMs, staleMs, sliding } = this.#settings;
    const now = this.#now();
    if (now >= node.expiresAt - staleMs) return false;
    if (!sliding || now + ttlMs + staleMs - node.expiresAt < ttlMs / 10) return true;
    node.expiresAt = now + ttlMs + staleMs;
    if (!node.touching) this.#background.run(this.#touch(node));
    return true;
  }

  isStale({ expiresAt }: Entry<unknown, unknown>): boolean {
    return expiresAt !== undefined && this.#now() >= expiresAt - this.#settings.staleMs;
  }

  /** How a value is written. */
  written(options: CacheWriteOptions = {}): CacheWriteOptions {
    const { ttlMs, staleMs } = this.#settings;
    const own = options.ttlMs ?? (ttlMs === 0 ? undefined : ttlMs);
    return { ...options, ttlMs: typeof own === 'number' ? own + staleMs : own };
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
}
