import { isDeepStrictEqual } from 'node:util';
import type { Store } from 'samemap';
import { count, timed } from './report.ts';
import type { Stage } from './stage.ts';

/** What must survive a snapshot; versions begin anew. */
interface Kept {
  readonly value: unknown;
  readonly expiresAt: number | undefined;
}

/** A snapshot of everything, restored into a second store, is the same by key, value and expiry. */
export async function copying({ report, store }: Stage, second: Store): Promise<void> {
  report.section('Snapshot', 'All maps as they stand go into one stream, and from it into a second store.');
  const before = await contentOf(store);
  const entries = [...before.values()].reduce((sum, map) => sum + map.size, 0);

  const [pieces, writing] = await timed(entries, 'entries', async () => {
    const read: Uint8Array[] = [];
    for await (const piece of store.snapshot()) read.push(piece);
    return read;
  });
  const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
  report.proof(
    bytes > 0,
    `${before.size} maps, ${count(entries)} entries, ${count(bytes)} bytes written`,
    writing,
  );

  const [restored, reading] = await timed(entries, 'entries', () => second.restore(pieces));
  report.proof(restored === entries, `${count(restored)} entries restored`, reading);
  const after = await contentOf(second);
  const lasting = [...after.values()]
    .flatMap((map) => [...map.values()])
    .filter(({ expiresAt }) => expiresAt);
  report.proof(
    isDeepStrictEqual(after, before),
    `every key, value and expiry is equal (${count(lasting.length)} of them expires)`,
  );
}

async function contentOf(store: Store): Promise<Map<string, Map<string, Kept>>> {
  const content = new Map<string, Map<string, Kept>>();
  for (const { name } of await store.maps()) {
    const entries = new Map<string, Kept>();
    for await (const { key, value, expiresAt } of store.map(name).list())
      entries.set(key, { value, expiresAt });
    content.set(name, entries);
  }
  return content;
}
