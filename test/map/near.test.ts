// Near copies: how old an answer may be, and what it may never be.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { NearOptions } from '../../src/contract/map-options.ts';
import { integerKeys, tupleKeys } from '../../src/codec/keys/index.ts';
import { textKeys } from '../../src/codec/keys.ts';
import { collect } from '../../src/conformance/assertions.ts';
import { far, type Far } from './remote-fixture.ts';

const WAIT: NearOptions = { maxStaleMs: 1_000, onStale: 'wait' };

async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await turn();
}

/** The requests that a piece of work makes, without checks of the age. */
async function requestsOf({ requests }: Far, work: () => Promise<unknown>): Promise<string[]> {
  const before = requests.length;
  await work();
  return requests.slice(before).filter((word) => word !== 'position');
}

test('reads are answered without a request, by every reading word', async () => {
  const world = await far();
  const map = world.store.map<number>('m', { near: WAIT });
  await world.store.map<number>('m').setMany([
    ['a', 1],
    ['b', 2],
  ]);
  assert.equal(await map.get('a'), 1);
  const sent = await requestsOf(world, async () => {
    assert.equal(await map.get('a'), 1);
    assert.equal(await map.get('missing'), undefined);
    assert.equal((await map.entry('b'))?.value, 2);
    assert.equal(await map.has('b'), true);
    assert.deepEqual(await map.getMany(['b', 'x', 'a']), [2, undefined, 1]);
    assert.equal(await map.count(), 2);
    assert.deepEqual(await collect(map.keys({ reverse: true })), ['b', 'a']);
  });
  assert.deepEqual(sent, []);
  await world.store.close();
});

test('what was read is the reader’s own', async () => {
  const world = await far();
  const map = world.store.map<{ list: number[] }>('m', { near: WAIT });
  await map.set('a', { list: [1] });
  (await map.get('a'))?.list.push(2);
  assert.deepEqual(await map.get('a'), { list: [1] });
  await world.store.close();
});

test('own acknowledged writes are visible at once, though the feed is late', async () => {
  const world = await far();
  const map = world.store.map<number>('m', { near: WAIT });
  await map.get('a');
  world.hold(true);
  await map.set('a', 1);
  assert.equal(await map.get('a'), 1);
  await map.update('a', (value) => Number(value) + 1);
  assert.equal(await map.get('a'), 2);
  assert.equal(await map.add('a', 5), 7);
  assert.equal(await map.get('a'), 7);
  await map.delete('a');
  assert.equal(await map.get('a'), undefined);
  await map.set('b', 1);
  const lock = await map.lock('b');
  await lock.commit(9);
  assert.equal(await map.get('b'), 9);
  await world.store.atomic().set(map, 'c', 3).delete(map, 'b').commit();
  assert.deepEqual([await map.get('b'), await map.get('c')], [undefined, 3]);
  await map.clear();
  assert.equal(await map.get('c'), undefined);
  world.hold(false);
  await turns();
  assert.equal(await map.count(), 0);
  await world.store.close();
});

test('no key goes back: not behind an own write, not behind a fresh answer', async () => {
  const world = await far();
  const map = world.store.map<number>('m', { near: { maxStaleMs: 1e9, onStale: 'serve' } });
  const other = world.store.map<number>('m');
  await map.get('a');
  world.hold(true);
  await other.set('a', 1);
  await other.set('gone', 1);
  assert.equal(await map.get('a'), undefined, 'the copy is late');
  assert.equal(await map.get('a', { fresh: true }), 1);
  assert.equal(await map.get('a'), 1);
  await other.delete('a');
  assert.deepEqual(await map.getMany(['a', 'gone'], { fresh: true }), [undefined, 1]);
  assert.deepEqual([await map.get('a'), await map.get('gone')], [undefined, 1]);
  await map.set('a', 5);
  world.hold(false); // the feed tells of 1 and the delete, which are older
  const seen: (number | undefined)[] = [];
  for (let i = 0; i < 20; i++) {
    seen.push(await map.get('a'));
    await turn();
  }
  assert.deepEqual(new Set(seen), new Set([5]));
  await world.store.close();
});

test('minVersion: a copy that has not come so far is not asked', async () => {
  const world = await far();
  const map = world.store.map<number>('m', { near: { maxStaleMs: 1e9, onStale: 'serve' } });
  await map.get('a');
  world.hold(true);
  const { version } = await world.store.map<number>('m').set('a', 1);
  assert.equal(await map.get('a'), undefined);
  assert.equal(await map.get('a', { minVersion: version }), 1);
  assert.deepEqual(await map.getMany(['a'], { minVersion: version }), [1]);
  assert.deepEqual(await collect(map.values({ minVersion: version })), [1]);
  await world.store.close();
});

