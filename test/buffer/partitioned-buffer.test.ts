// Everything PartitionedBuffer.Map and PartitionedBuffer.Queue have, under their names.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import diagnostics from 'node:diagnostics_channel';
import { availableParallelism } from 'node:os';
import { BUFFER_CHANNELS, openBuffer, openQueue } from '../../src/buffer/index.ts';
import type { BufferEntry } from '../../src/buffer/index.ts';
import { deferred } from '../../src/base/deferred.ts';
import { manualClock } from '../../src/conformance/manual-clock.ts';
import { collecting, turns } from './collect.ts';

test('start_link: without options there is a partition for each core, and it is ready at once', async () => {
  const partitions = new Set<number>();
  const buffer = await openBuffer<number>({
    processor: (_, { partition }) => void partitions.add(partition),
  });
  for (let i = 0; i < 1_000; i++) await buffer.set(`key-${i}`, i);
  await buffer.close();
  assert.equal(partitions.size, availableParallelism());
});

test('start options: no partition, no interval, unknown names are refused with the name in the message', async () => {
  const processor = (): void => undefined;
  await assert.rejects(
    openBuffer({ processor, partitions: 0 }),
    /partitions must be a whole number from 1 .*got 0/,
  );
  await assert.rejects(openBuffer({ processor, intervalMs: -1 }), /intervalMs must be from 0/);
  await assert.rejects(openBuffer({ processor, timeoutMs: 0 }), /timeoutMs must be from 1/);
  await assert.rejects(openBuffer({ processor, batchSize: 0 }), /batchSize must be a whole number from 1/);
  await assert.rejects(openBuffer({ processor, interval: 5 } as object), /unknown option "interval"/);
  await assert.rejects(openBuffer({ processor: 5 } as object), /processor must be a function, got 5/);
});

test('processing_interval_ms: what waits is handed on 5,000 ms after the first write, and not before', async () => {
  const { buffer, clock, seen } = await collecting();
  await clock.tick(60_000);
  await buffer.set('a', 1);
  await clock.tick(4_999);
  assert.deepEqual(seen(), []);
  await clock.tick(1);
  await turns();
  assert.deepEqual(seen(), ['a=1']);
  await buffer.close();
});

test('stop: what waits and what is under way is delivered first', async () => {
  const gate = deferred<void>();
  const self = await collecting();
  const { buffer, seen } = self;
  self.act = () => gate.promise;
  await buffer.set('in flight', 1);
  const flushed = buffer.flush();
  await turns();
  await buffer.set('new', 2);
  const closed = buffer.close();
  await turns();
  assert.deepEqual(seen(), ['in flight=1']);
  gate.resolve();
  await flushed;
  assert.deepEqual(await closed, []);
  assert.deepEqual(seen(), ['in flight=1', 'new=2']);
  await assert.rejects(buffer.set('late', 3), { code: 'CLOSED' });
  assert.deepEqual(await buffer.close(), [], 'closing again is no mistake');
});

test('put: the last write wins, and resets stamp and updates', async () => {
  const { buffer, calls } = await collecting();
  await buffer.setNewer('a', 1, 100);
  await buffer.setNewer('a', 2, 200);
  await buffer.set('a', 3);
  await buffer.flush();
  const { key, value, stamp, updates } = calls[0]?.batch[0] ?? {};
  assert.deepEqual({ key, value, stamp, updates }, { key: 'a', value: 3, stamp: undefined, updates: 0 });
  await buffer.close();
});

test('put_all: a map or a list of pairs', async () => {
  const { buffer, seen } = await collecting();
  await buffer.setMany(
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
  );
  await buffer.setMany([
    ['b', 3],
    ['c', 4],
  ]);
  await buffer.flush();
  assert.deepEqual(seen(), ['a=1', 'b=3', 'c=4']);
  await buffer.close();
});

test('put_newer: inserted when absent, applied above the stamp, ignored at it or below', async () => {
  const { buffer, calls } = await collecting<unknown>();
  assert.equal(await buffer.setNewer('a', 'first', 100), true);
  assert.equal(await buffer.setNewer('a', 'equal', 100), false);
  assert.equal(await buffer.setNewer('a', 'older', 99), false);
  assert.equal(await buffer.setNewer('a', 'newer', 101), true);
  assert.equal(await buffer.setNewer('a', 'above all numbers', 2n ** 63n - 1n), true);
  await buffer.flush();
  assert.equal(calls[0]?.batch[0]?.value, 'above all numbers');
  assert.equal(calls[0]?.batch[0]?.stamp, 2n ** 63n - 1n);
  assert.equal(calls[0]?.batch[0]?.updates, 2);
  await assert.rejects(buffer.setNewer('a', 1, 1.5), RangeError);
  await assert.rejects(buffer.setNewer('a', 1, 2n ** 63n), RangeError);
  await assert.rejects(buffer.setNewer('a', 1, '7' as never), TypeError);
  await buffer.close();
});

