// Ranges in reverse: right wherever the server is asked to look, and asked for little once it is known where entries are.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Client } from '@grpc/grpc-js';
import { collect } from '../../../src/conformance/assertions.ts';
import { seeded } from '../../conformance/simulated-history.ts';
import { startCluster, type Cluster } from './cluster.ts';
import { opened } from './fixture.ts';

/** The ranges that the server was asked to sort, by what stands behind the base of the map's entries. */
let asked: (readonly [begin: string, end: string])[] = [];

interface Ranged {
  readonly key?: Uint8Array;
  readonly rangeEnd?: Uint8Array;
  readonly sortOrder?: number;
  readonly success?: readonly { readonly requestRange?: Ranged }[];
}

const textOf = (key: Uint8Array = new Uint8Array(0)): string =>
  Buffer.from(key)
    .toString('latin1')
    .replace(/^.*?\/e\/m\/0\//s, '');

/** What is sent again, for there was no answer yet, is asked once. */
function note(range: readonly [begin: string, end: string]): void {
  if (asked.at(-1)?.join() !== range.join()) asked.push(range);
}

const send = Reflect.get(Client.prototype, 'makeUnaryRequest') as (...call: unknown[]) => unknown;
Reflect.set(Client.prototype, 'makeUnaryRequest', function (this: Client, ...call: unknown[]) {
  const request = call[3] as Ranged;
  const within = (request.success ?? []).map(({ requestRange }) => requestRange ?? {});
  for (const { key, rangeEnd, sortOrder } of [request, ...within])
    if (sortOrder !== undefined) note([textOf(key), textOf(rangeEnd)]);
  return send.apply(this, call);
});

let cluster: Cluster;
before(async () => {
  cluster = await startCluster();
});
after(() => cluster.close());
beforeEach(() => (asked = []));

test('a second page, and the same page again, are not asked of the whole range', async () => {
  const { store } = await opened(cluster, { prefix: 'asked' });
  const map = store.map<number>('m');
  const keys = Array.from({ length: 5_000 }, (_, n) => `user:${String(n).padStart(6, '0')}`);
  await map.setMany(keys.map((key, n) => [key, n] as const));
  const latest = (): Promise<string[]> => collect(map.keys({ reverse: true, limit: 10 }));
  assert.deepEqual(await latest(), keys.slice(-10).toReversed());
  assert.deepEqual(asked, [['', '\u00ff']], 'nothing is known yet');
  assert.deepEqual(await latest(), keys.slice(-10).toReversed());
  assert.deepEqual(asked.slice(1), [['user:004989', '\u00ff']], 'one request, about what was answered');
  asked = [];
  await map.set('user:005000', 1);
  assert.deepEqual(await latest(), ['user:005000', ...keys.slice(-9).toReversed()]);
  assert.equal(asked.length, 1);
  asked = [];
  keys.push('user:005000');
  assert.deepEqual(await collect(map.keys({ reverse: true })), keys.toReversed());
  const sorted = asked.reduce(
    (sum, [begin, end]) => sum + keys.filter((key) => begin <= key && key < end).length,
    0,
  );
  // Each of six pages in pieces would have the server sort all that is left: 30,000 keys.
  assert.ok(sorted < 15_000, `${sorted} keys were sorted`);
  await store.close();
});

test('whatever keys there are and go, a range in reverse is the range, reversed', async (t) => {
  const seed = Number(process.env['SAMEMAP_SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed}`);
  const random = seeded(seed);
  const pick = (n: number): number => Math.floor(random() * n);
  const { store } = await opened(cluster, { prefix: 'random' });
  const map = store.map<number>('m');
  const heads = ['', 'a', 'user:', 'é', '\u{1f469}/', 'user:\u0000', '\uffff'];
  const keyOf = (): string =>
    `${heads[pick(heads.length)] ?? ''}${pick(4) === 0 ? pick(1_000_000) : pick(300)}`;
  for (let round = 0; round < 5; round++) {
    await map.setMany(Array.from({ length: 150 }, () => [keyOf(), round] as const));
    if (round % 3 === 2) await map.clear({ prefix: keyOf().slice(0, 2) });
    for (let look = 0; look < 8; look++) {
      const [one, other] = [keyOf(), keyOf()];
      const range =
        pick(3) === 0
          ? {}
          : Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0
            ? { start: one, end: other }
            : { start: other };
      const all = (await collect(map.keys(range))).toReversed();
      const limit = 1 + pick(pick(2) === 0 ? 12 : 400);
      assert.deepEqual(await collect(map.keys({ ...range, reverse: true, limit })), all.slice(0, limit));
      assert.deepEqual(await collect(map.keys({ ...range, reverse: true })), all);
    }
  }
  await store.close();
});
