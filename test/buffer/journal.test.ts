// Durable acceptance: what the store holds is what was accepted and not confirmed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from '../../src/index.ts';
import type { Store } from '../../src/index.ts';
import { openBuffer, openQueue } from '../../src/buffer/index.ts';
import type { BufferEntry, BufferOptions } from '../../src/buffer/index.ts';
import { asynchronous } from '../../src/conformance/asynchronous.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';

const never = (): Promise<void> => new Promise(() => undefined);

/** A buffer that is left as a crash leaves it: nothing of it goes on, its journal stays. */
async function crashed(
  store: Store,
  options: BufferOptions<number>,
  write: (buffer: Awaited<ReturnType<typeof openBuffer<number>>>) => Promise<void>,
): Promise<void> {
  const buffer = await openBuffer<number>({ store, partitions: 1, processor: never, ...options });
  await write(buffer);
  await buffer.close({ deadlineMs: 0 });
}

async function recovered(store: Store, options: BufferOptions<number> = {}): Promise<BufferEntry<number>[]> {
  const seen: BufferEntry<number>[] = [];
  const processor = (batch: readonly BufferEntry<number>[]): void => void seen.push(...batch);
  const buffer = await openBuffer<number>({ store, partitions: 1, processor, ...options });
  assert.deepEqual(await buffer.close(), []);
  return seen;
}

test('what was accepted and not confirmed comes again, in the order of each key, then no more', async () => {
  const store = await open('memory:');
  await crashed(store, {}, async (buffer) => {
    await buffer.setNewer('a', 1, 10);
    await buffer.set('b', 1, { partitionKey: 'p' });
    void buffer.flush().catch(() => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    await buffer.setNewer('a', 2, 20);
    await buffer.setNewer('a', 3, 30);
    await buffer.set('c', 1);
    await buffer.set('discarded', 1);
    await buffer.delete('discarded');
  });
  const seen = await recovered(store);
  assert.deepEqual(
    seen.map(({ key, value, stamp, updates, partitionKey }) => [key, value, stamp, updates, partitionKey]),
    [
      ['a', 1, 10, 0, undefined],
      ['b', 1, undefined, 0, 'p'],
      ['a', 3, 30, 1, undefined],
      ['c', 1, undefined, 0, undefined],
    ],
  );
  assert.deepEqual(await recovered(store), []);
  assert.equal(await store.map('buffer.buffer').count(), 0);
  await store.close();
});

test('merged values and held back ones survive', async () => {
  const store = await open('memory:');
  let fail = true;
  const merge = (old: number, next: number): number => old + next;
  const processor = (): void => {
    if (fail) throw new Error('down');
  };
  await crashed(store, { merge, processor, retry: { baseMs: 60_000, maxMs: 60_000 } }, async (buffer) => {
    for (let i = 0; i < 6; i++) {
      await buffer.set('a', 1);
      await buffer.set('a', 1);
      void buffer.flush().catch(() => undefined);
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual([buffer.stats().held, buffer.stats().coalesced], [1, 4]);
  });
  fail = false;
  const seen = await recovered(store, { merge });
  assert.deepEqual(
    seen.map(({ value }) => value),
    [2, 10],
  );
  await store.close();
});

test('numbers and big numbers are keys, and come back as they were', async () => {
  const store = await open('memory:');
  const first = await openBuffer<number, number | bigint>({ store, processor: never });
  await first.set(1, 1);
  await first.set(2n ** 70n, 2);
  await first.close({ deadlineMs: 0 });
  const keys: unknown[] = [];
  const second = await openBuffer<number, number | bigint>({
    store,
    processor: (batch) => void keys.push(...batch.map(({ key }) => key)),
  });
  await second.close();
  assert.deepEqual(new Set(keys), new Set([1, 2n ** 70n]));
  await store.close();
});

test('a value that cannot be stored is refused, and nothing is in the buffer', async () => {
  const store = await open('memory:');
  const buffer = await openBuffer<unknown>({ store, processor: () => undefined });
  await assert.rejects(
    buffer.set('a', () => 1),
    { code: 'CODEC' },
  );
  assert.equal(buffer.count(), 0);
  assert.throws(() => buffer.trySet('a', 1), { code: 'UNSUPPORTED' });
  await buffer.close();
  await store.close();
});

test('two buffers of a process do not share a journal, and a far store has none', async () => {
  const store = await open('memory:');
  const buffer = await openBuffer<number>({ store, processor: () => undefined });
  await assert.rejects(openBuffer<number>({ store, processor: () => undefined }), { code: 'IN_USE' });
  const other = await openBuffer<number>({ store, name: 'other', processor: () => undefined });
  await other.close();
  await buffer.close();
  const again = await openBuffer<number>({ store, processor: () => undefined });
  await again.close();
  await store.close();
  const far = await open(asynchronous(memoryEngine(), async () => undefined));
  await assert.rejects(openBuffer<number>({ store: far, processor: () => undefined }), {
    code: 'UNSUPPORTED',
  });
  await far.close();
});

test('a queue keeps its items and their order', async () => {
  const store = await open('memory:');
  const first = await openQueue<number>({ store, partitions: 1, processor: never });
  await first.pushMany([1, 1, 2]);
  await first.push(3, { partitionKey: 'p' });
  await first.close({ deadlineMs: 0 });
  const seen: number[] = [];
  const second = await openQueue<number>({
    store,
    partitions: 1,
    processor: (batch) => void seen.push(...batch),
  });
  await second.close();
  assert.deepEqual(
    seen.toSorted((a, b) => a - b),
    [1, 1, 2, 3],
  );
  assert.deepEqual(
    seen.filter((item) => item !== 3),
    [1, 1, 2],
  );
  await store.close();
});

test('a store that fails while a buffer closes does not keep back what was not delivered', async () => {
  const store = await open(memoryEngine());
  const buffer = await openBuffer<number>({ store, partitions: 1, processor: never });
  await buffer.set('a', 1);
  await store.close();
  const left = await buffer.close({ deadlineMs: 0 });
  assert.deepEqual(
    left.map(({ key, value }) => [key, value]),
    [['a', 1]],
  );
  assert.ok(buffer.stats().lastError instanceof Error);
});
