/** Sessions of express in a map. */
import session from 'express-session';
import type { VersionedMap } from '../../contract/versioned-map.ts';
import { answer, Sessions } from './sessions.ts';
import type { SessionStoreOptions, StoredSession } from './sessions.ts';

export type { SessionStoreOptions, StoredSession } from './sessions.ts';

type Data = session.SessionData;
type Failed = (error?: unknown) => void;

/**
 * A store for `express-session` that keeps sessions in a map, as JSON does: dates become text. Entries end when the
 * cookie does, `touch` puts that off without writing the session again, and what is over needs no sweeping by hand.
 *
 * @param map - the map; whoever opened it closes it
 * @param options - prefix of keys, lifetime of sessions without one
 * @returns what `session({ store })` takes, with `all`, `length`, `clear` and `touch`
 * @throws TypeError or RangeError for an option that is none; faults of the store reach the callbacks
 *
 * @example
 * ```ts
 * import express from 'express';
 * import session from 'express-session';
 * import { open } from 'samemap';
 * import { sessionStore } from 'samemap/express-session';
 * const store = await open('memory:');
 * const app = express();
 * app.use(
 *   session({
 *     store: sessionStore(store.map('sessions')),
 *     secret: 'from the environment',
 *     resave: false,
 *     saveUninitialized: false,
 *     cookie: { maxAge: 3_600_000 },
 *   }),
 * );
 * ```
 */
export function sessionStore(
  map: VersionedMap<StoredSession>,
  options: SessionStoreOptions = {},
): ExpressSessionStore {
  return new MapSessionStore(new Sessions('sessionStore', map, options));
}

/**
 * The store of {@link sessionStore}, with all that `express-session` leaves to the store's choice.
 *
 * @example
 * ```ts
 * import { open } from 'samemap';
 * import { sessionStore, type ExpressSessionStore } from 'samemap/express-session';
 * const store = await open('memory:');
 * const sessions: ExpressSessionStore = sessionStore(store.map('sessions'));
 * sessions.length((error, count) => console.log(error ?? `${count} sessions`));
 * ```
 */
export interface ExpressSessionStore extends session.Store {
  touch(id: string, session: Data, callback?: () => void): void;
  all(callback: (error: unknown, sessions?: { [id: string]: Data } | null) => void): void;
  length(callback: (error: unknown, length?: number) => void): void;
  clear(callback?: Failed): void;
}

// SAFETY: what comes back is what `set` was given, as JSON keeps it.
class MapSessionStore extends session.Store implements ExpressSessionStore {
  readonly #sessions: Sessions;

  constructor(sessions: Sessions) {
    super();
    this.#sessions = sessions;
  }

  override get(id: string, callback: (error: unknown, found?: Data | null) => void): void {
    answer(this.#sessions.get(id) as Promise<unknown> as Promise<Data | null>, callback);
  }

  override set(id: string, data: Data, callback?: Failed): void {
    answer(this.#sessions.set(id, data), callback);
  }

  override touch(id: string, data: Data, callback?: Failed): void {
    answer(this.#sessions.touch(id, data), callback);
  }

  override destroy(id: string, callback?: Failed): void {
    answer(this.#sessions.destroy(id), callback);
  }

  override all(callback: (error: unknown, sessions?: { [id: string]: Data } | null) => void): void {
    answer(this.#sessions.all() as Promise<object> as Promise<{ [id: string]: Data }>, callback);
  }

  override length(callback: (error: unknown, length?: number) => void): void {
    answer(this.#sessions.count(), callback);
  }

  override clear(callback?: Failed): void {
    answer(this.#sessions.clear(), callback);
  }
}
