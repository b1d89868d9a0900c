import { checkOptions, show } from '../../base/options.ts';
import type { VersionedMap } from '../../contract/versioned-map.ts';
import type { KeyvStore, KeyvStoreItem, KeyvStoreOptions } from './types.ts';

type AnyMap = VersionedMap<unknown>;
type Listener = (...args: unknown[]) => void;

/**
 * A store of Keyv that keeps its entries in a map. Values that Keyv serializes are strings, which `codec: text()` keeps as
 * they are, and `values: 'references'` without copying in memory; a Keyv that does not serialize wants the default
 * codec. Expiry is the map's. Namespaces share the map.
 *
 * @param map - the map; whoever opened it closes it
 * @param options - which release of Keyv calls
 * @returns what Keyv takes as `store`
 * @throws TypeError for an option that is none
 *
 * @example
 * ```ts
 * import Keyv from 'keyv';
 * import { open, text } from 'samemap';
 * import { keyvStore } from 'samemap/keyv';
 * const store = await open('memory:');
 * const pages = new Keyv({ store: keyvStore(store.map('pages', { codec: text() })), namespace: 'pages' });
 * await pages.set('/', { title: 'Home' }, 60_000);
 * const home: unknown = await pages.get('/');
 * ```
 */
export function keyvStore<Value>(map: VersionedMap<Value>, options: KeyvStoreOptions = {}): KeyvStore {
  checkOptions('keyvStore', options, ['release']);
  const { release = 5 } = options;
  if (release !== 5 && release !== 6) throw new TypeError(`release must be 5 or 6, got ${show(release)}`);
  // SAFETY: a map is for what its Keyv hands over.
  return new MapStore(map as unknown as AnyMap, release);
}

class MapStore implements KeyvStore {
  /** Keyv 5 iterates over dialects on its own list only; etcd is the one there that such a map can live on. */
  readonly opts = { dialect: 'etcd', url: '' };
  readonly capabilities?: { readonly expires: true };
  namespace: string | undefined = undefined;
  readonly #map: AnyMap;
  /** The map without promises, where it has that: a read waits once less. */
  readonly #sync: AnyMap['sync'];
  readonly #release: 5 | 6;
  readonly #onError: Listener[] = [];

  constructor(map: AnyMap, release: 5 | 6) {
    this.#map = map;
    this.#sync = map.sync;
    this.#release = release;
    if (release === 6) this.capabilities = { expires: true };
  }

  async get<Value>(key: string): Promise<Value | undefined> {
    try {
      const text = this.#text(key);
      const value = this.#sync === undefined ? await this.#map.get(text) : this.#sync.get(text);
      // SAFETY: what the caller put there.
      return value as Value | undefined;
    } catch (error) {
      // Keyv 5 takes a read that failed for a miss, and tells nobody.
      if (this.#release === 5) for (const tell of this.#onError) tell(error);
      throw error;
    }
  }

  async getMany<Value>(keys: string[]): Promise<(Value | undefined)[]> {
    // SAFETY: what the caller put there.
    return (await this.#map.getMany(keys.map((key) => this.#text(key)))) as (Value | undefined)[];
  }

  async set(key: string, value: unknown, until?: number): Promise<boolean> {
    const text = this.#text(key);
    const ttlMs = this.#ttlMs(until);
    if (ttlMs === undefined) await this.#map.set(text, value);
    else if (ttlMs > 0) await this.#map.set(text, value, { ttlMs });
    else await this.#map.delete(text);
    return true;
  }

  async setMany(items: readonly KeyvStoreItem[]): Promise<boolean[]> {
    const parts = items.map(({ key, value, ttl, expires }) => {
      return { key: this.#text(key), value, ttlMs: this.#ttlMs(this.#release === 6 ? expires : ttl) };
    });
    const isOver = ({ ttlMs }: { ttlMs: number | undefined }): boolean => ttlMs !== undefined && ttlMs <= 0;
    const over = parts.filter(isOver);
    const rest = parts.filter((part) => !isOver(part));
    if (over.length > 0) await this.#map.deleteMany(over.map(({ key }) => key));
    await this.#map.setMany(rest.map(({ key, value, ttlMs }) => [key, value, { ttlMs }] as const));
    return items.map(() => true);
  }

  async delete(key: string): Promise<boolean> {
    return await this.#map.delete(this.#text(key));
  }

  async deleteMany(keys: string[]): Promise<boolean | boolean[]> {
    const outcomes = await this.#map.deleteMany(keys.map((key) => this.#text(key)));
    const were = outcomes.map((outcome) => outcome.ok && outcome.entry !== undefined);
    return this.#release === 6 ? were : were.every(Boolean);
  }

  async has(key: string): Promise<boolean> {
    return await this.#map.has(this.#text(key));
  }

  async hasMany(keys: string[]): Promise<boolean[]> {
    return await Promise.all(keys.map((key) => this.#map.has(this.#text(key))));
  }

  async clear(): Promise<void> {
    await this.#map.clear({ prefix: prefixOf(this.namespace) });
  }

  async *iterator<Value>(namespace?: string): AsyncGenerator<[string, Value], void> {
    const prefix = prefixOf(namespace ?? this.namespace);
    // Keyv 5 takes the namespace off by itself.
    const from = this.#release === 6 ? prefix.length : 0;
    for await (const { key, value } of this.#map.list({ prefix })) {
      // SAFETY: what the caller put there.
      yield [key.slice(from), value as Value];
    }
  }

  async disconnect(): Promise<void> {}

  on(event: string, listener: Listener): this {
    if (event === 'error') this.#onError.push(listener);
    return this;
  }

  /** Keyv 5 hands over keys with their namespace, Keyv 6 without. */
  #text(key: string): string {
    return this.#release === 5 ? key : prefixOf(this.namespace) + key;
  }

  /** At most 0 for what is over already; `undefined` without an end. */
  #ttlMs(until: number | null | undefined): number | undefined {
    if (until === undefined || until === null || until === Infinity) return undefined;
    return this.#release === 6 ? until - Date.now() : until;
  }
}

function prefixOf(namespace: string | undefined): string {
  return namespace === undefined || namespace === '' ? '' : `${namespace}:`;
}
