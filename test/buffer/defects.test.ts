// What goes wrong in PartitionedBuffer, and does not here: one test for each.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import diagnostics from 'node:diagnostics_channel';
import { BUFFER_CHANNELS, openBuffer } from '../../src/buffer/index.ts';
import type { BufferEntry } from '../../src/buffer/index.ts';
import { deferred } from '../../src/base/deferred.ts';
import { manualClock } from '../../src/conformance/manual-clock.ts';
import { collecting, failingOn, turns } from './collect.ts';

const letters = (count: number): [string, number][] =>
  Array.from({ length: count }, (_, i) => [String.fromCodePoint(97 + i), i]);

test('a processor that throws costs its own batch an attempt, and no other batch anything', async () => {
  const self = await collecting({ batchSize: 2 });
  let thrown = 0;
  self.act = () => {
    if (thrown++ === 0) throw new Error('once');
  };
  await self.buffer.setMany(letters(10));
  const flushed = self.buffer.flush();
  await self.clock.tick(100);
  await flushed;
  assert.deepEqual(
    self.seen().toSorted(),
    [...letters(10), ...letters(2)].map(([k, v]) => `${k}=${v}`).toSorted(),
  );
  assert.equal(self.buffer.stats().unconfirmed, 2);
  await self.buffer.close();
});

test('a processor that throws while closing: what is left comes back to the caller', async () => {
  const self = await collecting({ batchSize: 2, retry: { attempts: 1 } });
  self.act = failingOn('c');
  await self.buffer.setMany(letters(4));
  const left = await self.buffer.close();
  assert.deepEqual(
    left.map(({ key, value }) => [key, value]),
    [['c', 2]],
  );
});

test('closing takes as long as delivering takes', async () => {
  const gate = deferred<void>();
  const self = await collecting({ timeoutMs: 60_000 });
  self.act = () => gate.promise;
  await self.buffer.set('a', 1);
  const closed = self.buffer.close();
  await self.clock.tick(59_999);
  gate.resolve();
  assert.deepEqual(await closed, []);
});

test('a processor that hangs is timed out, its signal aborts, and the partition goes on', async () => {
  const self = await collecting({ timeoutMs: 100 });
  let signal: AbortSignal | undefined;
  self.act = ({ context }) => {
    if (context.attempt > 1) return undefined;
    ({ signal } = context);
    return new Promise(() => undefined);
  };
  await self.buffer.set('a', 1);
  const flushed = self.buffer.flush();
  await turns();
  await self.clock.tick(99);
  assert.equal(signal?.aborted, false);
  await self.clock.tick(1);
  assert.equal(signal?.aborted, true);
  assert.equal(signal?.reason.code, 'TIMEOUT');
  await self.clock.tick(100);
  await flushed;
  assert.deepEqual(self.seen(), ['a=1', 'a=1']);
  await self.buffer.close();
});

test('memory is bounded: there is a most, and writes beyond it wait or are refused', async () => {
  const waiting = await collecting({ maxEntries: 2 });
  const gate = deferred<void>();
  waiting.act = () => gate.promise;
  let accepted = 0;
  const writes = letters(5).map(([key, value]) => waiting.buffer.set(key, value).then(() => accepted++));
  await turns();
  assert.equal(accepted, 2);
  assert.deepEqual([waiting.buffer.stats().entries, waiting.buffer.stats().waiting], [2, 3]);
  gate.resolve();
  await waiting.buffer.flush();
  await Promise.all(writes);
  await waiting.buffer.close();
  const refusing = await collecting({ maxEntries: 2, onFull: 'reject' });
  await refusing.buffer.setMany(letters(2));
  await assert.rejects(refusing.buffer.set('z', 1), { code: 'FULL' });
  await refusing.buffer.close();
});

test('changing one option leaves the others alone', async () => {
  const { buffer, calls } = await collecting({ batchSize: 'table' });
  buffer.updateOptions({ intervalMs: 100 });
  await buffer.setMany(letters(20));
  await buffer.flush();
  assert.equal(calls.length, 1);
  await buffer.close();
});

test('newer-wins holds over flushes', async () => {
  const { buffer, seen } = await collecting();
  assert.equal(await buffer.setNewer('a', 200, 200), true);
  const flushed = buffer.flush();
  assert.equal(await buffer.setNewer('a', 100, 100), false, 'frozen, not yet spread');
  await flushed;
  assert.equal(await buffer.setNewer('a', 100, 100), false, 'delivered');
  assert.equal(await buffer.setNewer('a', 300, 300), true);
  await buffer.close();
  assert.deepEqual(seen(), ['a=200', 'a=300']);
});

test('a plain write has no stamp, so that any stamp beats it, negative ones too', async () => {
  const { buffer } = await collecting();
  await buffer.set('a', 1);
  assert.equal(await buffer.setNewer('a', 2, -576_460_751_000_000n), true);
  await buffer.flush();
  await buffer.set('a', 3);
  await buffer.flush();
  assert.equal(await buffer.setNewer('a', 4, -576_460_752_000_000n), true, 'a plain write cleared the stamp');
  await buffer.close();
});

