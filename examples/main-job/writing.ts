import { isDeepStrictEqual } from 'node:util';
import type { Entry } from 'samemap';
import type { Package } from './packages.ts';
import { count, timed } from './report.ts';
import { exampleKey, type Stage } from './stage.ts';

const INCREMENTS = 1000;
/** How often each entry is written and read, so that there is something to measure. */
const ROUNDS = 20;

/** Every file becomes an entry and reads back as it was. */
export async function load({ report, files, packages }: Stage): Promise<void> {
  report.section('Load', 'Every package.json under node_modules becomes an entry, keyed by its path.');
  const [, loading] = await timed(files.length, 'writes', () =>
    Promise.all(files.map(([file, content]) => packages.set(file, content))),
  );
  const entries = await packages.count();
  report.proof(entries === files.length, `${count(files.length)} files → ${count(entries)} entries`, loading);

  const total = files.length * ROUNDS;
  const [, writing] = await timed(total, 'writes', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(files.map(([file, content]) => packages.set(file, content)));
    }
  });
  const still = await packages.count();
  report.proof(still === entries, `${count(total)} writes more → still ${count(still)} entries`, writing);

  let equal = 0;
  const [, reading] = await timed(total, 'reads', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      for (const [file, content] of files) if (isDeepStrictEqual(await packages.get(file), content)) equal++;
    }
  });
  report.proof(equal === total, `${count(equal)} reads, each compared with the file: equal`, reading);
}

/** Two writers meet; the version decides, and nothing is lost. */
export async function conflict(stage: Stage): Promise<void> {
  const { report, packages } = stage;
  const key = exampleKey(stage);
  report.section('Conflict', 'Ada and Bob read the same version of an entry; both want to sign it.');
  const read = await packages.entry(key);
  if (read === undefined) throw new Error(`${key} is gone`);
  const signed = ({ value }: Entry<Package>, by: string): Package => ({
    ...value,
    reviewers: [...value.reviewers, by],
  });

  const ada = await packages.set(key, signed(read, 'Ada'), { ifVersion: read.version });
  report.proof(ada.ok, `Ada writes over version ${read.version}`);

  const bob = await packages.set(key, signed(read, 'Bob'), { ifVersion: read.version });
  if (bob.ok || bob.current === undefined) return report.proof(false, 'Bob overwrote Ada');
  report.proof(true, `Bob is refused: the entry stands at version ${bob.current.version} by now`);

  const again = await packages.set(key, signed(bob.current, 'Bob'), { ifVersion: bob.current.version });
  const reviewers = again.ok ? again.entry.value.reviewers : [];
  report.proof(
    isDeepStrictEqual(reviewers, ['Ada', 'Bob']),
    `Bob signs what stands now, and both are there: ${reviewers.join(', ')}`,
  );
}

/** Many tasks count at the same time; the sums are exact. */
export async function counters({ report, store, files }: Stage): Promise<void> {
  report.section('Counter', 'Many tasks add to the same keys at the same time.');
  const uses = store.map<number>('uses');
  const [, rate] = await timed(INCREMENTS, 'adds', () =>
    Promise.all(Array.from({ length: INCREMENTS }, () => uses.add('total', 1))),
  );
  const total = await uses.get('total');
  report.proof(
    total === INCREMENTS,
    `${count(INCREMENTS)} concurrent increments → ${count(total ?? 0)}`,
    rate,
  );

  const wanted = new Map<string, number>();
  const adds = files.flatMap(([, { licence, dependencies }]) => [
    `licence/${licence}`,
    ...Object.keys(dependencies).map((name) => `dependency/${name}`),
  ]);
  for (const key of adds) wanted.set(key, (wanted.get(key) ?? 0) + 1);
  await Promise.all(adds.map((key) => uses.add(key, 1)));
  const counted = new Map<string, number>();
  for await (const [key, value] of uses) if (key !== 'total') counted.set(key, value);
  report.proof(
    isDeepStrictEqual(counted, wanted),
    `${count(adds.length)} licences and dependencies counted, each sum right`,
  );
  const licences: string[] = [];
  for await (const { key, value } of uses.list({ prefix: 'licence/' })) {
    licences.push(`${key.slice('licence/'.length)} ${value}`);
  }
  const most = licences.toSorted((a, b) => Number(b.split(' ').at(-1)) - Number(a.split(' ').at(-1)));
  report.proof(most.length > 0, `licences: ${most.slice(0, 5).join(', ')}`);
}

/** A package moves from one map to another, or stays: never both, never neither. */
export async function atomic(stage: Stage): Promise<void> {
  const { report, store, packages } = stage;
  report.section('Atomic', 'An entry moves from one map to another: all of it happens, or nothing.');
  const archive = store.map<Package>('archive');
  const key = exampleKey(stage);
  const entry = await packages.entry(key);
  if (entry === undefined) throw new Error(`${key} is gone`);
  const move = () =>
    store.atomic().check(packages, key, entry).delete(packages, key).set(archive, key, entry.value);

  const moved = await move().commit();
  const places = [await packages.has(key), await archive.has(key)];
  report.proof(
    moved.ok && isDeepStrictEqual(places, [false, true]),
    'one commit over two maps: gone here, there now',
  );

  const back = await packages.set(key, entry.value);
  const stale = await move().commit();
  const kept = await packages.entry(key);
  report.proof(
    !stale.ok && kept?.version === back.version,
    'the same commit again, its check outdated: refused, nothing changed',
  );
}
