// A session store: sessions that end when nobody uses them, and that can be ended for a user everywhere.
//
//   node dist/examples/session-store.js [url of the store]
//
// The key is the user and the session, so that all sessions of a user are a range. A cookie carries both.
import { randomUUID } from 'node:crypto';
import { open, textKeys, tupleKeys } from 'samemap';
import type { Store } from 'samemap';

interface Session {
  readonly agent: string;
  readonly visits: number;
}

type SessionKey = readonly [user: string, id: string];

/** Sessions that end `idleMs` after they were used last. */
function sessionStore(store: Store, idleMs: number) {
  const sessions = store.map<Session, SessionKey>('sessions', {
    keys: tupleKeys(textKeys, textKeys),
    ttlMs: idleMs,
  });
  return {
    async begin(user: string, agent: string): Promise<SessionKey> {
      const key: SessionKey = [user, randomUUID()];
      await sessions.set(key, { agent, visits: 1 });
      return key;
    },
    /** The session, used once more; `undefined` when it has ended. */
    async use(key: SessionKey): Promise<Session | undefined> {
      const entry = await sessions.touch(key, idleMs);
      if (entry === undefined) return undefined;
      const next = { ...entry.value, visits: entry.value.visits + 1 };
      // Whoever ended it meanwhile wins; of two requests at once one is counted.
      const outcome = await sessions.set(key, next, { ifVersion: entry.version, ttlMs: idleMs });
      return outcome.ok ? next : outcome.current?.value;
    },
    end: (key: SessionKey): Promise<boolean> => sessions.delete(key),
    endAll: (user: string): Promise<number> => sessions.clear({ prefix: [user] }),
    count: (user: string): Promise<number> => sessions.count({ prefix: [user] }),
  };
}

const [url = 'memory:'] = process.argv.slice(2);
const store = await open(url);
const sessions = sessionStore(store, 30 * 60_000);
const laptop = await sessions.begin('ada', 'laptop');
const phone = await sessions.begin('ada', 'phone');
await sessions.begin('adam', 'laptop');
console.log(`visits: ${(await sessions.use(laptop))?.visits}`);
console.log(`ended: ${await sessions.end(phone)}, used again: ${(await sessions.use(phone)) !== undefined}`);
await sessions.begin('ada', 'tablet');
console.log(
  `ada is in ${await sessions.count('ada')} sessions; ${await sessions.endAll('ada')} ended everywhere`,
);
console.log(`adam is in ${await sessions.count('adam')}`);
await store.close();
