import { isDeepStrictEqual } from 'node:util';
import type { Change, Watch } from 'samemap';
import type { Package } from './packages.ts';
import { count, timed } from './report.ts';
import type { Stage } from './stage.ts';

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

  const expected: string[] = [];
  const [seen, rate] = await timed(files.length * ROUNDS * 3, 'changes', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      for (const [file, content] of files) {
        await packages.set(file, { ...content, reviewers: ['Eve'] });
        await packages.delete(file);
        await packages.set(file, content);
        expected.push(`update ${file}`, `delete ${file}`, `insert ${file}`);
      }
    }
    return readMany(watch, expected.length);
  });
  await watch.close();
  const told = seen.map((change) => ('key' in change ? `${change.type} ${change.key}` : change.type));
  report.proof(
    isDeepStrictEqual(told, expected),
    `${count(expected.length)} updates, deletes and inserts → ${count(told.length)} changes, none missing`,
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
  const before = await logins.count();
  // The word "live", the inserts, the expiries; should any of them not come, the watch ends without it.
  const giveUp = setTimeout(() => void watch.close(), GIVE_UP_MS);
  const changes = await readMany(watch, 1 + before + SHORT_LIVED);
  clearTimeout(giveUp);
  await watch.close();
  const keys = new Set(changes.flatMap((change) => (change.type === 'expire' ? [change.key] : [])));
  report.proof(
    before === SHORT_LIVED + 1 && keys.size === SHORT_LIVED,
    `${before} entries, then an expire change for each of ${keys.size}`,
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
