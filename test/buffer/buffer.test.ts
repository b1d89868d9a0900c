// The words of the buffer that its forerunner does not have.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from '../../src/index.ts';
import { openBuffer, openQueue, toMap } from '../../src/buffer/index.ts';
import { far } from '../map/remote-fixture.ts';
import { openWriteBuffer } from '../../src/buffer/open-buffer.ts';
import { deferred } from '../../src/base/deferred.ts';
import { manualClock } from '../../src/conformance/manual-clock.ts';
import { collecting, failingOn, turns } from './collect.ts';

test('an entry is a plain object with the fields of an entry and no others', async () => {
  const { buffer, calls } = await collecting();
  await buffer.setNewer('a', 1, 7, { partitionKey: 'p' });
  await buffer.close();
  const fields = {
    key: 'a',
    value: 1,
    stamp: 7,
    updates: 0,
    deleted: false,
    afterDelete: false,
    partitionKey: 'p',
  };
  assert.deepStrictEqual(calls[0]?.batch, [fields]);
});

test('merge: what waits adds up, what was handed on begins anew', async () => {
  const { buffer, seen, calls } = await collecting({ merge: (old, next) => old + next });
  for (let i = 1; i <= 4; i++) await buffer.set('a', i);
  await buffer.flush();
  await buffer.set('a', 5);
  await buffer.close();
  assert.deepEqual(seen(), ['a=10', 'a=5']);
  assert.equal(calls[0]?.batch[0]?.updates, 3);
});

test('merge that throws or gives nothing refuses the write and changes nothing', async () => {
  for (const merge of [() => undefined as never, failMerge]) {
    const { buffer } = await collecting<number>({ merge });
    await buffer.set('a', 1);
    await assert.rejects(buffer.set('a', 2), /merge/);
    assert.equal(buffer.get('a'), 1);
    await buffer.close();
  }
});

function failMerge(): never {
  throw new Error('merge says no');
}

test('merge after a delete begins anew, and the entry says so', async () => {
  const { buffer, calls } = await collecting<number, 'deliver'>({
    merge: (old, next) => old + next,
    deletes: 'deliver',
  });
  await buffer.set('a', 1);
  await buffer.delete('a');
  await buffer.set('a', 10);
  await buffer.set('a', 20);
  await buffer.close();
  assert.deepEqual(
    calls[0]?.batch.map(({ value, afterDelete }) => [value, afterDelete]),
    [[30, true]],
  );
});

test('a stamped delete is newer-wins, and its tombstone remembers the stamp', async () => {
  const { buffer, seen } = await collecting<number, 'deliver'>({ deletes: 'deliver' });
  await buffer.setNewer('a', 1, 10);
  assert.equal(await buffer.delete('a', { stamp: 9 }), false);
  assert.equal(await buffer.delete('a', { stamp: 11 }), true);
  await buffer.flush();
  assert.equal(await buffer.setNewer('a', 2, 11), false);
  assert.equal(await buffer.setNewer('a', 3, 12), true);
  await buffer.close();
  assert.deepEqual(seen(), ['-a', 'a=3']);
  const discarding = await collecting();
  await assert.rejects(discarding.buffer.delete('a', { stamp: 1 }), /deletes: 'deliver'/);
  await discarding.buffer.close();
});

test('stamps are remembered for their time, and at least as many as were said', async () => {
  const { buffer, clock } = await collecting({ stampMs: 1_000, stampLimit: 3 });
  await buffer.setNewer('a', 1, 100);
  await buffer.flush();
  await clock.tick(999);
  assert.equal(await buffer.setNewer('a', 1, 99), false);
  await clock.tick(2_000);
  await buffer.setNewer('other', 1, 1);
  await buffer.flush();
  assert.equal(await buffer.setNewer('a', 1, 99), true, 'after twice its time it is forgotten');
  for (const key of ['b', 'c', 'd']) await buffer.setNewer(key, 1, 100);
  await buffer.flush();
  for (const key of ['b', 'c', 'd']) assert.equal(await buffer.setNewer(key, 1, 99), false, key);
  assert.ok(buffer.stats().stamps <= 6);
  await buffer.close();
});

test('bytes are bounded by what sizeOf says', async () => {
  const options = { maxBytes: 10, sizeOf: (value: string) => value.length, onFull: 'reject' as const };
  const { buffer } = await collecting<string>(options);
  await buffer.set('a', '123456');
  await assert.rejects(buffer.set('b', '12345'), { code: 'FULL' });
  await buffer.flush();
  assert.equal(buffer.stats().bytes, 0);
  await buffer.set('a', '1234567890');
  await buffer.set('a', '1');
  assert.equal(buffer.stats().bytes, 1);
  await buffer.set('b', '123456789');
  await assert.rejects(buffer.set('c', '12345678901'), { code: 'LIMIT' });
  await assert.rejects(openBuffer<string>({ maxBytes: 10 }), /maxBytes needs sizeOf/);
  await buffer.close();
});

