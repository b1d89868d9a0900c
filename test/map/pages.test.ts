// Iterations over engines of both forms.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { deferred } from '../../src/base/deferred.ts';
import { asynchronous } from '../../src/conformance/asynchronous.ts';
import { manualClock } from '../../src/conformance/manual-clock.ts';
import type { AsyncEngine, SyncEngine } from '../../src/contract/engine.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { open } from '../../src/index.ts';
import type { VersionedMap } from '../../src/index.ts';

/** The limits of the pages that were asked for. */
function counted(engine: SyncEngine): { engine: SyncEngine; pages: number[] } {
  const pages: number[] = [];
  const { core } = engine;
  const page: typeof core.page = (map, start, end, limit, reverse) => {
    pages.push(limit);
    return core.page(map, start, end, limit, reverse);
  };
  return { engine: { ...engine, lineage: engine.lineage, core: { ...core, page } }, pages };
}

async function fill(map: VersionedMap<number>, count: number): Promise<void> {
  await map.setMany(Array.from({ length: count }, (_, n) => [`k${String(n).padStart(5, '0')}`, n] as const));
}

test('pages begin small and grow to 1,000', async () => {
  const { engine, pages } = counted(memoryEngine());
  const store = await open(engine);
  const map = store.map<number>('m');
  await fill(map, 3_000);
  assert.equal([...map.sync.keys()].length, 3_000);
  assert.deepEqual(pages, [16, 64, 256, 1_000, 1_000, 1_000]);
  pages.length = 0;
  assert.equal([...map.sync.keys({ limit: 20 })].length, 20);
  assert.deepEqual(pages, [16, 4]);
  pages.length = 0;
  assert.equal([...map.sync.keys({ limit: 0 })].length, 0);
  for (const key of map.sync.keys()) if (key === 'k00003') break;
  assert.deepEqual(pages, [16]);
  await store.close();
});

test('nothing is asked of the engine before the first item is wanted', async () => {
  const { engine, pages } = counted(memoryEngine());
  const store = await open(engine);
  const map = store.map<number>('m');
  const items = map.list();
  const sync = map.sync.list();
  assert.deepEqual(pages, []);
  assert.equal((await items.next()).done, true);
  assert.equal(sync.next().done, true);
  await store.close();
});

test('each key comes once and untouched ones always, whatever is written meanwhile', async () => {
  for (const wrap of [(engine: SyncEngine) => engine, asynchronous]) {
    const store = await open(wrap(memoryEngine()));
    const map = store.map<number>('m');
    await fill(map, 200);
    for (const reverse of [false, true]) {
      const seen: string[] = [];
      for await (const key of map.keys({ reverse })) {
        seen.push(key);
        if (seen.length % 10 === 0) {
          await map.set(`${key}-new`, 0);
          await map.set(key, -1);
          await map.delete(`${key}-new`);
        }
      }
      assert.equal(new Set(seen).size, seen.length);
      assert.deepEqual(seen.length, 200);
    }
    await store.close();
  }
});

test('reads that are not waited for are answered in their order', async () => {
  const store = await open(asynchronous(memoryEngine()));
  const map = store.map<number>('m');
  await fill(map, 40);
  const values = map.values();
  const results = await Promise.all(Array.from({ length: 42 }, () => values.next()));
  assert.deepEqual(
    results.map(({ value }) => value),
    [...Array.from({ length: 40 }, (_, n) => n), undefined, undefined],
  );
  await store.close();
});

test('an iteration can be left while a page is under way', async () => {
  const inner = asynchronous(memoryEngine());
  const gate = deferred<void>();
  const engine: AsyncEngine = {
    ...inner,
    lineage: inner.lineage,
    core: {
      ...inner.core,
      page: async (...given) => {
        await gate.promise;
        return inner.core.page(...given);
      },
    },
  };
  const store = await open(engine);
  const map = store.map<number>('m');
  await map.set('a', 1);
  const values = map.values();
  const pending = values.next();
  assert.deepEqual(await values.return?.(), { done: true, value: undefined });
  gate.resolve();
  assert.deepEqual(await pending, { done: true, value: undefined });
  assert.deepEqual(await values.next(), { done: true, value: undefined });
  await store.close();
});

test('a deadline is for the whole iteration, an abort ends it at the next item', async () => {
  for (const wrap of [(engine: SyncEngine) => engine, asynchronous]) {
    const clock = manualClock();
    const store = await open(wrap(memoryEngine({}, { clock })));
    const map = store.map<number>('m');
    await fill(map, 3);
    const late = map.values({ deadlineMs: 100 });
    assert.equal((await late.next()).value, 0);
    await clock.tick(100);
    await assert.rejects(late.next(), { code: 'TIMEOUT' });
    assert.equal((await late.next()).done, true);
    const controller = new AbortController();
    const aborted = map.values({ signal: controller.signal });
    assert.equal((await aborted.next()).value, 0);
    const reason = new Error('enough');
    controller.abort(reason);
    await assert.rejects(aborted.next(), reason);
    await store.close();
  }
});

test('a deadline ends a page that does not come', async () => {
  const clock = manualClock();
  const inner = asynchronous(memoryEngine({}, { clock }));
  const engine: AsyncEngine = {
    ...inner,
    lineage: inner.lineage,
    core: { ...inner.core, page: () => new Promise(() => undefined) },
  };
  const store = await open(engine);
  const late = assert.rejects(store.map('m').list({ deadlineMs: 5 }).next(), { code: 'TIMEOUT' });
  for (let i = 0; i < 5; i++) await turn();
  await clock.tick(5);
  await late;
  await store.close();
});

test('a range is what lies under the prefix, from start, before end', async () => {
  const store = await open('memory:');
  const map = store.map<number>('m').sync;
  for (const key of ['a', 'ab', 'abc', 'b', 'b\u{10ffff}', 'c']) map.set(key, 1);
  const keys = (range: Parameters<typeof map.keys>[0]): string[] => [...map.keys(range)];
  assert.deepEqual(keys({ prefix: 'a', start: 'ab' }), ['ab', 'abc']);
  assert.deepEqual(keys({ prefix: 'a', end: 'ab' }), ['a']);
  assert.deepEqual(keys({ prefix: 'a', start: 'b' }), []);
  assert.deepEqual(keys({ prefix: 'b', start: 'a', end: 'c' }), ['b', 'b\u{10ffff}']);
  assert.deepEqual(keys({ start: '', end: '' }), []);
  assert.deepEqual(keys({ prefix: '', reverse: true, limit: 2 }), ['c', 'b\u{10ffff}']);
  assert.equal(map.count({ prefix: 'a', start: 'ab' }), 2);
  assert.equal(map.clear({ start: 'b', end: 'a' }), 0);
  assert.equal(map.clear({ prefix: 'ab' }), 2);
  assert.throws(() => map.count({ limit: 1 } as object), /unknown option "limit"/);
  assert.throws(() => map.keys({ limit: -1 }), RangeError);
  assert.throws(() => map.keys({ reverse: 1 as unknown as boolean }), /reverse/);
  assert.throws(() => map.keys({ prefix: '\ud800' }), /well-formed/);
  await store.close();
});