test('what is under way can be read, and a delete follows it', async () => {
  const self = await collecting<number, 'deliver'>({ reads: 'all', deletes: 'deliver' });
  const gate = deferred<void>();
  self.act = () => gate.promise;
  await self.buffer.set('a', 1);
  const flushed = self.buffer.flush();
  await turns();
  assert.equal(self.buffer.get('a'), 1, 'in flight');
  assert.equal(self.buffer.count(), 1);
  assert.equal(await self.buffer.delete('a'), true);
  assert.equal(self.buffer.get('a'), undefined);
  gate.resolve();
  await flushed;
  assert.equal(self.buffer.get('a'), undefined);
  await self.buffer.flush();
  assert.deepEqual(self.seen(), ['a=1', '-a']);
  assert.equal(self.buffer.count(), 0);
  await self.buffer.delete('never seen');
  await self.buffer.close();
  assert.deepEqual(self.seen(), ['a=1', '-a', '-never seen']);
});

test('any value and any key text is taken as it is', async () => {
  const values: unknown[] = [Symbol.for('$1'), { $1: 1 }, null, ['_', 1], () => 1, '$1', NaN];
  const keys = ['$1', '_', '__proto__', '', '\ud800', '{a: 1}'];
  const { buffer, calls } = await collecting<unknown>();
  for (const key of keys) for (const [i, value] of values.entries()) await buffer.setNewer(key, value, i);
  await buffer.flush();
  assert.deepEqual(
    calls[0]?.batch.map(({ key }) => key),
    keys,
  );
  assert.ok(
    calls[0]?.batch.every(({ value, updates }) => Number.isNaN(value) && updates === values.length - 1),
  );
  await buffer.close();
});

test('one bad entry among many: nothing is written', async () => {
  const { buffer } = await collecting();
  await assert.rejects(
    buffer.setManyNewer([
      ['a', 1, 1],
      ['b', 2, 0.5],
      ['c', 3, 3],
    ]),
    RangeError,
  );
  await assert.rejects(
    buffer.setMany([
      ['a', 1],
      ['b', undefined as never],
    ]),
    TypeError,
  );
  await assert.rejects(
    buffer.setMany([
      ['a', 1],
      [{} as never, 1],
    ]),
    TypeError,
  );
  await assert.rejects(buffer.setMany([['a', 1], 'b=2' as never]), /entry 1 must be an array of 2/);
  assert.equal(buffer.count(), 0);
  await buffer.close();
});

test('a partition key function gets the key', async () => {
  const { buffer } = await collecting();
  const given: unknown[] = [];
  await buffer.set('user:1', 1, { partitionKey: (key) => (given.push(key), key) });
  assert.deepEqual(given, ['user:1']);
  await buffer.close();
});

test('a partition that fails keeps its keys and its entries', async () => {
  const partitions = new Map<string, Set<number>>();
  const clock = manualClock();
  let failures = 3;
  const buffer = await openBuffer<number>({
    clock,
    partitions: 2,
    processor: (batch, { partition }) => {
      for (const { key } of batch) partitions.set(key, (partitions.get(key) ?? new Set()).add(partition));
      if (partition === 0 && failures-- > 0) throw new Error('killed');
    },
  });
  for (let i = 0; i < 20; i++) await buffer.set(`k${i}`, i);
  const flushed = buffer.flush();
  await clock.tick(10_000);
  await flushed;
  assert.equal(partitions.size, 20);
  for (const where of partitions.values()) assert.equal(where.size, 1);
  assert.equal(buffer.stats().delivered, 20);
  await buffer.close();
});

test('a write says what became of it', async () => {
  const { buffer } = await collecting({ maxEntries: 2 });
  assert.equal(await buffer.setNewer('a', 1, 2), true);
  assert.equal(await buffer.setNewer('a', 1, 1), false);
  assert.equal(buffer.trySet('b', 1), true);
  assert.equal(buffer.trySet('b', 2), true, 'needs no room');
  assert.equal(buffer.trySet('c', 1), false, 'full');
  await buffer.close();
});

test('a failure carries the entries concerned, so that a listener can recover or count', async () => {
  const seen: BufferEntry<number>[][] = [];
  const listen = (message: unknown): void => {
    seen.push([...(message as { entries: BufferEntry<number>[] }).entries]);
  };
  diagnostics.subscribe(BUFFER_CHANNELS.failure, listen);
  const self = await collecting({ retry: { attempts: 1 } });
  self.act = () => ({ failures: [{ index: 1, error: new Error('no') }] });
  await self.buffer.setMany(letters(3));
  await self.buffer.close();
  diagnostics.unsubscribe(BUFFER_CHANNELS.failure, listen);
  assert.deepEqual(
    seen[0]?.map(({ key, value }) => [key, value]),
    [['b', 1]],
  );
});
