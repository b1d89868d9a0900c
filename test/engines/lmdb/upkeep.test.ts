// Work that can wait, and the history it trims.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { manualClock } from '../../../src/conformance/manual-clock.ts';
import type { LoadRequest } from '../../../src/contract/services.ts';
import type { SyncEngine } from '../../../src/contract/engine.ts';
import { codeOf, directory, openIn } from './fixture.ts';

const FORMAT = { codec: 'bytes', shape: 0, references: false };
const byName = async (engine: SyncEngine, name: string): Promise<number> =>
  (await engine.stats())[name] ?? NaN;

function loadOf(count: number, failAt = Infinity): LoadRequest {
  return {
    maps: [{ ...FORMAT, id: 1, name: 'loaded' }],
    replace: true,
    blocks: (async function* () {
      for (let from = 0; from < count; from += 1_000) {
        if (from >= failAt) throw new Error('the disk of the snapshot is gone');
        yield {
          kind: 'entries' as const,
          map: 1,
          entries: Array.from({ length: 1_000 }, (_, i) => ({
            key: `k${from + i}`,
            value: from + i,
            version: 1,
            expiresAt: 0,
            shape: 0,
            stamp: undefined,
          })),
        };
      }
    })(),
  };
}

test('a load that fails changes nothing, and upkeep removes what it left behind', async (t) => {
  const clock = manualClock();
  const dir = directory(t);
  const { engine, store } = await openIn(dir, {}, { clock, load: () => 0 });
  const { id } = engine.maps.open('loaded', FORMAT);
  engine.core.write(id, 'before', 1, 0, 0, 0, undefined, 0);
  const { lineage } = engine;
  await assert.rejects(engine.load(loadOf(20_000, 10_000)), /snapshot is gone/);
  assert.deepEqual([engine.core.count(id, '', undefined).count, engine.lineage], [1, lineage]);
  const before = await byName(engine, 'upkeepSlices');
  for (let i = 0; i < 40; i++) {
    await clock.tick(10_000);
    await engine.durable?.(engine.core.reserve(1));
    await engine.position();
  }
  assert.ok((await byName(engine, 'upkeepSlices')) >= before + 10);
  // A load that runs through leaves what it replaced; a crash in between would have left the same.
  assert.equal(await engine.load(loadOf(3_000)), 3_000);
  assert.equal(engine.core.get(id, 'k2999').entry?.value, 2_999);
  assert.notEqual(engine.lineage, lineage);
  await engine.compact(() => undefined);
  assert.equal(engine.core.count(id, '', undefined).count, 3_000);
  await store.close();
  const again = await openIn(dir);
  const reopened = again.engine.maps.open('loaded', FORMAT);
  assert.equal(again.engine.core.count(reopened.id, '', undefined).count, 3_000);
  await again.store.close();
});

test('upkeep is put off while the process is busy, forced when put off for too long, and ends with the store', async (t) => {
  const clock = manualClock();
  let load = 0.95;
  const options = { upkeepMs: 1_000, upkeepForcedMs: 5_000 };
  const { engine, store } = await openIn(directory(t), options, { clock, load: () => load });
  const { id } = engine.maps.open('m', FORMAT);
  engine.core.write(id, 'a', 1, 0, 0, 0, undefined, 0);
  await clock.tick(4_500);
  assert.deepEqual([await byName(engine, 'upkeepSlices'), await byName(engine, 'upkeepPutOff')], [0, 4]);
  await clock.tick(3_000);
  assert.ok((await byName(engine, 'upkeepSlices')) >= 1, 'forced');
  load = 0.1;
  const slices = await byName(engine, 'upkeepSlices');
  await clock.tick(2_000);
  assert.ok((await byName(engine, 'upkeepSlices')) > slices, 'not put off when there is time');
  await store.close();
  assert.equal(clock.pending, 0);
});

test('a bookmark resumes after the store was opened again, as far as the history reaches', async (t) => {
  const dir = directory(t);
  const limits = { historyLimit: 100 };
  const first = await openIn(dir, limits);
  const map = first.store.map<number>('m');
  const watch = map.watch();
  await watch.ready;
  const start = (await watch.next()).value?.bookmark;
  for (let i = 0; i < 50; i++) await map.set(`k${i}`, i);
  await first.store.close();
  const second = await openIn(dir, limits);
  const resumed = second.store.map<number>('m').watch({ start });
  const keys: string[] = [];
  for await (const change of resumed) {
    if (change.type === 'live') break;
    assert.equal(change.type, 'insert');
    if (change.type === 'insert') keys.push(change.key);
  }
  assert.deepEqual(
    keys,
    Array.from({ length: 50 }, (_, i) => `k${i}`),
  );
  for (let i = 0; i < 200; i++) await second.store.map<number>('m').set('more', i);
  assert.ok(((await second.engine.stats())['historyChanges'] ?? 0) <= 101);
  await second.store.close();
  const third = await openIn(dir, limits);
  const late = third.store.map<number>('m').watch({ start });
  assert.equal((await late.next()).value?.type, 'reset');
  await late.close();
  await third.store.close();
});

