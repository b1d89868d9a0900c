// What the words of a map take and give. This file is compiled, never run.
import { DELETE, KEEP, must } from '../../src/index.ts';
import type {
  CallOptions,
  Conflict,
  DeleteOutcome,
  Entry,
  Outcome,
  SetOptions,
  SyncMap,
  VersionedMap,
} from '../../src/index.ts';
import { holds } from './expect.ts';
import type { Same } from './expect.ts';

declare const map: VersionedMap<number>;
declare const sync: SyncMap<number>;

/** A condition makes an outcome, and nothing else does. */
export async function outcomes(): Promise<void> {
  const plain = await map.set('a', 1);
  const withTtl = await map.set('a', 1, { ttlMs: 5 });
  const conditional = await map.set('a', 1, { ifVersion: 1, ttlMs: 'keep' });
  const removed = await map.delete('a');
  const removedIf = await map.delete('a', { ifValue: 1 });
  const syncConditional = sync.set('a', 1, { ifNewer: 5n });
  holds<
    [
      Same<typeof plain, Entry<number>>,
      Same<typeof withTtl, Entry<number>>,
      Same<typeof conditional, Outcome<number>>,
      Same<typeof removed, boolean>,
      Same<typeof removedIf, DeleteOutcome<number>>,
      Same<typeof syncConditional, Outcome<number>>,
    ]
  >();

  // @ts-expect-error -- who does not check the outcome has no entry
  conditional.entry.value.toFixed();
  // @ts-expect-error -- nor a current one
  conditional.current?.value.toFixed();
  if (conditional.ok) conditional.entry.value.toFixed();
  else conditional.current?.value.toFixed();
  must(conditional).entry.value.toFixed();
  must(removedIf).version.toFixed();
  const conflict: Conflict<number> | undefined = conditional.ok ? undefined : conditional;
  conflict?.current?.version.toFixed();
}

/** Options that are taken for unconditional cannot carry a condition. */
export async function conditions(): Promise<void> {
  // @ts-expect-error -- a condition in a variable typed as unconditional
  const unconditional: SetOptions = { ttlMs: 5, ifVersion: 1 };
  await map.set('a', 1, unconditional);
  const inferred = { ttlMs: 5, ifVersion: 1 };
  const outcome = await map.set('a', 1, inferred);
  holds<[Same<typeof outcome, Outcome<number>>]>();

  // @ts-expect-error -- two conditions
  await map.set('a', 1, { ifVersion: 1, ifAbsent: true });
  // @ts-expect-error -- a condition that may be missing
  await map.set('a', 1, { ifVersion: undefined });
  // @ts-expect-error -- it is true or left out
  await map.set('a', 1, { ifAbsent: false });
  // @ts-expect-error -- to be absent is no condition of a delete
  await map.delete('a', { ifAbsent: true });
  // @ts-expect-error -- a delete has no time to live
  await map.delete('a', { ttlMs: 5 });
  // @ts-expect-error -- another value than the map's
  await map.set('a', 1, { ifValue: 'x' });
  // @ts-expect-error -- undefined is no value
  await map.set('a', undefined);
  // @ts-expect-error -- no option of this word
  await map.get('a', { ttlMs: 5 });
  // @ts-expect-error -- neither a number nor a word
  await map.set('a', 1, { ttlMs: 'forever' });
  const call: CallOptions = { deadlineMs: 5 };
  const removed = await map.delete('a', call);
  holds<[Same<typeof removed, boolean>]>();
}

/** Callbacks return what can be written. */
export async function callbacks(): Promise<void> {
  await map.update('a', (value, entry) => (value ?? 0) + (entry?.version ?? 0));
  await map.update('a', (value) => (value === undefined ? KEEP : DELETE));
  // @ts-expect-error -- nothing returned is no value
  await map.update('a', () => undefined);
  // @ts-expect-error -- it must be synchronous
  await map.update('a', async () => 1);
  // @ts-expect-error -- not a value of this map
  await map.update('a', () => 'x');
  await map.getOrInsertComputed('a', async (key, { signal }) => (signal.aborted ? key.length : 1));
  // @ts-expect-error -- on the sync face it must be synchronous
  sync.getOrInsertComputed('a', async () => 1);
  // @ts-expect-error -- entries are readonly
  (await map.set('a', 1)).value = 2;
  await map.setMany([
    ['a', 1],
    ['b', 2, { ifAbsent: true }],
    ['c', 3, { ttlMs: 5 }],
  ]);
  // @ts-expect-error -- not a value of this map
  await map.setMany([['a', 'x']]);
  const lock = await map.lock('a', { initial: () => 1 });
  lock.value = (lock.value ?? 0) + 1;
  // @ts-expect-error -- not a value of this map
  lock.value = 'x';
  // @ts-expect-error -- a sync lock cannot wait
  sync.tryLock('a', { waitMs: 5 });
}

/** Changes are told apart by their type. */
export async function changes(): Promise<void> {
  for await (const change of map.watch({ prefix: 'a', previous: true })) {
    if (change.type === 'insert' || change.type === 'update') change.value.toFixed();
    // @ts-expect-error -- a removal has no value
    else if (change.type === 'delete') change.value.toFixed();
    else if (change.type === 'expire') change.version.toFixed();
    // @ts-expect-error -- what is left has no key
    else change.key.at(0);
    change.bookmark.at(0);
  }
}
