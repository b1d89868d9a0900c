// Points in time, and loading, of the engine in memory.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NEWER } from '../../../src/contract/condition.ts';
import type { Block, Loaded, LoadRequest, PointInTime } from '../../../src/contract/services.ts';
import { begin, drain, type Fixture, format, readView } from './fixture.ts';

const key = fc.integer({ min: 0, max: 2500 }).map((i) => `k${i}`);
const write = fc.record({
  key,
  cell: fc.option(fc.integer(), { nil: undefined }),
  other: fc.boolean(),
  ttl: fc.constantFrom(0, 0, 30),
});
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ writes: fc.array(write, { minLength: 1, maxLength: 20 }) }) },
  { weight: 1, arbitrary: fc.record({ clear: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ view: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ read: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ tick: fc.nat(40) }) },
);

function sorted(entries: Iterable<Loaded & { readonly map: number }>): unknown[] {
  const rows = Array.from(entries, ({ map, key: name, value, version, expiresAt, shape, stamp }) =>
    JSON.stringify([map, name, value, version, expiresAt, shape, stamp]),
  );
  return rows.toSorted();
}

test('a view shows every entry as it was when it began, once, whatever is written while it is read', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { clock, engine, core, map, put, all } = begin();
      const other = engine.maps.open('other', format).id;
      for (let i = 0; i < 2500; i += 2) put(`k${i}`, i);
      put('stamped', 1, { map: other, condition: NEWER, stamp: 7 });
      const views: {
        view: PointInTime;
        blocks: AsyncIterator<Block>;
        found: Block[];
        expected: unknown[];
      }[] = [];
      const stampOf = (of: number, name: string): number | undefined =>
        of === other && name === 'stamped' ? 7 : undefined;
      const open = async (both: boolean): Promise<void> => {
        const maps = both ? [map, other] : [map];
        const expected = maps.flatMap((of) =>
          all(of).map((entry) => ({ ...entry, map: of, stamp: stampOf(of, entry.key) })),
        );
        const view = await engine.view(both ? undefined : maps);
        views.push({
          view,
          blocks: view.blocks()[Symbol.asyncIterator](),
          found: [],
          expected: sorted(expected),
        });
      };
      const read = async (i: number): Promise<boolean> => {
        const one = views[i];
        const next = await one?.blocks.next();
        if (next?.done === false) one?.found.push(next.value);
        return next?.done === false;
      };
      for (const one of steps) {
        if ('writes' in one) {
          for (const { key: name, cell, other: elsewhere, ttl } of one.writes) {
            put(name, cell, { map: elsewhere ? other : map, expiresAt: ttl === 0 ? 0 : clock.now() + ttl });
          }
        } else if ('clear' in one) core.clear(map, one.clear ? '' : 'k1', one.clear ? undefined : 'k2');
        else if ('view' in one) await open(one.view);
        else if ('read' in one) await read(one.read);
        else await clock.tick(one.tick);
      }
      for (const [i, { view, found, expected }] of views.entries()) {
        while (await read(i));
        const entries = found.flatMap((block) => {
          if (block.kind !== 'entries') throw new Error('a block of records');
          assert.ok(block.entries.length <= 1000);
          return block.entries.map((entry) => ({ ...entry, map: block.map }));
        });
        assert.deepEqual(sorted(entries), expected);
        view.close();
      }
      assert.equal((await engine.stats())['views'], 0);
    }),
    { numRuns: 40 },
  );
});

test('a view knows its position and its maps, may be left early, and ends when it or the store is closed', async () => {
  const { engine, put } = begin();
  put('a', 1);
  put('a', 2);
  const view = await engine.view(undefined);
  assert.deepEqual(view.position, [2]);
  assert.deepEqual(view.maps, [{ id: 1, name: 'map', ...format }]);
  for await (const block of view.blocks()) {
    assert.equal(block.kind, 'entries');
    break;
  }
  view.close();
  view.close();
  assert.deepEqual(await readView(view), []);
  const late = await engine.view([1]);
  await engine.close();
  await assert.rejects(readView(late), { code: 'CLOSED' });
});