test('the history is bounded by age too', async (t) => {
  const clock = manualClock();
  const { engine, store } = await openIn(directory(t), { historyMs: 60_000 }, { clock, load: () => 0 });
  const map = store.map<number>('m');
  for (let i = 0; i < 10; i++) await map.set(`k${i}`, i);
  assert.equal(await byName(engine, 'historyChanges'), 10);
  await clock.tick(80_000);
  assert.equal(await byName(engine, 'historyChanges'), 0);
  await store.close();
});

test('compaction gives room back, keeps every entry and version, and goes on beside readers and writers', async (t) => {
  const dir = directory(t);
  const { engine, store } = await openIn(dir, { historyLimit: 1 });
  const map = store.map<string>('m');
  await map.setMany(Array.from({ length: 2_000 }, (_, i) => [`k${i}`, 'x'.repeat(1_000)] as const));
  await map.clear({ start: 'k1' });
  const kept = await map.entry('k0');
  const before = await byName(engine, 'fileBytes');
  const view = await engine.view(undefined);
  const compacted = map.compact();
  const during = map.set('during', 'written');
  assert.equal(map.sync.get('during'), 'written');
  await Promise.all([compacted, during]);
  assert.ok((await byName(engine, 'fileBytes')) < before / 2);
  assert.deepEqual(await map.entry('k0'), kept);
  let seen = 0;
  for await (const block of view.blocks()) seen += block.kind === 'entries' ? block.entries.length : 0;
  assert.equal(seen, 1, 'a view keeps what it saw');
  view.close();
  const { version } = await map.set('later', 'x');
  await store.close();
  const again = await openIn(dir);
  const map2 = again.store.map<string>('m');
  assert.deepEqual([await map2.count(), await map2.get('during')], [3, 'written']);
  assert.ok((await map2.set('a', 'b')).version > version);
  await again.store.close();
  assert.equal(await codeOf(() => map2.get('a')), 'CLOSED');
});

/** Writes entries, then deletes all but a few, so that most of the file is free. */
async function mostlyFree({ store }: Awaited<ReturnType<typeof openIn>>): Promise<void> {
  const map = store.map<string>('m');
  await map.setMany(Array.from({ length: 1_000 }, (_, i) => [`k${i}`, 'x'.repeat(1_000)] as const));
  await map.deleteMany(Array.from({ length: 950 }, (_, i) => `k${i}`));
}

/** Lets time go on until the store says so. It stands still while a compaction is under way: then nothing is due. */
async function until(clock: ReturnType<typeof manualClock>, holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 400 && !(await holds()); i++) {
    await clock.tick(1_000);
    do await turn();
    while (clock.pending === 0);
  }
  assert.ok(await holds());
}

test('a file that is mostly free is compacted by itself: put off while busy, forced at last, told, and over with the store', async (t) => {
  const clock = manualClock();
  let load = 0.95;
  const options = { upkeepMs: 1_000, upkeepForcedMs: 10_000, historyLimit: 1, compactFreeBytes: 500_000 };
  const opened = await openIn(directory(t), options, { clock, load: () => load });
  const { engine, store } = opened;
  await mostlyFree(opened);
  const before = await byName(engine, 'fileBytes');
  assert.ok(before > 1_000_000 && (await byName(engine, 'usedBytes')) < before / 4);
  for (let i = 0; i < 8; i++) await clock.tick(1_000);
  assert.equal(await byName(engine, 'compactions'), 0, 'put off');
  await until(clock, async () => (await byName(engine, 'fileBytes')) < before / 2);
  assert.equal(await byName(engine, 'compactions'), 1, 'forced');
  load = 0.1;
  for (let i = 0; i < 5; i++) await clock.tick(1_000);
  assert.equal(await byName(engine, 'compactions'), 1, 'and no more than that');
  const map = store.map<string>('m');
  assert.deepEqual([await map.count(), (await map.get('k999'))?.length], [50, 1_000]);
  await mostlyFree(opened);
  await until(clock, async () => (await byName(engine, 'compactions')) === 2);
  await store.close();
  assert.equal(clock.pending, 0);
});

test('a file with much in use is left to compact(), and a compaction that fails is counted and tried again', async (t) => {
  const clock = manualClock();
  const limits = { upkeepMs: 1_000, upkeepForcedMs: 5_000, historyLimit: 1, compactFreeBytes: 500_000 };
  const large = await openIn(directory(t), { ...limits, compactUsedBytes: 1_000 }, { clock, load: () => 0 });
  await mostlyFree(large);
  for (let i = 0; i < 5; i++) await clock.tick(1_000);
  assert.equal(await byName(large.engine, 'compactions'), 0);
  await large.store.close();
  let refuse = true;
  const failing = await openIn(directory(t), limits, {
    clock,
    load: () => 0,
    environment: (inner) => ({
      ...inner,
      copyTo: (path) => (refuse ? Promise.reject(new Error('ENOSPC: no space left')) : inner.copyTo(path)),
    }),
  });
  await mostlyFree(failing);
  await until(clock, async () => (await byName(failing.engine, 'upkeepFailures')) === 1);
  await failing.store.map<string>('m').set('goes on', 'x');
  refuse = false;
  const before = await byName(failing.engine, 'fileBytes');
  await until(clock, async () => (await byName(failing.engine, 'fileBytes')) < before / 2);
  await failing.store.close();
});