test('put_all_newer: what became of each, in order', async () => {
  const { buffer } = await collecting();
  await buffer.setNewer('b', 1, 50);
  assert.deepEqual(
    await buffer.setManyNewer([
      ['a', 1, 1],
      ['b', 2, 50],
      ['a', 2, 2],
    ]),
    [true, false, true],
  );
  assert.equal(buffer.get('a'), 2);
  assert.equal(buffer.get('b'), 1);
  await buffer.close();
});

test('get and size: the table being written, with a default', async () => {
  const { buffer } = await collecting();
  await buffer.set('a', 1);
  assert.equal(buffer.get('a'), 1);
  assert.equal(buffer.get('b'), undefined);
  assert.equal(buffer.get('b', 'fallback'), 'fallback');
  assert.equal(buffer.count(), 1);
  const flushed = buffer.flush();
  assert.equal(buffer.get('a'), undefined);
  assert.equal(buffer.count(), 0);
  await flushed;
  await buffer.close();
});

test('delete: takes back what waits, and nothing is sent', async () => {
  const { buffer, seen } = await collecting();
  await buffer.setMany([
    ['a', 1],
    ['b', 2],
  ]);
  assert.equal(await buffer.delete('a'), true);
  assert.equal(await buffer.delete('a'), false);
  await buffer.flush();
  assert.deepEqual(seen(), ['b=2']);
  assert.equal(await buffer.delete('b'), false);
  await buffer.close();
});

test('update_options: only what is named changes, for all partitions', async () => {
  const { buffer, clock, calls } = await collecting({ batchSize: 'table', timeoutMs: 70 });
  const entries = Array.from({ length: 30 }, (_, i) => [`k${i}`, i] as const);
  await buffer.setMany(entries);
  buffer.updateOptions({ intervalMs: 50 });
  await clock.tick(50);
  await turns();
  assert.deepEqual(
    calls.map(({ batch }) => batch.length),
    [30],
    'still whole tables',
  );
  buffer.updateOptions({ batchSize: 10 });
  await buffer.setMany(entries);
  await buffer.flush();
  assert.deepEqual(
    calls.slice(1).map(({ batch }) => batch.length),
    [10, 10, 10],
  );
  assert.throws(() => buffer.updateOptions({ batchSize: 5, intervalMs: -1 }), RangeError);
  assert.throws(() => buffer.updateOptions({ partitions: 2 } as object), /unknown option "partitions"/);
  await buffer.setMany(entries);
  await buffer.flush();
  assert.equal(calls.length, 7, 'a refused change changes nothing');
  await buffer.close();
});

test('processor: batches of a partition one after the other, up to the batch size', async () => {
  const sizes: number[] = [];
  let running = 0;
  const buffer = await openBuffer<number>({
    partitions: 1,
    batchSize: 10,
    processor: async (batch) => {
      assert.equal(++running, 1);
      await turns(1);
      sizes.push(batch.length);
      running--;
    },
  });
  for (let i = 0; i < 25; i++) await buffer.set(`k${i}`, i);
  await buffer.close();
  assert.deepEqual(sizes, [10, 10, 5]);
});

test('processor: partitions side by side, as many as concurrency says', async () => {
  for (const concurrency of [4, 2]) {
    let running = 0;
    let most = 0;
    const buffer = await openBuffer<number>({
      partitions: 4,
      concurrency,
      batchSize: 5,
      processor: async () => {
        most = Math.max(most, ++running);
        await turns(2);
        running--;
      },
    });
    for (let i = 0; i < 200; i++) await buffer.set(`k${i}`, i);
    await buffer.close();
    assert.equal(most, concurrency);
  }
});

test('batch size table: a partition gets all of a table as one batch', async () => {
  const { buffer, calls } = await collecting({ batchSize: 'table' });
  for (let i = 0; i < 10_000; i++) await buffer.set(`k${i}`, i);
  await buffer.flush();
  assert.deepEqual(
    calls.map(({ batch }) => batch.length),
    [10_000],
  );
  await buffer.close();
});

test('partition_key: a function of the key or a constant, and part of the identity', async () => {
  const seen = new Map<string, number>();
  const buffer = await openBuffer<number>({
    partitions: 8,
    processor: (batch, { partition }) => {
      for (const { key, partitionKey } of batch) seen.set(`${partitionKey}/${key}`, partition);
    },
  });
  for (let i = 0; i < 100; i++) await buffer.set(`user:${i}`, i, { partitionKey: 'same' });
  for (let i = 0; i < 100; i++) await buffer.set(`user:${i}`, i, { partitionKey: (key) => key.slice(0, 4) });
  await buffer.set('user:0', -1);
  assert.equal(buffer.get('user:0', undefined, { partitionKey: 'same' }), 0);
  assert.equal(buffer.get('user:0'), -1);
  assert.equal(await buffer.delete('user:1', { partitionKey: 'same' }), true);
  assert.equal(buffer.count(), 200);
  await buffer.close();
  assert.equal(seen.size, 200);
  const of = (prefix: string): number[] => [...seen].flatMap(([id, n]) => (id.startsWith(prefix) ? [n] : []));
  assert.equal(new Set(of('same/')).size, 1);
  assert.equal(new Set(of('user/')).size, 1);
  await assert.rejects(
    openBuffer<number>({}).then((b) => b.set('a', 1, { partitionKey: (() => ({})) as never })),
    TypeError,
  );
});

