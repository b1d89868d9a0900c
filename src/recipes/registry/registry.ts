import { checkInteger, checkOptions, show } from '../../base/options.ts';
import { StoreError } from '../../base/errors.ts';
import type { CallOptions } from '../../contract/calls.ts';
import type { Change } from '../../contract/change.ts';
import type { Entry } from '../../contract/entry.ts';
import type { VersionedMap } from '../../contract/versioned-map.ts';
import { contextOf } from '../../map/context.ts';
import { KeyQueue } from '../../map/key-queue.ts';
import { changesOf } from '../changes-of.ts';
import type { Changes } from '../changes-of.ts';
import { HeldName } from './registration.ts';
import type { Registered, RegisterOutcome, Registry, RegistryChange, RegistryOptions } from './types.ts';

/** The least lease, as of locks. */
const LEAST_LEASE_MS = 100;

/**
 * Makes a registry over a map.
 *
 * @param map - holds what is registered; of text keys
 * @param options - how long a lease is, who registers
 * @returns the registry; close it to unregister what it holds
 * @throws TypeError or RangeError for an option that is none
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { openRegistry } from 'samemap/recipes';
 * const store = await open('memory:');
 * const services = openRegistry<string>(store.map('services'), { leaseMs: 5_000 });
 * const outcome = await services.register('mailer', 'http://127.0.0.1:8025');
 * if (!outcome.ok) console.log('taken by', outcome.current?.value.owner);
 * await services.close();
 * await store.close();
 * ```
 */
export function openRegistry<Value>(
  map: VersionedMap<Registered<Value>>,
  options: RegistryOptions = {},
): Registry<Value> {
  checkOptions('openRegistry', options, ['leaseMs', 'owner']);
  const { leaseMs, owner = crypto.randomUUID() } = options;
  if (leaseMs !== undefined) checkInteger('openRegistry: leaseMs', leaseMs, LEAST_LEASE_MS);
  if (typeof owner !== 'string' || owner === '') {
    throw new TypeError(`openRegistry: owner must be a string that is not empty, got ${show(owner)}`);
  }
  return new MapRegistry(map, owner, leaseMs);
}

class MapRegistry<Value> implements Registry<Value> {
  readonly owner: string;
  readonly #map: VersionedMap<Registered<Value>>;
  readonly #leaseMs: number | undefined;
  readonly #held = new Map<string, HeldName<Value>>();
  readonly #queue = new KeyQueue();
  #closed = false;

  constructor(map: VersionedMap<Registered<Value>>, owner: string, leaseMs: number | undefined) {
    contextOf(map);
    this.#map = map;
    this.owner = owner;
    this.#leaseMs = leaseMs;
  }

  async register(name: string, value: Value, options?: CallOptions): Promise<RegisterOutcome<Value>> {
    this.#checkOpen();
    // One after the other, so that what is being registered is not taken for what was left behind.
    return await this.#queue.run(name, () => this.#register(name, value, options));
  }

  async #register(
    name: string,
    value: Value,
    options: CallOptions | undefined,
  ): Promise<RegisterOutcome<Value>> {
    const { clock } = contextOf(this.#map).engine;
    const id = crypto.randomUUID();
    const record = { owner: this.owner, id, value, revision: 0, sinceMs: clock.now() };
    const sentAt = clock.now();
    const entry = await this.#take(name, record, options);
    if (entry?.value.id !== id) return { ok: false, current: entry };
    const registration: HeldName<Value> = new HeldName({
      map: this.#map,
      clock,
      leaseMs: this.#leaseMs,
      entry,
      sentAt,
      onEnd: () => {
        if (this.#held.get(name) === registration) this.#held.delete(name);
      },
    });
    this.#held.set(name, registration);
    await registration.ready;
    if (this.#closed) {
      await registration.unregister();
      throw new StoreError('CLOSED', `the registry was closed while ${show(name)} was registered`);
    }
    return { ok: true, registration };
  }

  /** Writes where nothing is, or what an earlier registry of this owner left; what stands then. */
  async #take(
    name: string,
    record: Registered<Value>,
    options: CallOptions | undefined,
  ): Promise<Entry<Registered<Value>> | undefined> {
    const ttlMs = this.#leaseMs ?? 'never';
    try {
      const fresh = await this.#map.set(name, record, { ...options, ifAbsent: true, ttlMs });
      if (fresh.ok) return fresh.entry;
      const { current } = fresh;
      if (current?.value.owner !== this.owner || this.#held.has(name)) return current;
      const over = await this.#map.set(name, record, { ...options, ifVersion: current.version, ttlMs });
      return over.ok ? over.entry : over.current;
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'UNKNOWN_OUTCOME') throw error;
      const entry = await this.#map.entry(name, { fresh: true });
      if (entry?.value.id === record.id) return entry;
      throw error;
    }
  }

  async get(name: string, options?: CallOptions): Promise<Value | undefined> {
    return (await this.#map.get(name, options))?.value;
  }

  async unregister(name: string, options?: CallOptions): Promise<boolean> {
    return (await this.#held.get(name)?.unregister(options)) ?? false;
  }

  async *list(
    prefix = '',
    options?: CallOptions,
  ): AsyncIterableIterator<Registered<Value> & { readonly name: string }> {
    for await (const { key, value } of this.#map.list({ ...options, prefix })) yield { name: key, ...value };
  }

  watch(options: Parameters<Registry<Value>['watch']>[0] = {}): Changes<RegistryChange<Value>> {
    checkOptions('watch', options, ['prefix', 'signal']);
    const present = new Presence<Value>();
    return changesOf(this.#map.watch({ ...options, start: 'current' }), (change) => present.tell(change));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#held.values()].map((registration) => registration.unregister()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(): void {
    if (this.#closed) throw new StoreError('CLOSED', 'the registry was closed');
  }
}

/** Who a watcher knows to be there: turns writes into arrivals, changes and departures, heartbeats into nothing. */
class Presence<Value> {
  readonly #known = new Map<string, Registered<Value>>();
  /** Those of whom a catch-up has not told yet; when it is over, they are gone. */
  #missing = new Set<string>();

  *tell(change: Change<Registered<Value>>): Generator<RegistryChange<Value>> {
    switch (change.type) {
      case 'insert':
      case 'update': {
        const { key: name, value: next } = change;
        const before = this.#known.get(name);
        this.#known.set(name, next);
        this.#missing.delete(name);
        const { value, owner, id, revision } = next;
        if (before !== undefined && before.id !== id) yield departed(name, before, 'replaced');
        if (before?.id !== id) yield { type: 'arrived', name, value, owner };
        else if (before.revision !== revision) yield { type: 'changed', name, value, owner };
        return;
      }
      case 'delete':
      case 'expire':
        yield* this.#gone(change.key, change.type === 'expire' ? 'expired' : 'unregistered');
        return;
      case 'reset':
        this.#missing = new Set(this.#known.keys());
        return;
      case 'live':
        for (const name of this.#missing) yield* this.#gone(name, 'unregistered');
        this.#missing.clear();
        yield { type: 'live' };
        return;
      case 'progress':
    }
  }

  *#gone(name: string, reason: 'unregistered' | 'expired'): Generator<RegistryChange<Value>> {
    const before = this.#known.get(name);
    this.#known.delete(name);
    this.#missing.delete(name);
    if (before !== undefined) yield departed(name, before, reason);
  }
}

function departed<Value>(
  name: string,
  { value, owner }: Registered<Value>,
  reason: 'unregistered' | 'expired' | 'replaced',
): RegistryChange<Value> {
  return { type: 'departed', name, value, owner, reason };
}