test("onStale 'serve' answers, 'fail' fails with UNAVAILABLE, 'wait' waits for what is new", async () => {
  const world = await far();
  const serve = world.store.map<number>('m', { near: { maxStaleMs: 1_000, onStale: 'serve' } });
  const fail = world.store.map<number>('m', { near: { maxStaleMs: 1_000, onStale: 'fail' } });
  const wait = world.store.map<number>('m', { near: WAIT });
  await serve.set('a', 1);
  for (const map of [serve, fail, wait]) assert.equal(await map.get('a'), 1);
  world.hold(true);
  await world.store.map<number>('m').set('a', 2);
  world.deaf = true;
  await world.clock.tick(1_001);
  assert.equal(await serve.get('a'), 1);
  await assert.rejects(fail.get('a'), { code: 'UNAVAILABLE' });
  world.deaf = false;
  let answered = false;
  const waiting = wait.get('a').then((value) => {
    answered = true;
    return value;
  });
  await turns();
  assert.equal(answered, false);
  world.hold(false);
  assert.equal(await waiting, 2);
  await turns();
  await world.clock.tick(400); // the copies look for themselves
  assert.equal(await fail.get('a'), 2);
  await world.store.close();
});

test('a wait for what is new ends with UNAVAILABLE', async () => {
  const world = await far();
  const map = world.store.map<number>('m', { near: { maxStaleMs: 0, onStale: 'wait' } });
  await map.set('a', 1);
  await map.get('a');
  world.hold(true);
  await world.store.map<number>('m').set('a', 2);
  const reading = map.get('a');
  const rejected = assert.rejects(reading, { code: 'UNAVAILABLE' });
  await turns();
  await world.clock.tick(10_000);
  await rejected;
  await assert.rejects(map.get('a', { deadlineMs: 0 }), { code: 'TIMEOUT' });
  await world.store.close();
});

test('only keys under the prefix are copied', async () => {
  const world = await far();
  const map = world.store.map<number>('m', { near: { ...WAIT, prefix: 'eu/' } });
  await world.store.map<number>('m').set('eu/a', 1);
  await world.store.map<number>('m').set('us/a', 2);
  await map.get('eu/a');
  assert.deepEqual(await requestsOf(world, () => map.get('eu/a')), []);
  assert.deepEqual(await requestsOf(world, async () => assert.equal(await map.get('us/a'), 2)), ['get']);
  assert.deepEqual(await requestsOf(world, () => map.getMany(['eu/a', 'us/a'])), ['getMany']);
  assert.deepEqual(await requestsOf(world, () => collect(map.keys({ prefix: 'eu/' }))), []);
  assert.deepEqual(await requestsOf(world, () => collect(map.keys())), ['page']);
  await world.store.close();
});

test('the prefix of a near copy is one of its keys, whatever they are', async () => {
  const world = await far();
  const keys = tupleKeys(textKeys, integerKeys);
  const map = world.store.map<number, readonly [string, number]>('m', {
    keys,
    near: { ...WAIT, prefix: ['eu'] },
  });
  await map.set(['eu', 1], 1);
  await map.set(['us', 1], 2);
  await map.get(['eu', 1]);
  assert.deepEqual(await requestsOf(world, async () => assert.equal(await map.get(['eu', 1]), 1)), []);
  assert.deepEqual(await requestsOf(world, async () => assert.equal(await map.get(['us', 1]), 2)), ['get']);
  const wrong = { keys, near: { ...WAIT, prefix: 'eu' as never } };
  assert.throws(() => world.store.map('other', wrong), {
    name: 'TypeError',
    message: /near\.prefix: .*array/,
  });
  await world.store.close();
});

test('more than maxEntries: opening is LIMIT; a copy that grows beyond it lets the store answer', async () => {
  const world = await far();
  const plain = world.store.map<number>('m');
  for (const key of ['a', 'b', 'c']) await plain.set(key, 1);
  const small = world.store.map<number>('m', { near: { ...WAIT, maxEntries: 2 } });
  await assert.rejects(small.get('a'), { code: 'LIMIT', message: /maxEntries, which is 2/ });
  await assert.rejects(small.count(), { code: 'LIMIT' });
  const fitting = world.store.map<number>('m', { near: { ...WAIT, maxEntries: 3 } });
  assert.equal(await fitting.count(), 3);
  await plain.set('d', 4);
  await turns();
  assert.equal(await fitting.get('d'), 4);
  assert.deepEqual(await requestsOf(world, () => fitting.get('a')), ['get']);
  await world.store.close();
});

test('after a restore nothing of the old history is served', async () => {
  const world = await far();
  const map = world.store.map<number>('m', { near: { maxStaleMs: 1e9, onStale: 'serve' } });
  await map.set('a', 1);
  const snapshot = new Uint8Array(await new Response(map.snapshot()).arrayBuffer());
  await map.set('a', 2);
  await map.set('b', 3);
  assert.equal(await map.count(), 2);
  await map.restore([snapshot], { mode: 'replace' });
  assert.deepEqual([await map.get('a'), await map.get('b')], [1, undefined]);
  await map.drop();
  assert.equal(await map.get('a'), undefined);
  await world.store.close();
});

test('a closed map answers CLOSED, and a fault of the feed is not for ever', async () => {
  const world = await far();
  const map = world.store.map<number>('m', { near: WAIT });
  await map.get('a');
  await map.close();
  await assert.rejects(map.get('a'), { code: 'CLOSED' });
  assert.throws(() => world.store.map('m', { near: { maxStaleMs: 0, onStale: 'fail' } }), RangeError);
  await world.store.close();
});
