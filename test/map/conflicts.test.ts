// Words that take several calls of the engine, with somebody else writing in between.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { asynchronous } from '../../src/conformance/asynchronous.ts';
import type { SyncCore } from '../../src/contract/core.ts';
import type { SyncEngine } from '../../src/contract/engine.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { json, KEEP, open, StoreError } from '../../src/index.ts';
import type { Store, VersionedMap } from '../../src/index.ts';

/** An engine on which somebody writes each time before a write is decided, as long as `interfere` says so. */
function contested(interfere: (core: SyncCore, map: number) => boolean): SyncEngine {
  const engine = memoryEngine();
  const { core } = engine;
  return {
    ...engine,
    lineage: engine.lineage,
    core: {
      ...core,
      write(map, ...rest) {
        interfere(core, map);
        return core.write(map, ...rest);
      },
    },
  };
}

/** Runs the same on an engine that answers at once and on one that answers later. */
async function onBoth(
  times: number,
  run: (map: VersionedMap<number>, interfered: () => number, store: Store) => Promise<void>,
): Promise<void> {
  for (const wrap of [(engine: SyncEngine) => engine, asynchronous]) {
    let left = 0;
    let count = 0;
    const engine = contested((core, map) => {
      if (left === 0) return false;
      left--;
      count++;
      core.write(map, 'a', 100 + count, 0, 0, 0, undefined, 0);
      return true;
    });
    const store: Store = await open(wrap(engine));
    const map = store.map<number>('m', { codec: json() });
    await map.set('a', 1);
    left = times;
    await run(map, () => count, store);
    await store.close();
  }
}

test('update: begins again with what somebody wrote in between', () =>
  onBoth(3, async (map, interfered) => {
    const seen: (number | undefined)[] = [];
    const entry = await map.update('a', (value) => {
      seen.push(value);
      return (value ?? 0) + 1;
    });
    assert.deepEqual(seen, [1, 101, 102, 103]);
    assert.equal(entry?.value, 104);
    assert.equal(interfered(), 3);
  }));

test('update: may keep what somebody wrote in between', () =>
  onBoth(1, async (map) => {
    const entry = await map.update('a', (value) => (value === 1 ? 2 : KEEP));
    assert.equal(entry?.value, 101);
  }));

test('a word that somebody outruns each time gives up with CONFLICT', () =>
  onBoth(Infinity, async (map) => {
    await assert.rejects(
      map.update('a', () => 5),
      isConflict,
    );
    await assert.rejects(map.swap('a', 5), isConflict);
    await assert.rejects(map.take('a'), isConflict);
    await assert.rejects(map.delete('a', { ifPresent: true }), isConflict);
  }));

test('swap: returns what it replaced, not what it read first', () =>
  onBoth(2, async (map) => {
    assert.equal((await map.swap('a', 5))?.value, 102);
    assert.equal(await map.get('a'), 5);
  }));

test('take: returns what it removed, not what it read first', () =>
  onBoth(2, async (map) => {
    assert.equal((await map.take('a'))?.value, 102);
    assert.equal(await map.has('a'), false);
  }));

test('touch: keeps the value that somebody wrote in between', () =>
  onBoth(2, async (map) => {
    const entry = await map.touch('a', 60_000);
    assert.equal(entry?.value, 102);
    assert.notEqual(entry?.expiresAt, undefined);
  }));

test('ifValue: compares again with what somebody wrote in between', () =>
  onBoth(1, async (map) => {
    const outcome = await map.set('a', 5, { ifValue: 1 });
    assert.equal(outcome.ok, false);
    assert.equal(outcome.current?.value, 101);
    assert.deepEqual(await map.delete('a', { ifValue: 1 }), { ok: false, current: outcome.current });
    assert.equal((await map.delete('a', { ifValue: 101 })).ok, true);
  }));

test('getOrInsert: returns what somebody inserted in between', () =>
  onBoth(0, async (map) => {
    await map.delete('a');
    const [one, two] = await Promise.all([map.getOrInsert('a', 7), map.getOrInsert('a', 8)]);
    assert.equal(one, two);
    assert.equal(await map.get('a'), one);
  }));

test('add: where the engine cannot add to the cells begins again, too, and loses nothing', () =>
  onBoth(2, async (_, interfered, store) => {
    const map = store.map<number>('m', { codec: { ...json<number>(), numbers: false } });
    assert.equal(await map.add('a', 1), 103);
    assert.equal(interfered(), 2);
    assert.equal(await map.get('a'), 103);
  }));

test('update: a function that writes the key itself each time is told so', async () => {
  const store = await open('memory:');
  const map = store.map<number>('m');
  let runs = 0;
  const endless = (): number => {
    runs++;
    return map.sync.set('a', runs).version;
  };
  const mistake = { name: 'TypeError', message: /update of "a" in map "m": the function writes it itself/ };
  assert.throws(() => map.sync.update('a', endless), mistake);
  assert.equal(runs, 100);
  await assert.rejects(map.update('a', endless), mistake);
  assert.equal(map.sync.update('a', () => -1)?.value, -1);
  await store.close();
});

test('update: a function that writes the key once is run again with what it wrote', async () => {
  const store = await open('memory:');
  const map = store.map<number>('m');
  let first = true;
  const entry = map.sync.update('a', (value) => {
    if (first) map.sync.set('a', 10);
    first = false;
    return (value ?? 0) + 1;
  });
  assert.equal(entry?.value, 11);
  await store.close();
});

test('update: of one key queue on an engine that answers later, each running once', async () => {
  const store = await open(asynchronous(memoryEngine()));
  const map = store.map<number>('m');
  let runs = 0;
  const updates = Array.from({ length: 50 }, () =>
    map.update('a', (value) => {
      runs++;
      return (value ?? 0) + 1;
    }),
  );
  await Promise.all(updates);
  assert.equal(await map.get('a'), 50);
  assert.equal(runs, 50);
  await store.close();
});

test('update: of one key queue where a validator makes them wait', async () => {
  const store = await open('memory:');
  const schema = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: async (value: unknown) => {
        await turn();
        return { value: value as number };
      },
      types: undefined as { readonly input: number; readonly output: number } | undefined,
    },
  };
  const map = store.map('m', { schema });
  await Promise.all(Array.from({ length: 150 }, () => map.update('a', (value) => (value ?? 0) + 1)));
  await Promise.all(Array.from({ length: 150 }, () => map.add('a', 1)));
  assert.equal(await map.get('a'), 300);
  await store.close();
});

function isConflict(error: unknown): boolean {
  assert.ok(error instanceof StoreError);
  assert.equal(error.code, 'CONFLICT');
  assert.match(error.message, /"a".*somebody wrote in between/);
  return true;
}
