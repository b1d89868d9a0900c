// MapStore's rows and defects, on every engine that is local.
import { rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ManualClock } from '../../src/conformance/manual-clock.ts';
import type { Store } from '../../src/contract/store.ts';
import { lmdbEngine } from '../../src/engines/lmdb/index.ts';
import { logEngine } from '../../src/engines/log/index.ts';
import { open } from '../../src/map/open.ts';
import { mapStoreParity, type Subject } from './map-store.ts';
import { mapStoreDefects } from './map-store-defects.ts';

const memory: Subject = {
  name: 'memory',
  open: async (t, clock) => closedWith(t, await open('memory:', { clock })),
};

/** An engine that keeps its data in a directory. */
function inDirectory(name: string, openDir: (dir: string, clock?: ManualClock) => Promise<Store>): Subject {
  /** The stores of a directory, which are closed before it goes. */
  const opened = new Map<string, Store[]>();
  const directories = new WeakMap<Store, string>();
  const openIn = async (dir: string, clock?: ManualClock): Promise<Store> => {
    const store = await openDir(dir, clock);
    opened.get(dir)?.push(store);
    directories.set(store, dir);
    return store;
  };
  return {
    name,
    async open(t, clock) {
      const dir = mkdtempSync(join(tmpdir(), `samemap-${name}-`));
      opened.set(dir, []);
      t.after(async () => {
        for (const store of opened.get(dir) ?? []) await store.close();
        rmSync(dir, { recursive: true, force: true });
      });
      return openIn(dir, clock);
    },
    async reopen(_, store) {
      await store.close();
      return openIn(directories.get(store) ?? '');
    },
  };
}

function closedWith(t: TestContext, store: Store): Store {
  t.after(() => store.close());
  return store;
}

const lmdb = inDirectory('lmdb', async (dir, clock) =>
  open(await lmdbEngine({ dir, durability: 'os' }, { clock })),
);

const log = inDirectory('log', async (dir, clock) =>
  open(await logEngine({ dir, durability: 'os' }, { clock })),
);

for (const subject of [memory, log, lmdb]) {
  mapStoreParity(subject);
  mapStoreDefects(subject);
}
