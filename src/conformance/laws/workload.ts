import { there, dice } from '../assertions.ts';
import type { Trial } from '../fixture.ts';

/**
 * A mixed run of writes to the map `m` by the face of the trial, several at a time: sets, deletes, sums, updates,
 * batches, clears, atomic commits beside another map. Resolves to each change it made, as `key@version`.
 */
export async function workload(t: Trial, seed: number, writes = 120): Promise<string[]> {
  const map = t.words();
  const other = t.words('other');
  const roll = dice(seed);
  const made: string[] = [];
  const key = (): string => `{t}${roll(12)}`;

  const one = async (n: number): Promise<void> => {
    const at = key();
    switch (roll(9)) {
      case 0: {
        const outcome = await map.delete(at, { ifPresent: true });
        if (outcome.ok) made.push(`${at}@${outcome.version}`);
        return;
      }
      case 1: {
        const outcome = await map.set(at, n, { ifAbsent: true });
        if (outcome.ok) made.push(`${at}@${outcome.version}`);
        return;
      }
      case 2: {
        const keys = [...new Set([key(), key(), key()])];
        const atomic = t.atomic().set(other, at, n);
        for (const target of keys) atomic.set(map, target, n);
        const outcome = await atomic.commit();
        if (outcome.ok) made.push(...keys.map((target) => `${target}@${outcome.version}`));
        return;
      }
      case 3:
        await other.set(at, n);
        return;
      case 4: {
        const entry = there(await map.update(at, (value) => (value ?? 0) + 1));
        made.push(`${at}@${entry.version}`);
        return;
      }
      case 5:
        for (const outcome of await map.setMany([
          [at, n],
          [key(), n],
        ])) {
          if (outcome.ok) made.push(`${outcome.entry.key}@${outcome.version}`);
        }
        return;
      default: {
        const { version } = await map.set(at, n);
        made.push(`${at}@${version}`);
      }
    }
  };
  const lane = async (from: number): Promise<void> => {
    for (let n = from; n < writes; n += 4) await one(n);
  };
  await Promise.all([0, 1, 2, 3].map(lane));
  return made;
}
