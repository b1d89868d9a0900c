import { isDeepStrictEqual } from 'node:util';
import type { Change, Watch } from 'samemap';
import type { Package } from './packages.ts';
import { count, timed } from './report.ts';
import type { Stage } from './stage.ts';

/** How often every entry is changed, removed and written again. */
const ROUNDS = 5;
const SHORT_LIVED = 100;
const TTL_MS = 200;
const GIVE_UP_MS = 5000;
/** Entries that are still there when the snapshot is taken. */
const LONG_TTL_MS = 3_600_000;

/** A watch delivers the state, then every change, in order. */
export async function watching({ report, files, packages }: Stage): Promise<void> {
  report.section('Watch', 'A reader sees what is there, then every change in the order of versions.');
  const watch = packages.watch({ start: 'current' });
  const state = await readUntil(watch, ({ type }) => type === 'live');
  const replays = state.filter((change) => 'replay' in change).length;
  report.proof(replays === files.length, `${count(replays)} entries as state, then the word "live"`);

  // Writes side by side may be accepted in any order, so what is known is the set of changes of each wave.
  const waves = ['update', 'delete', 'insert'] as const;
  const total = files.length * ROUNDS * waves.length;
  const [seen, rate] = await timed(total, 'changes', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(
        files.map(([file, content]) => packages.set(file, { ...content, reviewers: ['Eve'] })),
      );
      await Promise.all(files.map(([file]) => packages.delete(file)));
      await Promise.all(files.map(([file, content]) => packages.set(file, content)));
    }
    return readMany(watch, total);
  });
  await watch.close();
  const keys = files.map(([file]) => file).toSorted();
  const complete = Array.from({ length: ROUNDS * waves.length }, (_, wave) => {
    const told = seen.slice(wave * keys.length, (wave + 1) * keys.length);
    const inOrder = told.flatMap((change) => ('key' in change ? [`${change.type} ${change.key}`] : []));
    return isDeepStrictEqual(
      inOrder.toSorted(),
      keys.map((key) => `${waves[wave % waves.length]} ${key}`),
    );
  });
  report.proof(
    complete.every(Boolean),
    `${count(total)} updates, deletes and inserts → ${count(seen.length)} changes, none missing`,
    rate,
  );
  const versions = seen.map((change) => ('version' in change ? change.version : 0));
  const rising = versions.every((version, i) => i === 0 || version > (versions[i - 1] ?? 0));
  report.proof(rising, `versions rise: ${versions[0]} … ${versions.at(-1)}`);
}

/** Entries go when their time is up, and watchers are told. */
export async function expiring({ report, store }: Stage): Promise<void> {
  report.section('Expiry', `${SHORT_LIVED} entries get ${TTL_MS} ms to live, one gets an hour.`);
  const logins = store.map<{ user: number }>('logins');
  const watch = logins.watch();
  await watch.ready;
  await logins.set('long', { user: -1 }, { ttlMs: LONG_TTL_MS });
  await Promise.all(
    Array.from({ length: SHORT_LIVED }, (_, user) =>
      logins.set(`short/${user}`, { user }, { ttlMs: TTL_MS }),
    ),
  );
  // The word "live", the inserts, the expiries; should any of them not come, the watch ends without it.
  const giveUp = setTimeout(() => void watch.close(), GIVE_UP_MS);
  const changes = await readMany(watch, 1 + SHORT_LIVED + 1 + SHORT_LIVED);
  clearTimeout(giveUp);
  await watch.close();
  const keysOf = (type: string): Set<string> =>
    new Set(changes.flatMap((change) => (change.type === type && 'key' in change ? [change.key] : [])));
  const [inserted, expired] = [keysOf('insert'), keysOf('expire')];
  report.proof(
    inserted.size === SHORT_LIVED + 1 && expired.size === SHORT_LIVED && !expired.has('long'),
    `${inserted.size} inserts, then an expire change for each of ${expired.size}`,
  );
  report.proof((await logins.count()) === 1, 'only the one with an hour is left');
}

/** Reads changes until one is the last. */
async function readUntil(
  watch: Watch<Package>,
  isLast: (change: Change<Package>) => boolean,
): Promise<Change<Package>[]> {
  const changes: Change<Package>[] = [];
  do changes.push(...(await readMany(watch, 1)));
  while (!changes.some(isLast));
  return changes;
}

/** Reads so many changes; words about the watch itself are not counted once it is live. */
async function readMany<Value>(watch: Watch<Value>, wanted: number): Promise<Change<Value>[]> {
  const changes: Change<Value>[] = [];
  while (changes.length < wanted) {
    const next = await watch.next();
    if (next.done) break;
    if (next.value.type !== 'progress') changes.push(next.value);
  }
  return changes;
}
