import type { ManyReply, Stored } from '../../contract/core.ts';
import { stripesOf } from './commit.ts';
import { ENTRY, expiryAt, identityOf, markUsed } from './entries.ts';
import { takeKey } from './keys.ts';
import type { Local, Table } from './local.ts';
import { lockSome, stripeOf, unlockSome } from './stripe-lock.ts';
import { findPair } from './table.ts';
import { newestVersion } from './versions.ts';
import { entryAt, generationOf } from './words.ts';

/** `SyncCore.getMany`: under the locks of all stripes of the keys, so that all of it is of one version. */
export function getMany(local: Local, table: Table, keys: readonly string[]): ManyReply {
  const { m } = local;
  const named: { readonly map: number; readonly key: string }[] = [];
  for (let i = 0; i < keys.length; i++) named.push({ map: table.id, key: keys[i] as string });
  const stripes = stripesOf(local, named);
  lockSome(m, stripes, false);
  try {
    const now = local.clock.now();
    const generation = generationOf(m, table);
    const entries: (Stored | undefined)[] = [];
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      takeKey(m, table.id, key);
      const pair = findPair(m, stripeOf(m, m.hash), identityOf(m, table.id, ENTRY), generation);
      const block = pair === 0 ? 0 : (m.words[pair + 1] as number);
      const expiresAt = block === 0 ? 0 : expiryAt(m, block);
      const over = block === 0 || (expiresAt !== 0 && expiresAt <= now);
      if (!over && local.evicts) markUsed(m, block);
      entries.push(over ? undefined : entryAt(m, block, key));
    }
    return { entries, at: newestVersion(m) };
  } finally {
    unlockSome(m, stripes);
  }
}
