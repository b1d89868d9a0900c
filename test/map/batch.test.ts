// Batches: concurrent calls in one request, and what becomes of them when it fails.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreError } from '../../src/index.ts';
import type { AsyncCore } from '../../src/contract/core.ts';
import { far, type Far } from './remote-fixture.ts';

const BATCH = { batch: true } as const;
const keys = (n: number): string[] => Array.from({ length: n }, (_, i) => `k${i}`);

async function requestsOf({ requests }: Far, work: () => Promise<unknown>): Promise<string[]> {
  const before = requests.length;
  await work();
  return requests.slice(before);
}

test('concurrent gets and sets go out together, a hundred at a time', async () => {
  const world = await far();
  const map = world.store.map<number>('m', BATCH);
  await map.set('warm', 0);
  const sets = await requestsOf(world, () => Promise.all(keys(250).map((key, i) => map.set(key, i))));
  assert.deepEqual(sets, ['commit', 'commit', 'commit']);
  const gets = await requestsOf(world, async () => {
    assert.deepEqual(await Promise.all(keys(250).map((key) => map.get(key))), [...keys(250).keys()]);
  });
  assert.deepEqual(gets, ['getMany', 'getMany', 'getMany']);
  assert.deepEqual(await requestsOf(world, () => map.get('k1')), ['get']);
  assert.deepEqual(await requestsOf(world, () => map.set('k1', 5)), ['write']);
  await world.store.close();
});

test('one refusal refuses nobody else', async () => {
  const world = await far();
  const map = world.store.map<number>('m', BATCH);
  const { version } = await map.set('a', 1);
  const [a, b, c] = await Promise.all([
    map.set('a', 2, { ifVersion: version + 5 }),
    map.set('b', 3, { ifAbsent: true }),
    map.set('c', 4),
  ]);
  assert.deepEqual(a, { ok: false, current: { key: 'a', value: 1, version } });
  assert.equal(b.ok, true);
  assert.equal(c.value, 4);
  assert.deepEqual(await map.getMany(['a', 'b', 'c']), [1, 3, 4]);
  await world.store.close();
});

test('writes with a time to live, deletes and sums go alone, in the order of their key', async () => {
  const world = await far();
  const map = world.store.map<number>('m', BATCH);
  const gone = map.set('a', 1);
  const sent = await requestsOf(world, () =>
    Promise.all([map.set('b', 1), map.set('c', 1), map.set('b', 2, { ttlMs: 5_000 }), map.delete('a'), gone]),
  );
  assert.deepEqual(sent.toSorted(), ['commit', 'write', 'write']);
  assert.equal((await map.entry('b'))?.value, 2);
  assert.equal(await map.get('a'), undefined);
  await Promise.all([map.set('n', 1), map.add('n', 1), map.set('n2', 1)]);
  assert.equal(await map.get('n'), 2);
  await world.store.close();
});

test('writes of one key keep their order', async () => {
  const world = await far();
  const map = world.store.map<number>('m', BATCH);
  const written = await Promise.all(Array.from({ length: 50 }, (_, i) => map.set('a', i)));
  const versions = written.map(({ version }) => version);
  assert.deepEqual(
    versions,
    versions.toSorted((x, y) => x - y),
  );
  assert.equal(await map.get('a'), 49);
  await world.store.close();
});

test('a lost reply makes all of the request unknown, and nothing is sent twice', async () => {
  const lost = (core: AsyncCore): Partial<AsyncCore> => ({
    commit: async (...call) => {
      await core.commit(...call);
      throw new StoreError('UNKNOWN_OUTCOME', 'the reply was lost');
    },
  });
  const world = await far(lost);
  const map = world.store.map<number>('m', BATCH);
  const sent = await requestsOf(world, async () => {
    const settled = await Promise.allSettled(keys(10).map((key) => map.set(key, 1)));
    for (const each of settled) {
      assert.equal(each.status === 'rejected' && (each.reason as StoreError).code, 'UNKNOWN_OUTCOME');
    }
  });
  assert.deepEqual(sent, ['commit']);
  await world.store.close();
});

test('a request that the store finds too large is sent in halves; large values do not share one', async () => {
  let commits = 0;
  const strict = (core: AsyncCore): Partial<AsyncCore> => ({
    commit: (guards, operations) => {
      commits++;
      if (operations.length > 3) return Promise.reject(new StoreError('LIMIT', 'too large'));
      return core.commit(guards, operations);
    },
  });
  const world = await far(strict);
  const map = world.store.map<string>('m', BATCH);
  await Promise.all(keys(5).map((key) => map.set(key, key)));
  assert.deepEqual(await map.getMany(keys(5)), keys(5));
  commits = 0;
  const large = 'x'.repeat(600_000);
  await Promise.all(['a', 'b', 'c', 'd'].map((key) => map.set(key, large)));
  assert.equal(commits, 0);
  await world.store.close();
});

test('newer-wins shares requests; what is refused is told at once, and there are never more requests than calls', async () => {
  const world = await far();
  const map = world.store.map<number>('m');
  const items = (of: readonly string[], ifNewer: number) =>
    of.map((key) => [key, ifNewer, { ifNewer }] as const);
  assert.deepEqual(await requestsOf(world, () => map.setMany(items(keys(100), 10))), ['commit']);
  await map.set('k40', 20, { ifNewer: 20 });
  let outcomes: readonly { readonly ok: boolean }[] = [];
  const one = await requestsOf(world, async () => (outcomes = await map.setMany(items(keys(100), 11))));
  assert.deepEqual(one, ['commit', 'commit', 'commit', 'commit']);
  assert.deepEqual(
    outcomes.flatMap(({ ok }, i) => (ok ? [] : [i])),
    [40],
  );
  assert.deepEqual(outcomes[40], { ok: false, current: await map.entry('k40') });
  const again = await requestsOf(world, async () => (outcomes = await map.setMany(items(keys(100), 11))));
  assert.ok(again.length <= 100, `${again.length} requests`);
  assert.ok(outcomes.every(({ ok }) => !ok));
  assert.equal((await map.getMany(keys(100))).filter((value) => value === 11).length, 99);
  await world.store.close();
});

test('a refused request whose parts fail rejects those parts alone', async () => {
  let commits = 0;
  const world = await far((core) => ({
    commit: async (...call) => {
      if (++commits === 2) throw new StoreError('UNKNOWN_OUTCOME', 'the reply was lost');
      return await core.commit(...call);
    },
  }));
  const map = world.store.map<number>('m', BATCH);
  await map.set('k3', 0);
  const settled = await Promise.allSettled(
    keys(9).map((key) => (key === 'k3' ? map.set(key, 1, { ifAbsent: true }) : map.set(key, 1))),
  );
  assert.deepEqual(
    settled.map(({ status }) => status[0]),
    ['r', 'r', 'r', 'f', 'f', 'f', 'f', 'f', 'f'],
  );
  await world.store.close();
});
