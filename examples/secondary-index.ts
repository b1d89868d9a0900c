// A secondary index: users by id, found by city, and no two with one e-mail address.
//
//   node dist/examples/secondary-index.js [url of the store]
//
// The entry and its places in both indexes are written in one atomic commit, over the version that was read, so that
// no reader and no crash ever sees one without the others.
import { open, StoreError, textKeys, tupleKeys } from 'samemap';
import type { Store } from 'samemap';

interface User {
  readonly email: string;
  readonly city: string;
}

function userStore(store: Store) {
  const users = store.map<User>('users');
  const byEmail = store.map<string>('users-by-email');
  const byCity = store.map<true, readonly [city: string, id: string]>('users-by-city', {
    keys: tupleKeys(textKeys, textKeys),
  });
  return {
    /** Writes a user. @throws StoreError `CONFLICT` when the address belongs to somebody else */
    async save(id: string, user: User): Promise<void> {
      for (;;) {
        const old = await users.entry(id);
        const commit = store.atomic().check(users, id, old ?? 0);
        commit.set(users, id, user);
        if (old?.value.email !== user.email) {
          commit.check(byEmail, user.email, 0).set(byEmail, user.email, id);
          if (old !== undefined) commit.delete(byEmail, old.value.email);
        }
        if (old?.value.city !== user.city) {
          commit.set(byCity, [user.city, id], true);
          if (old !== undefined) commit.delete(byCity, [old.value.city, id]);
        }
        const outcome = await commit.commit();
        if (outcome.ok) return;
        if (outcome.map === byEmail.name) {
          throw new StoreError('CONFLICT', 'this address belongs to somebody else');
        }
        // Somebody wrote the user in between: read and decide again.
      }
    },
    async remove(id: string): Promise<boolean> {
      for (;;) {
        const old = await users.entry(id);
        if (old === undefined) return false;
        const { email, city } = old.value;
        const commit = store.atomic().check(users, id, old).delete(users, id);
        const outcome = await commit.delete(byEmail, email).delete(byCity, [city, id]).commit();
        if (outcome.ok) return true;
      }
    },
    async inCity(city: string): Promise<string[]> {
      const ids: string[] = [];
      for await (const { key } of byCity.list({ prefix: [city] })) ids.push(key[1]);
      return ids;
    },
    idOf: (email: string): Promise<string | undefined> => byEmail.get(email),
    sizes: (): Promise<number[]> => Promise.all([users, byEmail].map((map) => map.count())),
  };
}

const [url = 'memory:'] = process.argv.slice(2);
const store = await open(url);
const users = userStore(store);
await users.save('1', { email: 'ada@example.com', city: 'London' });
await users.save('2', { email: 'grace@example.com', city: 'New York' });
await users.save('3', { email: 'alan@example.com', city: 'London' });
console.log(`London: ${(await users.inCity('London')).join(' ')}`);
await users.save('3', { email: 'alan@example.com', city: 'Manchester' });
console.log(
  `after one moved: ${(await users.inCity('London')).join(' ')}, ${(await users.inCity('Manchester')).join(' ')}`,
);
const claims = ['4', '5', '6', '7'].map((id) => users.save(id, { email: 'one@example.com', city: 'Bonn' }));
const settled = await Promise.allSettled(claims);
console.log(
  `${settled.filter(({ status }) => status === 'fulfilled').length} of 4 who claim one address get it`,
);
await users.remove(String(await users.idOf('one@example.com')));
console.log(
  `left: ${(await users.sizes()).join(' users, ')} addresses; Bonn: ${(await users.inCity('Bonn')).length}`,
);
await store.close();