test('all of setMany or nothing, where a full buffer refuses', async () => {
  const { buffer } = await collecting({ maxEntries: 3, onFull: 'reject' });
  await buffer.set('a', 0);
  await assert.rejects(
    buffer.setMany([
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['d', 4],
    ]),
    { code: 'FULL' },
  );
  await buffer.flush();
  assert.equal(buffer.stats().delivered, 1);
  await buffer.close();
});

test('a wait for room can be aborted or run out, and then nothing was written', async () => {
  const self = await collecting({ maxEntries: 1 });
  const gate = deferred<void>();
  self.act = () => gate.promise;
  await self.buffer.set('a', 1);
  const controller = new AbortController();
  const aborted = assert.rejects(self.buffer.set('b', 1, { signal: controller.signal }), {
    message: 'enough',
  });
  const late = assert.rejects(self.buffer.set('c', 1, { deadlineMs: 50 }), { code: 'TIMEOUT' });
  const last = self.buffer.set('d', 1);
  await turns();
  controller.abort(new Error('enough'));
  await self.clock.tick(50);
  await Promise.all([aborted, late]);
  gate.resolve();
  await self.buffer.flush();
  await last;
  await self.buffer.close();
  assert.deepEqual(self.seen(), ['a=1', 'd=1']);
});

test('flushed: resolves at the outcome of that key, wherever it is, and sends nothing on', async () => {
  const self = await collecting({ batchSize: 1, retry: { attempts: Infinity } });
  const order: string[] = [];
  self.act = failingOn('never');
  await self.buffer.setMany([
    ['never', 0],
    ['a', 1],
  ]);
  const first = self.buffer.flushed('a').then(() => order.push('first'));
  await turns();
  assert.deepEqual(self.seen(), []);
  void self.buffer.flush().catch(() => undefined);
  await first;
  await self.buffer.flushed('unknown');
  const gate = deferred<void>();
  self.act = () => gate.promise;
  await self.buffer.set('b', 1);
  void self.buffer.flush().catch(() => undefined);
  await turns();
  const inFlight = self.buffer.flushed('b').then(() => order.push('in flight'));
  await turns();
  assert.deepEqual(order, ['first']);
  gate.resolve();
  await inFlight;
  self.act = failingOn('never');
  const closed = self.buffer.close({ deadlineMs: 0 });
  await self.clock.tick(0);
  assert.deepEqual(
    (await closed).map(({ key }) => key),
    ['never'],
  );
});

test('close with a deadline: the signal aborts, and what was not delivered comes back in order', async () => {
  const self = await collecting({ batchSize: 2 });
  let signal: AbortSignal | undefined;
  self.act = ({ context }) => {
    ({ signal } = context);
    return new Promise(() => undefined);
  };
  await self.buffer.setMany([
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ]);
  const flushed = assert.rejects(self.buffer.flush(), { code: 'CLOSED' });
  await turns();
  await self.buffer.set('d', 4);
  const closed = self.buffer.close({ deadlineMs: 1_000 });
  await assert.rejects(self.buffer.set('e', 5), { code: 'CLOSED' });
  await self.clock.tick(1_000);
  const left = await closed;
  await flushed;
  assert.deepEqual(
    left.map(({ key }) => key),
    ['a', 'b', 'c', 'd'],
  );
  assert.equal(signal?.aborted, true);
  assert.deepEqual([self.buffer.stats().lost, self.buffer.stats().returned, self.clock.pending], [0, 4, 0]);
});

test('await using closes it', async () => {
  const { buffer, seen } = await collecting();
  await buffer.set('a', 1);
  await buffer[Symbol.asyncDispose]();
  assert.deepEqual(seen(), ['a=1']);
});

