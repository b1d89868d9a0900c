import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lateFeed } from '../../src/conformance/late-feed.ts';
import { Serial } from '../../src/conformance/serial.ts';
import { deferred } from '../../src/base/deferred.ts';
import type { Feed } from '../../src/contract/services.ts';

test('work runs one piece after another, at once when nothing runs, and in front when it says so', async () => {
  const serial = new Serial();
  const order: string[] = [];
  const work = (name: string) => async (): Promise<string> => {
    order.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    order.push(`${name} ends`);
    return name;
  };
  const first = serial.run(work('first'));
  assert.deepEqual(order, ['first begins']);
  const others = [serial.run(work('second')), serial.runFirst(work('in front'))];
  assert.deepEqual(await Promise.all([first, ...others]), ['first', 'second', 'in front']);
  const names = ['first', 'in front', 'second'];
  assert.deepEqual(
    order,
    names.flatMap((name) => [`${name} begins`, `${name} ends`]),
  );
});

test('work that fails rejects, and the next piece runs all the same', async () => {
  const serial = new Serial();
  const failing = serial.run(async () => Promise.reject(new Error('failed')));
  const next = serial.run(async () => 'done');
  await assert.rejects(failing, { message: 'failed' });
  assert.equal(await next, 'done');
});

/** A feed that remembers what was done to it. */
function feedOf(log: string[]): Feed {
  return {
    begin: Promise.resolve([7]),
    take: () => ({ kind: 'gap' }),
    onReady: (wake) => wake(),
    lag: 3,
    close: () => void log.push('closed'),
  };
}

test('a feed that comes late has nothing until it is there, and then is that feed', async () => {
  const coming = deferred<Feed>();
  const feed = lateFeed(coming.promise);
  const log: string[] = [];
  assert.equal(feed.take(), undefined);
  assert.equal(feed.lag, 0);
  const woken = new Promise<void>((resolve) => feed.onReady(resolve));
  coming.resolve(feedOf(log));
  await woken;
  assert.deepEqual(await feed.begin, [7]);
  assert.deepEqual(feed.take(), { kind: 'gap' });
  assert.equal(feed.lag, 3);
  feed.close();
  assert.deepEqual(log, ['closed']);
});

test('a feed that was closed before it came is closed when it comes, and one that fails says so', async () => {
  const coming = deferred<Feed>();
  const log: string[] = [];
  const feed = lateFeed(coming.promise);
  feed.close();
  coming.resolve(feedOf(log));
  await feed.begin;
  assert.deepEqual(log, ['closed']);
  await assert.rejects(lateFeed(Promise.reject(new Error('no feed'))).begin, { message: 'no feed' });
});
