// setMany and deleteMany.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { asynchronous } from '../../src/conformance/asynchronous.ts';
import { faulty } from '../../src/conformance/faulty.ts';
import type { AsyncEngine, SyncEngine } from '../../src/contract/engine.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { open } from '../../src/index.ts';
import type { SetItem } from '../../src/index.ts';

type Item = SetItem<number, string, number>;

const BAD: readonly (readonly [what: string, item: unknown, error: RegExp])[] = [
  ['no pair', ['a'], /item 1/],
  ['a string', 'ab', /item 1/],
  ['an empty key', ['', 1], /empty/],
  ['undefined', ['a', undefined], /undefined/],
  ['two conditions', ['a', 1, { ifAbsent: true, ifPresent: true }], /item 1: one condition/],
  ['an unknown option', ['a', 1, { ttl: 1 }], /item 1: unknown option/],
  ['a signal of its own', ['a', 1, { signal: AbortSignal.abort() }], /item 1: unknown option/],
  ['a time to live that is none', ['a', 1, { ttlMs: 0 }], /ttlMs/],
  ['what the codec refuses', ['a', () => 1], /function/],
];

for (const [what, item, error] of BAD) {
  test(`setMany: ${what} refuses all of it before anything is sent`, async () => {
    for (const wrap of [(engine: SyncEngine) => engine, asynchronous]) {
      const store = await open(wrap(memoryEngine()));
      const map = store.map<number>('m');
      const items = [['first', 1], item] as Item[];
      await assert.rejects(map.setMany(items), error);
      if (map.sync !== undefined) assert.throws(() => map.sync?.setMany(items), error);
      assert.equal(await map.count(), 0);
      await store.close();
    }
  });
}

test('setMany: takes iterables only', async () => {
  const store = await open('memory:');
  const map = store.map<number>('m');
  for (const items of [undefined, 5, 'ab', {}]) {
    assert.throws(() => map.sync.setMany(items as unknown as Item[]), /iterable/);
    await assert.rejects(map.deleteMany(items as unknown as string[]), /iterable/);
  }
  await store.close();
});

test('setMany: writes of one key keep their order on an engine whose answers overtake each other', async () => {
  let slow = 0;
  const lots = async (): Promise<void> => {
    for (let i = (slow = (slow * 7 + 3) % 11); i > 0; i--) await turn();
  };
  const store = await open(asynchronous(memoryEngine(), lots));
  const map = store.map<number>('m');
  const outcomes = await map.setMany(Array.from({ length: 60 }, (_, n) => [`k${n % 3}`, n] as const));
  assert.deepEqual(await map.getMany(['k0', 'k1', 'k2']), [57, 58, 59]);
  assert.deepEqual(
    outcomes.map((outcome) => outcome.ok && outcome.entry.value),
    Array.from({ length: 60 }, (_, n) => n),
  );
  await store.close();
});

test('setMany: at most 128 writes are under way, and more than one', async () => {
  const inner = asynchronous(memoryEngine());
  let now = 0;
  let most = 0;
  const engine: AsyncEngine = {
    ...inner,
    lineage: inner.lineage,
    core: {
      ...inner.core,
      write: async (...given) => {
        most = Math.max(most, ++now);
        try {
          return await inner.core.write(...given);
        } finally {
          now--;
        }
      },
    },
  };
  const store = await open(engine);
  const alone = Array.from({ length: 500 }, (_, n) => [`k${n}`, n, { ttlMs: 60_000 }] as const);
  await store.map<number>('m').setMany(alone);
  assert.equal(most, 128);
  await store.close();
});

test('setMany: a fault of one is told, and does not stop the others on a far engine', async () => {
  const { engine, inject } = faulty(asynchronous(memoryEngine()));
  const store = await open(engine);
  const map = store.map<number>('m');
  inject({ word: 'write', nth: 3, code: 'UNAVAILABLE' });
  const alone = Array.from({ length: 10 }, (_, n) => [`k${n}`, n, { ttlMs: 60_000 }] as const);
  await assert.rejects(map.setMany(alone), { code: 'UNAVAILABLE' });
  assert.equal(await map.count(), 9);
  inject({ word: 'commit', code: 'UNAVAILABLE' });
  await assert.rejects(map.setMany(Array.from({ length: 250 }, (_, n) => [`m${n}`, n] as const)), {
    code: 'UNAVAILABLE',
  });
  assert.equal(await map.count(), 9 + 150, 'only the request that failed');
  await store.close();
});