test('batches: the pull side confirms, names failures, fails, or lets the time run out', async () => {
  const clock = manualClock();
  const options = { clock, partitions: 1, batchSize: 2, timeoutMs: 100, retry: { baseMs: 10 } };
  const buffer = await openWriteBuffer<number, string, 'discard'>(options, { random: () => 1 });
  await buffer.setMany([
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ]);
  const flushed = buffer.flush();
  const reader = buffer.batches();
  const keys = async (): Promise<{ batch: Awaited<ReturnType<typeof take>>; keys: string }> => {
    const batch = await take();
    return { batch, keys: batch.entries.map(({ key }) => key).join('') };
  };
  const take = async () => {
    const { value, done } = await reader.next();
    assert.equal(done, false);
    return value;
  };
  const first = await keys();
  assert.equal(first.keys, 'ab');
  assert.equal(first.batch.ack({ failures: [{ index: 0, error: new Error('not a') }] }), true);
  assert.equal(first.batch.ack(), false, 'once');
  const second = await keys();
  assert.equal(second.keys, 'c');
  assert.equal(second.batch.fail(new Error('no')), true);
  const pending = keys();
  await clock.tick(10);
  const third = await pending;
  assert.deepEqual([third.keys, third.batch.attempt], ['a', 2]);
  await clock.tick(100);
  assert.equal(third.batch.signal.aborted, true);
  assert.equal(third.batch.ack(), false, 'too late');
  for (const rest of [keys(), keys()]) {
    await clock.tick(50);
    (await rest).batch.ack();
  }
  await flushed;
  assert.equal(buffer.stats().delivered, 3);
  const last = reader.next();
  await buffer.close();
  assert.equal((await last).done, true);
});

test('batches: a reader that leaves repeats what it has not confirmed', async () => {
  const clock = manualClock();
  const buffer = await openBuffer<number>({ clock, partitions: 1, retry: { baseMs: 10 } });
  await buffer.set('a', 1);
  const flushed = buffer.flush();
  for await (const batch of buffer.batches()) {
    assert.equal(batch.attempt, 1);
    break;
  }
  await clock.tick(100);
  for await (const batch of buffer.batches()) {
    assert.equal(batch.attempt, 2);
    batch.ack();
    break;
  }
  await flushed;
  await buffer.close();
  const pushing = await openBuffer<number>({ processor: () => undefined });
  assert.throws(() => pushing.batches(), /has a processor/);
  await pushing.close();
});

test('toMap: newer-wins reaches the map, deletes too, and what the map has from elsewhere stays', async () => {
  const store = await open('memory:');
  const map = store.map<number>('m');
  await map.set('a', 100, { ifNewer: 100 });
  await map.set('d', 4);
  await map.set('e', 5, { ifNewer: 5 });
  const buffer = await openBuffer<number, string, 'deliver'>({ processor: toMap(map), deletes: 'deliver' });
  await buffer.setManyNewer([
    ['a', 1, 99],
    ['b', 2, 1],
  ]);
  await buffer.set('c', 3);
  await buffer.delete('d');
  await buffer.delete('e', { stamp: 6 });
  assert.deepEqual(await buffer.close(), []);
  assert.deepEqual(await map.getMany(['a', 'b', 'c', 'd', 'e']), [100, 2, 3, undefined, undefined]);
  assert.equal((await map.set('e', 1, { ifNewer: 6 })).ok, false, 'the tombstone has the stamp');
  await store.close();
});

test('toMap: a batch for a map that is far goes in a few requests, also when it is repeated', async () => {
  const { store, requests } = await far();
  const map = store.map<number>('m');
  await map.set('k5', 100, { ifNewer: 100 });
  const buffer = await openBuffer<number>({ processor: toMap(map), batchSize: 1_000, partitions: 1 });
  const rows = Array.from({ length: 1_000 }, (_, i) => `k${i}`);
  requests.length = 0;
  await buffer.setManyNewer(rows.map((key) => [key, 7, 7] as const));
  await buffer.flush();
  assert.ok(requests.length <= 20, `${requests.length} requests`);
  assert.ok(requests.every((word) => word === 'commit'));
  requests.length = 0;
  await buffer.setMany(rows.map((key) => [key, 8] as const));
  assert.deepEqual(await buffer.close(), []);
  assert.ok(requests.length <= 16, `${requests.length} requests`);
  assert.deepEqual(new Set(await map.getMany(rows)), new Set([8]));
  await store.close();
});