test('routing: a key goes to the same partition each time, and keys are spread', async () => {
  const where = new Map<string, Set<number>>();
  const buffer = await openBuffer<number>({
    partitions: 4,
    processor: (batch, { partition }) => {
      for (const { key } of batch) where.set(key, (where.get(key) ?? new Set()).add(partition));
    },
  });
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 1_000; i++) await buffer.set(`key-${i}`, round);
    await buffer.flush();
  }
  await buffer.close();
  const shares = [0, 0, 0, 0];
  for (const partitions of where.values()) {
    assert.equal(partitions.size, 1);
    for (const partition of partitions) shares[partition] = (shares[partition] ?? 0) + 1;
  }
  for (const share of shares) assert.ok(share > 200, String(shares));
});

test('telemetry: start, stop, processing start, processing stop, and the entries concerned of a failure', async () => {
  const messages: [string, Record<string, unknown>][] = [];
  const listen = (message: unknown, name: string | symbol): void => {
    messages.push([String(name), message as Record<string, unknown>]);
  };
  for (const name of Object.values(BUFFER_CHANNELS)) diagnostics.subscribe(name, listen);
  try {
    const { buffer } = await collecting({ name: 'seen' });
    await buffer.set('a', 1);
    await buffer.flush();
    await buffer.close();
    const failing = await openBuffer<number>({
      name: 'failing',
      clock: manualClock(),
      partitions: 1,
      retry: { attempts: 1 },
      processor: () => {
        throw new Error('no');
      },
      onDeadLetter: () => undefined,
    });
    await failing.set('a', 1);
    await failing.close();
  } finally {
    for (const name of Object.values(BUFFER_CHANNELS)) diagnostics.unsubscribe(name, listen);
  }
  const of = (buffer: string): string[] =>
    messages
      .filter(([, message]) => message['buffer'] === buffer)
      .map(([name]) => name.slice('samemap:buffer:'.length));
  assert.deepEqual(of('seen'), ['start', 'flush:start', 'flush:stop', 'stop']);
  assert.deepEqual(of('failing'), ['start', 'flush:start', 'flush:stop', 'failure', 'dead-letter', 'stop']);
  const failure = messages.find(([name]) => name === BUFFER_CHANNELS.failure)?.[1];
  assert.equal(failure?.['partition'], 0);
  assert.deepEqual(
    ((failure?.['entries'] ?? []) as BufferEntry<number>[]).map(({ key }) => key),
    ['a'],
  );
  const stop = messages.find(([name]) => name === BUFFER_CHANNELS.flushStop)?.[1];
  assert.deepEqual([stop?.['size'], stop?.['durationMs'], stop?.['failed']], [1, 0, 0]);
});

test('Queue: every item, in order within a partition, one or several at once', async () => {
  const batches: number[][] = [];
  const queue = await openQueue<number>({
    partitions: 1,
    batchSize: 4,
    processor: (batch) => void batches.push([...batch]),
  });
  await queue.push(1);
  await queue.pushMany([2, 2, 3]);
  await queue.push(4);
  assert.equal(queue.count(), 5);
  await queue.close();
  assert.deepEqual(batches, [[1, 2, 2, 3], [4]]);
});

test('Queue: items without a partition key go to each partition in turn, those with one stay in order', async () => {
  const got = new Map<number, string[]>();
  const queue = await openQueue<string>({
    partitions: 3,
    processor: (batch, { partition }) => void got.set(partition, [...(got.get(partition) ?? []), ...batch]),
  });
  for (let i = 0; i < 9; i++) await queue.push(`free-${i}`);
  for (let i = 0; i < 20; i++) await queue.push(`ada-${i}`, { partitionKey: (item) => item.slice(0, 3) });
  await queue.close();
  const all = [...got.values()];
  assert.deepEqual(
    all.map((items) => items.filter((item) => item.startsWith('free')).length),
    [3, 3, 3],
  );
  const ada = all.filter((items) => items.some((item) => item.startsWith('ada')));
  assert.deepEqual(
    ada.map((items) => items.filter((item) => item.startsWith('ada'))),
    [Array.from({ length: 20 }, (_, i) => `ada-${i}`)],
  );
});
