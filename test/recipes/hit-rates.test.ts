// What the cache keeps, against plain LRU, on the traces of the benchmarks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { S3Fifo } from '../../src/recipes/cache/s3-fifo.ts';
import type { Member } from '../../src/recipes/cache/s3-fifo.ts';

interface Trace {
  readonly name: string;
  readonly room: number;
  readonly requests: readonly string[];
}

interface Keyed extends Member {
  readonly key: string;
}

/** How many of 100 requests find what they ask for. */
function lruHits({ room, requests }: Trace): number {
  const kept = new Map<string, true>();
  let hits = 0;
  for (const key of requests) {
    if (kept.delete(key)) hits++;
    kept.set(key, true);
    const [oldest] = kept.size > room ? kept.keys() : [];
    if (oldest !== undefined) kept.delete(oldest);
  }
  return (100 * hits) / requests.length;
}

function ourHits({ room, requests }: Trace): number {
  const known = new Map<string, Keyed>();
  const queues = new S3Fifo<Keyed>(room, Infinity, ({ key }) => known.delete(key));
  let hits = 0;
  for (const key of requests) {
    let member = known.get(key);
    if (member !== undefined && member.queue !== 'ghost') {
      hits++;
      member.uses = Math.min(3, member.uses + 1);
      continue;
    }
    member ??= { key, queue: 'none', uses: 0, bytes: 0, newer: undefined, older: undefined };
    known.set(key, member);
    queues.add(member, 0);
    while (queues.over !== undefined) {
      const gone = queues.evict();
      if (gone?.queue === 'none') known.delete(gone.key);
    }
    if (queues.count > room || known.size > 2 * room) assert.fail('more than there is room for');
  }
  return (100 * hits) / requests.length;
}

const file = new URL('../../../bench/workloads/recipes/traces.mjs', import.meta.url);
const { traces } = (await import(file.href)) as { readonly traces: (length: number) => Trace[] };

/** By how many points LRU is beaten at least. */
const POINTS: Readonly<Record<string, number>> = { zipf: 0, scans: 10, loop: 0 };

for (const trace of traces(100_000))
  test(`${trace.name}: not beaten by LRU, by ${POINTS[trace.name]} points`, (t) => {
    const [ours, theirs] = [ourHits(trace), lruHits(trace)];
    t.diagnostic(`${ours.toFixed(1)} % hits, LRU ${theirs.toFixed(1)} %`);
    assert.ok(ours >= theirs + (POINTS[trace.name] ?? Infinity), `${ours} ${theirs}`);
  });

test('bytes bound as well as entries, whatever the weights', () => {
  const queues = new S3Fifo<Keyed>(Infinity, 1_000, () => undefined);
  let evicted = 0;
  for (let i = 0; i < 1_000; i++) {
    const key = `k${i}`;
    const member: Keyed = { key, queue: 'none', uses: 0, bytes: 0, newer: undefined, older: undefined };
    queues.add(member, (i * 7) % 50);
    while (queues.over === 'bytes') if (queues.evict() !== undefined) evicted++;
    assert.ok(queues.bytes <= 1_000);
  }
  assert.equal(queues.count + evicted, 1_000);
});
