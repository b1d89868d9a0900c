import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred } from '../../src/base/deferred.ts';
import { KeyQueue } from '../../src/map/key-queue.ts';

test('a key queue: work of one key runs one after the other, also after a failure', async () => {
  const queue = new KeyQueue();
  const order: string[] = [];
  const first = deferred<void>();
  const failing = queue.run('a', async () => {
    order.push('first begins');
    await first.promise;
    order.push('first fails');
    throw new Error('no');
  });
  const second = queue.run('a', async () => {
    order.push('second');
    return 2;
  });
  const third = queue.run('a', async () => order.push('third'));
  first.resolve();
  await assert.rejects(failing, /no/);
  assert.equal(await second, 2);
  await third;
  assert.deepEqual(order, ['first begins', 'first fails', 'second', 'third']);
});

test('a key queue: work of other keys does not wait', async () => {
  const queue = new KeyQueue();
  const never = deferred<void>();
  const waiting = queue.run('a', () => never.promise);
  assert.equal(await queue.run('b', async () => 'done'), 'done');
  never.resolve();
  await waiting;
});

test('a key queue: keeps nothing of keys without work', async () => {
  const queue = new KeyQueue();
  await Promise.all(Array.from({ length: 100 }, (_, i) => queue.run(`k${i % 7}`, async () => i)));
  assert.equal(queue.size, 0);
});
