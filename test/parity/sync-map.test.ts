// sync.Map's rows on a map alone, and on the sync faces of the engines that keep what they are given in bytes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { lmdbEngine } from '../../src/engines/lmdb/index.ts';
import { memoryMap, open, type Store, type SyncMap } from '../../src/index.ts';
import { syncMapParity } from './sync-map.ts';

/** Makes maps of a store; each has a name of its own. */
function mapsOf(store: Store<true>): <Value>() => SyncMap<Value> {
  let made = 0;
  return <Value>() => store.map<Value>(`map-${made++}`).sync;
}

const dir = mkdtempSync(join(tmpdir(), 'samemap-sync-map-'));
const memory = await open('memory:');
const log = await open(`log:${join(dir, 'log')}`, { durability: 'os' });
const lmdb = await open(await lmdbEngine({ dir: join(dir, 'lmdb'), durability: 'os' }));
after(async () => {
  await Promise.all([memory.close(), log.close(), lmdb.close()]);
  rmSync(dir, { recursive: true, force: true });
});

syncMapParity({ name: 'memoryMap', make: () => memoryMap(), references: true });
syncMapParity({ name: 'memory', make: mapsOf(memory), references: false });
syncMapParity({ name: 'log', make: mapsOf(log), references: false });
syncMapParity({ name: 'lmdb', make: mapsOf(lmdb), references: false });
