/** Sessions of fastify in a map. */
import type fastifySession from '@fastify/session';
import type { Session } from 'fastify';
import type { VersionedMap } from '../../contract/versioned-map.ts';
import { answer, Sessions } from './sessions.ts';
import type { SessionStoreOptions, StoredSession } from './sessions.ts';

export type { SessionStoreOptions, StoredSession } from './sessions.ts';

type Failed = (error?: unknown) => void;

/**
 * A store for `@fastify/session`, and what its owner may want besides.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { sessionStore, type FastifySessionStore } from 'samemap/fastify-session';
 * const store = await open('memory:');
 * const sessions: FastifySessionStore = sessionStore(store.map('sessions'));
 * await sessions.clear(); // signs everybody out
 * ```
 */
export interface FastifySessionStore extends fastifySession.SessionStore {
  /** How many sessions there are. */
  count(): Promise<number>;
  /** Ends all sessions. */
  clear(): Promise<void>;
}

/**
 * A store for `@fastify/session` that keeps sessions in a map, as JSON does: dates become text. Entries end when the
 * cookie does, and what is over needs no sweeping by hand.
 *
 * @param map - the map; whoever opened it closes it
 * @param options - prefix of keys, lifetime of sessions without one
 * @returns what the plugin takes as `store`
 * @throws TypeError or RangeError for an option that is none; faults of the store reach the callbacks
 *
 * @example
 * ```ts
 * import cookie from '@fastify/cookie';
 * import session from '@fastify/session';
 * import { fastify } from 'fastify';
 * import { open } from 'samemap';
 * import { sessionStore } from 'samemap/fastify-session';
 * const store = await open('memory:');
 * const app = fastify();
 * await app.register(cookie);
 * await app.register(session, {
 *   store: sessionStore(store.map('sessions')),
 *   secret: 'at least 32 characters, from the environment',
 *   cookie: { maxAge: 3_600_000 },
 * });
 * ```
 */
export function sessionStore(
  map: VersionedMap<StoredSession>,
  options: SessionStoreOptions = {},
): FastifySessionStore {
  return new MapSessionStore(new Sessions('sessionStore', map, options));
}

class MapSessionStore implements FastifySessionStore {
  readonly #sessions: Sessions;

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  get(id: string, callback: (error: unknown, session?: Session | null) => void): void {
    // SAFETY: what `set` was given, as JSON keeps it.
    answer(this.#sessions.get(id) as Promise<unknown> as Promise<Session | null>, callback);
  }

  set(id: string, session: object, callback: Failed): void {
    answer(this.#sessions.set(id, session), callback);
  }

  destroy(id: string, callback: Failed): void {
    answer(this.#sessions.destroy(id), callback);
  }

  count(): Promise<number> {
    return this.#sessions.count();
  }

  clear(): Promise<void> {
    return this.#sessions.clear();
  }
}