async function* blocksOf(...blocks: readonly Block[]): AsyncGenerator<Block> {
  for (const block of blocks) yield block;
}

function request(blocks: AsyncIterable<Block>, replace: boolean): LoadRequest {
  return { maps: [{ id: 40, name: 'map', codec: 'loaded', shape: 2, references: false }], blocks, replace };
}

const loaded = (name: string, more: Partial<Loaded> = {}): Loaded => ({
  key: name,
  value: 1,
  version: 77,
  expiresAt: 0,
  shape: 2,
  stamp: undefined,
  ...more,
});

const block = (...entries: readonly Loaded[]): Block => ({ kind: 'entries', map: 40, entries });

test('load puts everything in place at once, under one new version, and begins a new lineage', async () => {
  const { clock, engine, core, map, put, all, feed } = begin();
  put('old', 1, { expiresAt: clock.now() + 1000 });
  put('removed', undefined, { condition: NEWER, stamp: 5 });
  const changes = feed();
  const soon = clock.now() + 50;
  const blocks = blocksOf(
    block(loaded('b', { expiresAt: soon }), loaded('past', { expiresAt: clock.now() })),
    block(loaded('a', { stamp: 9n }), loaded('removed')),
  );
  assert.equal(await engine.load(request(blocks, true)), 3);
  assert.notEqual(engine.lineage, 'first');
  assert.deepEqual(drain(changes), ['gap']);
  const [version] = all().map((entry) => entry.version);
  assert.ok(version !== undefined && version > 2);
  assert.deepEqual(all(), [
    { key: 'a', value: 1, version, expiresAt: 0, shape: 2 },
    { key: 'b', value: 1, version, expiresAt: soon, shape: 2 },
    { key: 'removed', value: 1, version, expiresAt: 0, shape: 2 },
  ]);
  assert.deepEqual(engine.maps.list(), [
    { id: map, name: 'map', codec: 'loaded', shape: 2, references: false },
  ]);
  assert.equal(put('a', 2, { condition: NEWER, stamp: 9 }).ok, false);
  await clock.tick(200);
  assert.equal(core.count(map, '', undefined).count, 2);
  assert.deepEqual(drain(engine.changes({ map, key: undefined, prefix: '', previous: false }, [2])), ['gap']);
});

async function unchanged(fixture: Fixture, promise: Promise<unknown>, error: object): Promise<void> {
  const { engine, all } = fixture;
  const before = [all(), engine.lineage, engine.maps.list(), await engine.position()];
  await assert.rejects(promise, error);
  assert.deepEqual([all(), engine.lineage, engine.maps.list(), await engine.position()], before);
}

test('load that fails, or meets what it must not, changes nothing', async () => {
  const fixture = begin();
  const { engine, put } = fixture;
  put('old', 1);
  async function* broken(): AsyncGenerator<Block> {
    yield block(loaded('a'));
    throw new Error('disk');
  }
  await unchanged(fixture, engine.load(request(broken(), true)), { message: 'disk' });
  await unchanged(fixture, engine.load(request(blocksOf(block(loaded('a'))), false)), { code: 'CONFLICT' });
  const twice = block(loaded('a'), loaded('a'));
  await unchanged(fixture, engine.load(request(blocksOf(twice), true)), { code: 'CORRUPT' });
  const strange = { ...block(loaded('a')), map: 41 };
  await unchanged(fixture, engine.load(request(blocksOf(strange), true)), { code: 'CORRUPT' });
});

test('what a view shows can be loaded into another store', async () => {
  const [from, to] = [begin(), begin()];
  for (let i = 0; i < 3000; i++) from.put(`k${i}`, i, { shape: i % 3 });
  const view = await from.engine.view(undefined);
  const maps = view.maps.map((info) => ({ ...info, name: 'map' }));
  assert.equal(await to.engine.load({ maps, blocks: view.blocks(), replace: false }), 3000);
  view.close();
  const plain = ({ all }: Fixture): unknown =>
    all().map(({ key: name, value, shape }) => [name, value, shape]);
  assert.deepEqual(plain(to), plain(from));
});
