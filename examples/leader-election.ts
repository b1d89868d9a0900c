// Leader election: of several candidates one leads at a time, and another takes over when it goes.
//
//   node dist/examples/leader-election.js [url of the store]
//
// Leading is holding a lock. The lock's fence is the term: it grows with every leader, so that whoever acts on behalf
// of a leader can refuse what an earlier one sends late.
import { open } from 'samemap';

interface Leader {
  readonly name: string;
  readonly term: number;
}

const [url = 'memory:'] = process.argv.slice(2);
const store = await open(url);
const leaders = store.map<Leader>('leaders');

/** Leads once: waits for its turn, says so, works, and goes; `lost` aborts when others may lead already. */
async function campaign(
  name: string,
  work: (term: number, lost: AbortSignal) => Promise<void>,
): Promise<void> {
  const lock = await leaders.lock('backup', { label: name, waitMs: Infinity, leaseMs: 5_000 });
  try {
    await lock.save({ name, term: lock.fence });
    await work(lock.fence, lock.lost);
    await lock.delete();
  } finally {
    await lock.release();
  }
}

const terms: number[] = [];
let leading = 0;
const watched: string[] = [];
const follow = leaders.follow('backup');
const watching = (async () => {
  for await (const leader of follow) watched.push(leader?.name ?? 'nobody');
})();

await Promise.all(
  ['ada', 'grace', 'edsger'].map((name) =>
    campaign(name, async (term, lost) => {
      leading++;
      if (leading > 1 || lost.aborted) throw new Error('two leaders at once');
      terms.push(term);
      console.log(`${name} leads`);
      await new Promise((resolve) => setImmediate(resolve));
      leading--;
    }),
  ),
);
await follow.close();
await watching;

const grow = terms.every((term, i) => i === 0 || term > (terms[i - 1] ?? 0));
console.log(`${terms.length} terms, each above the one before: ${grow}`);
console.log(`a follower saw ${watched.length > 0 ? 'them come and go' : 'nothing'}`);
await store.close();
