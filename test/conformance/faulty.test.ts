import assert from 'node:assert/strict';
import { test } from 'node:test';
import { there } from '../../src/conformance/assertions.ts';
import { asynchronous } from '../../src/conformance/asynchronous.ts';
import { faulty, type FaultyWord } from '../../src/conformance/faulty.ts';
import { ANY } from '../../src/contract/condition.ts';
import type { Engine } from '../../src/contract/engine.ts';
import type { Scope } from '../../src/contract/services.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';

const PLAIN = { codec: 'bytes', shape: 0, references: false };
const WAIT = { label: undefined, leaseMs: 1_000, waitMs: 0, signal: undefined };

/** Calls a word of an engine of either form. */
async function call(engine: Engine, word: FaultyWord, map: number): Promise<unknown> {
  const { core, maps } = engine;
  const calls: Record<FaultyWord, () => unknown> = {
    get: () => core.get(map, 'a'),
    getMany: () => core.getMany(map, ['a']),
    write: () => core.write(map, 'a', 1, ANY, 0, 0, undefined, 0),
    add: () => core.add(map, 'a', 1, 0, 0),
    commit: () => core.commit([], []),
    page: () => core.page(map, '', undefined, 1, false),
    count: () => core.count(map, '', undefined),
    clear: () => core.clear(map, '', undefined),
    tryLock: async () => (await core.tryLock(map, 'a', WAIT))?.release(),
    reserve: () => core.reserve(1),
    open: () => maps.open('m', PLAIN),
    drop: () => maps.drop(map),
    durable: () => engine.durable?.(1),
    position: () => engine.position(),
    lock: async () => (await engine.lock(map, 'a', WAIT)).release(),
    view: async () => (await engine.view(undefined)).close(),
    load: () => engine.load({ maps: [], replace: false, blocks: (async function* () {})() }),
    compact: () => engine.compact(() => undefined),
    stats: () => engine.stats(),
    inspect: () => engine.inspect(),
  };
  return calls[word]();
}

const words: readonly FaultyWord[] = [
  'get',
  'getMany',
  'write',
  'add',
  'commit',
  'page',
  'count',
  'clear',
  'tryLock',
  'reserve',
  'open',
  'drop',
  'durable',
  'position',
  'lock',
  'view',
  'load',
  'compact',
  'stats',
  'inspect',
];

for (const [form, make] of [
  ['at once', () => faulty(memoryEngine())],
  ['later', () => faulty(asynchronous(memoryEngine()))],
] as const) {
  test(`every word of an engine that answers ${form} fails on the call that it was told to`, async () => {
    const { engine, inject, calls } = make();
    const { id } = await engine.maps.open('m', PLAIN);
    for (const word of words) {
      const before = calls(word);
      inject({ word, nth: 2 });
      inject({ word, nth: 3, code: 'IO', when: 'after' });
      await call(engine, word, id);
      await assert.rejects(call(engine, word, id), { code: 'UNAVAILABLE', message: `planted in ${word}` });
      await assert.rejects(call(engine, word, id), { code: 'IO' });
      await call(engine, word, id);
      assert.equal(calls(word), before + 4, word);
    }
    assert.deepEqual((await engine.inspect()).locks, [], 'a grant that nobody saw was let go');
    assert.equal((await engine.stats())['views'], 0, 'so was a view');
    await engine.close();
  });
}

test('a fault before the call changes nothing, one after it leaves the change and an unknown outcome', () => {
  const inner = memoryEngine();
  const hands = faulty(inner);
  const { engine, inject } = hands;
  const { id } = engine.maps.open('m', PLAIN);
  inject({ word: 'add', code: 'FULL' });
  inject({ word: 'add', nth: 2, when: 'after' });
  assert.equal(hands.pending, 2);
  assert.throws(() => engine.core.add(id, 'a', 1, 0, 0), { code: 'FULL' });
  assert.equal(inner.core.get(id, 'a').ok, false);
  assert.equal(hands.pending, 1);
  assert.throws(() => engine.core.add(id, 'a', 1, 0, 0), { code: 'UNKNOWN_OUTCOME' });
  assert.equal(inner.core.get(id, 'a').entry?.value, 1);
  assert.equal(engine.core.add(id, 'a', 1, 0, 0).entry?.value, 2);
  assert.equal(faulty(inner).pending, 0);
});

test('while durability is held back nothing is durable, told to feeds, or a position', async () => {
  const { engine, holdDurable } = faulty(memoryEngine());
  const { id } = engine.maps.open('m', PLAIN);
  const feed = engine.changes(scopeOf(id), 'now');
  const release = holdDurable();
  const { at } = engine.core.add(id, 'a', 1, 0, 0);
  const done: string[] = [];
  const waits = [
    there(engine.durable)(at).then(() => done.push('durable')),
    engine.position().then(() => done.push('position')),
    new Promise<void>((resolve) => feed.onReady(resolve)).then(() => done.push('feed')),
  ];
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(done, []);
  assert.equal(feed.take(), undefined);
  assert.equal(engine.core.get(id, 'a').ok, true, 'visible all the same');
  release();
  release();
  await Promise.all(waits);
  assert.deepEqual(new Set(done), new Set(['durable', 'feed', 'position']));
  assert.equal(feed.take()?.kind, 'commit');
  await engine.close();
});

test('feeds end with a gap when they are told to', async () => {
  const { engine, gapFeeds } = faulty(memoryEngine());
  const { id } = engine.maps.open('m', PLAIN);
  const feed = engine.changes(scopeOf(id), 'now');
  const closed = engine.changes(scopeOf(id), 'now');
  closed.close();
  const woken = new Promise<void>((resolve) => feed.onReady(resolve));
  engine.core.add(id, 'a', 1, 0, 0);
  gapFeeds();
  await woken;
  assert.deepEqual(feed.take(), { kind: 'gap' });
  assert.equal(feed.take(), undefined);
  assert.equal(feed.lag, 0);
  assert.equal(closed.take(), undefined);
  const later = engine.changes(scopeOf(id), 'now');
  engine.core.add(id, 'a', 1, 0, 0);
  assert.equal(later.take()?.kind, 'commit', 'feeds opened after it are whole');
  await engine.close();
});

function scopeOf(map: number): Scope {
  return { map, key: undefined, prefix: '', previous: false };
}
