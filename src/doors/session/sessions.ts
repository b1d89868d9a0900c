import { checkMs, checkOptions, show } from '../../base/options.ts';
import type { VersionedMap } from '../../contract/versioned-map.ts';

/**
 * How a map keeps sessions.
 *
 * @example
 * ```ts
 * import type { SessionStoreOptions } from 'samemap/express-session';
 * const options: SessionStoreOptions = { prefix: 'session/', ttlMs: 3_600_000 };
 * ```
 */
export interface SessionStoreOptions {
  /** What the keys of sessions begin with, for a map that holds other things, too; nothing unless said. */
  readonly prefix?: string | undefined;
  /** How long a session lasts whose cookie does not say, in milliseconds above 0; a day unless said. */
  readonly ttlMs?: number | undefined;
}

/**
 * A session as it is stored: what `JSON` keeps of it.
 *
 * @example
 * ```ts
 * import type { StoredSession } from 'samemap/express-session';
 * const session: StoredSession = { cookie: { originalMaxAge: 60_000 }, user: 'ada' };
 * ```
 */
export interface StoredSession {
  readonly cookie?: {
    readonly expires?: Date | string | null | undefined;
    readonly originalMaxAge?: number | null | undefined;
    readonly [option: string]: unknown;
  };
  readonly [name: string]: unknown;
}

const DAY_MS = 86_400_000;

/** Sessions in a map, whoever asks for them. Ids are keys, and an entry ends when its session's cookie does. */
export class Sessions {
  readonly #map: VersionedMap<StoredSession>;
  readonly #prefix: string;
  readonly #ttlMs: number;

  constructor(what: string, map: VersionedMap<StoredSession>, options: SessionStoreOptions = {}) {
    checkOptions(what, options, ['prefix', 'ttlMs']);
    const { prefix = '', ttlMs = DAY_MS } = options;
    if (typeof prefix !== 'string') throw new TypeError(`${what}: prefix must be text, got ${show(prefix)}`);
    if (checkMs(`${what}: ttlMs`, ttlMs, 0) === 0)
      throw new RangeError(`${what}: ttlMs must be above 0, got 0`);
    this.#map = map;
    this.#prefix = prefix;
    this.#ttlMs = ttlMs;
  }

  async get(id: string): Promise<StoredSession | undefined> {
    const session = await this.#map.get(this.#prefix + id);
    return session === undefined ? undefined : revived(session);
  }

  async set(id: string, session: object): Promise<void> {
    const ttlMs = this.#leftOf(session);
    if (ttlMs <= 0) return await this.destroy(id);
    // What every store of sessions keeps of one: its cookie knows how to become JSON.
    const plain = JSON.parse(JSON.stringify(session)) as StoredSession;
    await this.#map.set(this.#prefix + id, plain, { ttlMs });
  }

  /** Puts off the end of a session. One that is gone stays so. */
  async touch(id: string, session: object): Promise<void> {
    const ttlMs = this.#leftOf(session);
    if (ttlMs > 0) await this.#map.touch(this.#prefix + id, ttlMs);
    else await this.destroy(id);
  }

  async destroy(id: string): Promise<void> {
    await this.#map.delete(this.#prefix + id);
  }

  /** All that are not over, by id. */
  async all(): Promise<Record<string, StoredSession>> {
    const found: [string, StoredSession][] = [];
    for await (const { key, value } of this.#map.list({ prefix: this.#prefix }))
      found.push([key.slice(this.#prefix.length), revived(value)]);
    return Object.fromEntries(found);
  }

  async count(): Promise<number> {
    return await this.#map.count({ prefix: this.#prefix });
  }

  async clear(): Promise<void> {
    await this.#map.clear({ prefix: this.#prefix });
  }

  /** How long a session has left, in milliseconds. */
  #leftOf(session: object): number {
    // SAFETY: both libraries give each session a cookie.
    const { cookie } = session as StoredSession;
    const expires = cookie?.expires ?? undefined;
    if (expires !== undefined) return new Date(expires).getTime() - Date.now();
    return cookie?.originalMaxAge ?? this.#ttlMs;
  }
}

/** A session with the date of its cookie, which JSON made text of. */
function revived(session: StoredSession): StoredSession {
  const expires = session.cookie?.expires;
  if (typeof expires !== 'string') return session;
  return { ...session, cookie: { ...session.cookie, expires: new Date(expires) } };
}

/** Hands a result to a callback, which may throw: that is its owner's fault, not one of the call. */
export function answer<T>(
  result: Promise<T>,
  whenDone: ((error: unknown, value?: T) => void) | undefined,
): void {
  const tell = (error: unknown, value?: T): void => queueMicrotask(() => whenDone?.(error, value));
  result.then((value) => tell(null, value), tell);
}
