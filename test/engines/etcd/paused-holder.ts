// Takes a lock, says so, and commits when it is told to; what became of that it says, too.
import { etcdEngine } from '../../../src/engines/etcd/index.ts';
import { open, StoreError } from '../../../src/index.ts';

async function hold(hosts: string, key: string): Promise<void> {
  const store = await open(await etcdEngine({ hosts: hosts.split(','), prefix: 'holders' }));
  const lock = await store.map<string>('m').lock(key, { leaseMs: 3_000, initial: '' });
  process.send?.('held');
  process.once('message', () => {
    void (async () => {
      try {
        await lock.commit('by the one that was stopped');
        process.send?.('committed');
      } catch (error) {
        process.send?.(error instanceof StoreError ? error.code : String(error));
      }
    })();
  });
}

void hold(process.argv[2] ?? '', process.argv[3] ?? '');
