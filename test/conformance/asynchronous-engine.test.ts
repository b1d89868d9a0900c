import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asynchronous } from '../../src/conformance/asynchronous.ts';
import { manualClock } from '../../src/conformance/manual-clock.ts';
import { ANY } from '../../src/contract/condition.ts';
import type { Cell, Reference } from '../../src/contract/core.ts';
import type { MapFormat } from '../../src/contract/maps.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { twisted } from './twisted.ts';

const PLAIN: MapFormat = { codec: 'bytes', shape: 0, references: false };

/** Turns that end when they are told to, in any order. */
function gate() {
  const turns: (() => void)[] = [];
  return {
    turn: () => new Promise<void>((resolve) => turns.push(resolve)),
    /** Ends the turn with this number among those that are left. */
    pass: async (which = 0): Promise<void> => {
      turns.splice(which, 1)[0]?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test('a call takes a turn on its way in and one on its way out', async () => {
  const inner = memoryEngine();
  const { turn, pass } = gate();
  const engine = asynchronous(inner, turn);
  assert.equal(engine.form, 'async');
  assert.equal(engine.supports.sync, false);
  const { id } = inner.maps.open('m', PLAIN);
  let answered = false;
  const call = engine.core.write(id, 'a', 1, ANY, 0, 0, undefined, 0).then((reply) => {
    answered = true;
    return reply;
  });
  assert.equal(inner.core.get(id, 'a').ok, false, 'nothing happened yet');
  await pass();
  assert.equal(inner.core.get(id, 'a').ok, true, 'carried out');
  assert.equal(answered, false, 'but not answered');
  await pass();
  assert.equal((await call).entry?.value, 1);
});

test('calls whose turns end in another order overtake each other', async () => {
  const inner = memoryEngine();
  const { turn, pass } = gate();
  const engine = asynchronous(inner, turn);
  const { id } = inner.maps.open('m', PLAIN);
  const first = engine.core.add(id, 'a', 1, 0, 0);
  const second = engine.core.add(id, 'a', 10, 0, 0);
  await pass(1);
  await pass(1);
  assert.equal((await second).entry?.value, 10);
  await pass();
  await pass();
  assert.equal((await first).entry?.value, 11);
});

test('answers are not lent: they outlive the next call, down to their bytes', async () => {
  const inner = memoryEngine();
  const lent = {
    ok: true,
    at: 1,
    entry: { key: 'a', value: new Uint8Array([1]), version: 1, expiresAt: 0, shape: 0 },
  };
  const engine = asynchronous(
    twisted(inner, {
      core: { get: () => lent, page: () => ({ at: 1, entries: [lent.entry], more: false }) },
    }),
  );
  const { id } = await engine.maps.open('m', PLAIN);
  const got = await engine.core.get(id, 'a');
  const page = await engine.core.page(id, '', undefined, 10, false);
  lent.entry.value[0] = 9;
  lent.entry.version = 2;
  assert.deepEqual([got.entry?.value, got.entry?.version], [new Uint8Array([1]), 1]);
  assert.deepEqual(page.entries[0]?.value, new Uint8Array([1]));
});

test('references stay the objects that they are', async () => {
  const engine = asynchronous(memoryEngine());
  const { id } = await engine.maps.open('m', { ...PLAIN, codec: 'references', references: true });
  const bytes = new Uint8Array([1]);
  // SAFETY: a reference is any value of the caller.
  const object = { n: 1 } as object as Reference;
  for (const value of [bytes, object] satisfies Cell[]) {
    await engine.core.write(id, 'a', value, ANY, 0, 0, undefined, 0);
    assert.equal((await engine.core.get(id, 'a')).entry?.value, value);
  }
});

test('what the engine throws rejects', async () => {
  const engine = asynchronous(memoryEngine());
  await engine.close();
  await assert.rejects(engine.core.get(1, 'a'), { code: 'CLOSED' });
  await assert.rejects(engine.maps.open('m', PLAIN), { code: 'CLOSED' });
});

test('a lock whose waiter gave up while the grant was on its way is let go', async () => {
  const inner = memoryEngine({}, { clock: manualClock() });
  const { turn, pass } = gate();
  const engine = asynchronous(inner, turn);
  const { id } = inner.maps.open('m', PLAIN);
  const controller = new AbortController();
  const wait = { label: undefined, leaseMs: 1_000, waitMs: 1_000, signal: controller.signal };
  const lock = engine.lock(id, 'a', wait);
  await pass();
  assert.equal((await inner.inspect()).locks.length, 1);
  controller.abort(new Error('gave up'));
  const failed = assert.rejects(lock, { message: 'gave up' });
  for (let i = 0; i < 3; i++) await pass();
  await failed;
  assert.deepEqual((await inner.inspect()).locks, []);
});

test('feeds tell late that there is something, and lose nothing', async () => {
  const inner = memoryEngine();
  const engine = asynchronous(inner);
  const { id } = inner.maps.open('m', PLAIN);
  const feed = engine.changes({ map: id, key: undefined, prefix: '', previous: false }, 'now');
  await feed.begin;
  assert.equal(feed.take(), undefined);
  const woken = new Promise<void>((resolve) => feed.onReady(resolve));
  inner.core.add(id, 'a', 1, 0, 0);
  await woken;
  const event = feed.take();
  assert.equal(event?.kind === 'commit' ? event.first.key : undefined, 'a');
  feed.close();
  await engine.close();
});