test('toMap: deletes for a map that is far share requests, too, those with a stamp newer-wins', async () => {
  const { store, requests } = await far();
  const map = store.map<number>('m');
  const rows = Array.from({ length: 400 }, (_, i) => `k${i}`);
  await map.setMany(rows.map((key, i) => [key, i, { ifNewer: i === 7 ? 100 : 1 }] as const));
  const buffer = await openBuffer<number, string, 'deliver'>({
    processor: toMap(map),
    deletes: 'deliver',
    batchSize: 1_000,
    partitions: 1,
  });
  requests.length = 0;
  for (const [i, key] of rows.entries()) await buffer.delete(key, i % 2 === 0 ? {} : { stamp: 50 });
  await buffer.delete('absent');
  assert.deepEqual(await buffer.close(), []);
  assert.ok(requests.length <= 12, `${requests.length} requests: ${requests.join(' ')}`);
  const left: string[] = [];
  for await (const key of map.keys()) left.push(key);
  assert.deepEqual(left, ['k7'], 'it has a newer stamp');
  assert.equal((await map.set('k9', 1, { ifNewer: 50 })).ok, false, 'the tombstone has the stamp');
  assert.equal((await map.set('k8', 1, { ifNewer: 1 })).ok, true, 'a plain delete leaves none');
  await store.close();
});

test('stats: every change is in exactly one place', async () => {
  const self = await collecting({ batchSize: 2 });
  const gate = deferred<void>();
  self.act = () => gate.promise;
  await self.buffer.setMany([
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ]);
  const flushed = self.buffer.flush();
  await turns();
  await self.buffer.set('d', 4);
  await self.clock.tick(30);
  const { writing, queued, inFlight, entries, oldestMs, lost } = self.buffer.stats();
  assert.deepEqual(
    { writing, queued, inFlight, entries, oldestMs, lost },
    { writing: 1, queued: 1, inFlight: 2, entries: 4, oldestMs: 30, lost: 0 },
  );
  gate.resolve();
  await flushed;
  await self.buffer.close();
  assert.equal(self.buffer.stats().oldestMs, 0);
});

test('nothing is left behind by a buffer that was closed: no timer, no entry', async () => {
  const { buffer, clock } = await collecting();
  for (let i = 0; i < 100; i++) await buffer.set(`k${i % 10}`, i);
  await buffer.close();
  assert.deepEqual([clock.pending, buffer.stats().entries], [0, 0]);
});

test('a queue is bounded and drained like a buffer', async () => {
  const queue = await openQueue<string>({
    partitions: 1,
    maxEntries: 2,
    maxBytes: 5,
    sizeOf: (item) => item.length,
    onFull: 'reject',
    processor: () => undefined,
  });
  assert.equal(queue.tryPush('12'), true);
  assert.equal(queue.tryPush('1234'), false);
  await queue.flush();
  await queue.pushMany(['1', '2']);
  await assert.rejects(queue.push('3'), { code: 'FULL' });
  await assert.rejects(queue.push('123456'), { code: 'LIMIT' });
  await assert.rejects(queue.push(undefined as never), TypeError);
  assert.deepEqual(await queue.close(), []);
  await assert.rejects(queue.push('late'), { code: 'CLOSED' });
});

test('functions of the caller that use the buffer themselves lose nothing', async () => {
  const seen: (readonly [string, number])[] = [];
  let inside: (() => void) | undefined;
  const once = (): void => {
    const run = inside;
    inside = undefined;
    run?.();
  };
  const buffer = await openBuffer<number>({
    partitions: 1,
    processor: (batch) => void seen.push(...batch.map(({ key, value }) => [key, value] as const)),
    merge: (old, next) => (once(), old + next),
    sizeOf: () => (once(), 1),
  });
  inside = () => void buffer.set('a', 1);
  await buffer.set('a', 10);
  assert.deepEqual([buffer.get('a'), buffer.stats().entries], [11, 1]);
  inside = () => void buffer.set('a', 50);
  await buffer.set('a', 1);
  assert.equal(buffer.get('a'), 62);
  // The table goes while the write looks at what waits in it.
  inside = () => void buffer.flush();
  await buffer.set('a', 100);
  await buffer.flush();
  assert.deepEqual(seen, [
    ['a', 62],
    ['a', 100],
  ]);
  let closed: Promise<unknown> | undefined;
  inside = () => void (closed = buffer.close());
  await assert.rejects(buffer.set('b', 1), { code: 'CLOSED' });
  await closed;
  assert.deepEqual([buffer.stats().entries, seen.length], [0, 2]);
});

test('setMany: writes are independent, and a fault of one leaves no promise of another unheard', async () => {
  const buffer = await openBuffer<number>({
    processor: () => undefined,
    sizeOf: (value) => value,
    maxBytes: 10,
  });
  await assert.rejects(
    buffer.setMany([
      ['a', 1],
      ['b', 11],
      ['c', 2],
    ]),
    { code: 'LIMIT' },
  );
  assert.deepEqual([buffer.get('a'), buffer.get('b'), buffer.get('c')], [1, undefined, 2]);
  await buffer.close();
});
