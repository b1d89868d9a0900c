// Repetition, division down to what fails, dead letters, and order over all of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from '../../src/index.ts';
import { openBuffer, openQueue, toDeadLetters } from '../../src/buffer/index.ts';
import type { StoredDeadLetter } from '../../src/buffer/index.ts';
import { openWriteBuffer } from '../../src/buffer/open-buffer.ts';
import { deferred } from '../../src/base/deferred.ts';
import { manualClock } from '../../src/conformance/manual-clock.ts';
import { collecting, failingOn, turns } from './collect.ts';

test('the waits between attempts double up to the longest, with up to half of it left out by chance', async () => {
  for (const [random, waits] of [
    [1, [100, 200, 400, 500, 500]],
    [0, [50, 100, 200, 250, 250]],
  ] as const) {
    const clock = manualClock(0);
    const at: number[] = [];
    const options = {
      clock,
      partitions: 1,
      retry: { attempts: 6, baseMs: 100, maxMs: 500 },
      processor: () => {
        at.push(clock.now());
        throw new Error('no');
      },
      onDeadLetter: () => undefined,
    };
    const buffer = await openWriteBuffer<number, string, 'discard'>(options, { random: () => random });
    await buffer.set('a', 1);
    const flushed = buffer.flush();
    await clock.tick(10_000);
    await flushed;
    assert.deepEqual(
      at.slice(1).map((ms, i) => ms - (at[i] ?? 0)),
      waits,
    );
    await buffer.close();
  }
});

test('a batch that keeps failing is divided down to the entries that fail; all others are delivered', async () => {
  const dead: [string, number][] = [];
  const self = await collecting({
    retry: { attempts: 2, baseMs: 10 },
    onDeadLetter: ({ entry, error, attempts }) => {
      assert.match(String(error), new RegExp(`no ${entry.key}`));
      dead.push([entry.key, attempts]);
    },
  });
  self.act = failingOn('k7', 'k99');
  const entries = Array.from({ length: 128 }, (_, i) => [`k${i}`, i] as const);
  await self.buffer.setMany(entries);
  const flushed = self.buffer.flush();
  await self.clock.tick(100);
  await flushed;
  assert.deepEqual(
    dead,
    [
      ['k7', 9],
      ['k99', 9],
    ],
    'twice whole, then seven times halved',
  );
  assert.equal(self.buffer.stats().delivered, 126);
  assert.ok(self.calls.length <= 2 + 2 * 7 * 2, `${self.calls.length} calls`);
  await self.buffer.close();
});

test('entries that the processor names are repeated alone, the others are done', async () => {
  const dead: string[] = [];
  const self = await collecting({
    retry: { attempts: 2, baseMs: 10 },
    onDeadLetter: ({ entry }) => void dead.push(entry.key),
  });
  self.act = ({ batch }) => ({
    failures: batch.flatMap(({ key }, index) =>
      key === 'b' || key === 'c' ? [{ index, error: new Error(key) }] : [],
    ),
  });
  await self.buffer.setMany([
    ['a', 1],
    ['b', 2],
    ['c', 3],
    ['d', 4],
  ]);
  const flushed = self.buffer.flush();
  await self.clock.tick(10);
  await flushed;
  assert.deepEqual(
    self.calls.map(({ batch }) => batch.map(({ key }) => key).join('')),
    ['abcd', 'bc'],
  );
  assert.deepEqual(dead, ['b', 'c']);
  assert.equal(self.buffer.stats().unconfirmed, 0, 'the processor said what it did');
  await self.buffer.close();
});

test('a failure named that is not in the batch leaves all of it unconfirmed', async () => {
  const self = await collecting({ retry: { attempts: 1 }, onDeadLetter: () => undefined });
  self.act = () => ({ failures: [{ index: 3, error: new Error('x') }] });
  await self.buffer.setMany([
    ['a', 1],
    ['b', 2],
  ]);
  await self.buffer.close();
  assert.match(String(self.buffer.stats().lastError), /failure 3 of a batch of 1/);
});

test('a processor that writes into its entries changes nothing of what the buffer knows of them', async () => {
  const partitionKey = 'p';
  const dead: (string | undefined)[] = [];
  const self = await collecting({
    reads: 'all',
    retry: { attempts: 3, baseMs: 10 },
    onDeadLetter: ({ entry }) => void dead.push(`${entry.partitionKey} ${entry.key}`),
  });
  const seen: string[] = [];
  let failures = 2;
  self.act = ({ batch: [entry] }) => {
    assert.ok(entry);
    seen.push(`${entry.partitionKey} ${entry.key} ${entry.value}`);
    if (entry.value < 3) Object.assign(entry, { key: 'other', partitionKey: 'elsewhere' });
    if (failures-- > 0 || entry.value === 4) throw new Error('no');
  };
  await self.buffer.set('a', 1, { partitionKey });
  void self.buffer.flush();
  await turns();
  assert.equal(self.buffer.get('a', 0, { partitionKey }), 1, 'it is found while it waits');
  let known = false;
  const flushed = self.buffer.flushed('a', { partitionKey }).then(() => (known = true));
  await self.buffer.set('a', 3, { partitionKey });
  const all = self.buffer.flush();
  await turns();
  assert.deepEqual(seen, ['p a 1'], 'what came later waits');
  assert.equal(known, false);
  await self.clock.tick(100);
  await Promise.all([flushed, all]);
  assert.deepEqual(seen, ['p a 1', 'p a 1', 'p a 1', 'p a 3']);
  assert.equal(self.buffer.get('a', 0, { partitionKey }), 0, 'nothing of it is left');
  await self.buffer.set('a', 4, { partitionKey });
  const closed = self.buffer.close();
  await self.clock.tick(100);
  assert.deepEqual(await closed, []);
  assert.deepEqual(dead, ['p a']);
});

test('a write while a repetition of its key is pending is delivered only after its outcome', async () => {
  const self = await collecting({ batchSize: 1, retry: { attempts: 5, baseMs: 100 } });
  let failures = 2;
  self.act = ({ batch }) => {
    if (batch[0]?.key === 'a' && failures-- > 0) throw new Error('no');
  };
  await self.buffer.setMany([
    ['a', 1],
    ['b', 1],
  ]);
  void self.buffer.flush();
  await turns();
  await self.buffer.setMany([
    ['a', 2],
    ['b', 2],
  ]);
  void self.buffer.flush();
  await turns();
  await self.buffer.set('a', 3);
  const flushed = self.buffer.flush();
  await turns();
  assert.deepEqual(self.seen(), ['a=1', 'b=1', 'b=2'], 'other keys go on');
  assert.equal(self.buffer.stats().held, 1, 'and what waits is coalesced');
  await self.clock.tick(1_000);
  await flushed;
  assert.deepEqual(self.seen(), ['a=1', 'b=1', 'b=2', 'a=1', 'a=1', 'a=3']);
  await self.buffer.close();
});

test('what the processor answers after its time is ignored', async () => {
  const answers = [deferred<void>(), deferred<void>()];
  const self = await collecting({ timeoutMs: 100, retry: { baseMs: 10 } });
  let call = 0;
  self.act = () => answers[call++]?.promise;
  await self.buffer.set('a', 1);
  const flushed = self.buffer.flush();
  await turns();
  await self.clock.tick(200);
  answers[0]?.resolve();
  await turns();
  assert.equal(self.buffer.stats().delivered, 0);
  answers[1]?.resolve();
  await flushed;
  assert.deepEqual([self.buffer.stats().delivered, self.buffer.stats().unconfirmed], [1, 1]);
  await self.buffer.close();
});

test('while many batches wait for their repetition, a partition begins nothing new', async () => {
  const self = await collecting({ batchSize: 1, retry: { attempts: Infinity, baseMs: 100, maxMs: 100 } });
  let down = true;
  self.act = () => {
    if (down) throw new Error('down');
  };
  const entries = Array.from({ length: 50 }, (_, i) => [`k${i}`, i] as const);
  await self.buffer.setMany(entries);
  const flushed = self.buffer.flush();
  await turns(50);
  assert.equal(self.calls.length, 4);
  down = false;
  await self.clock.tick(100);
  await flushed;
  assert.equal(self.buffer.stats().delivered, 50);
  await self.buffer.close();
});

test('without a handler nothing is given up: it is kept, tried now and then, and handed back by close', async () => {
  const self = await collecting({ retry: { attempts: 1, maxMs: 1_000 } });
  self.act = failingOn('poison');
  await self.buffer.setMany([
    ['poison', 1],
    ['good', 2],
  ]);
  void self.buffer.flush();
  await turns();
  assert.deepEqual([self.buffer.stats().delivered, self.buffer.stats().retrying], [1, 1]);
  await self.clock.tick(3_000);
  assert.equal(self.calls.filter(({ batch }) => batch.length === 1 && batch[0]?.key === 'poison').length, 4);
  self.act = undefined;
  await self.clock.tick(1_000);
  assert.equal(self.buffer.stats().delivered, 2, 'once it is well again');
  self.act = failingOn('poison');
  await self.buffer.set('poison', 3);
  const left = await self.buffer.close();
  assert.deepEqual(
    left.map(({ key, value }) => [key, value]),
    [['poison', 3]],
  );
});

test('a handler of dead letters that fails keeps the entry in the buffer', async () => {
  let refusals = 2;
  const taken: string[] = [];
  const self = await collecting({
    retry: { attempts: 1, maxMs: 1_000 },
    onDeadLetter: async ({ entry }) => {
      if (refusals-- > 0) throw new Error('not now');
      taken.push(entry.key);
    },
  });
  self.act = failingOn('a');
  await self.buffer.set('a', 1);
  const flushed = self.buffer.flush();
  await turns();
  assert.deepEqual(taken, []);
  await self.clock.tick(2_000);
  await flushed;
  assert.deepEqual(taken, ['a']);
  assert.equal(self.buffer.stats().deadLettered, 1);
  await self.buffer.close();
});

test('dead letters can be kept in a map', async () => {
  const store = await open('memory:');
  const map = store.map<StoredDeadLetter<{ readonly key: string; readonly value: number }>>('dead');
  const buffer = await openBuffer<number>({
    partitions: 1,
    retry: { attempts: 1 },
    processor: failing,
    onDeadLetter: toDeadLetters(map as never),
  });
  await buffer.setMany([
    ['a', 1],
    ['b', 2],
  ]);
  await buffer.close();
  const kept = [];
  for await (const { value } of map.list()) kept.push([value.entry.key, value.entry.value, value.error]);
  assert.deepEqual(kept, [
    ['a', 1, 'no'],
    ['b', 2, 'no'],
  ]);
  await store.close();
});

function failing(): never {
  throw new Error('no');
}

test('an item of a queue that fails stops its partition, and no other', async () => {
  const clock = manualClock();
  const got: number[] = [];
  let failures = 2;
  const queue = await openQueue<number>({
    clock,
    partitions: 2,
    batchSize: 1,
    retry: { baseMs: 100 },
    processor: ([item = 0]) => {
      if (item === 1 && failures-- > 0) throw new Error('no');
      got.push(item);
    },
  });
  await queue.pushMany([1, 2, 3, 4, 5, 6]);
  const flushed = queue.flush();
  await turns(20);
  assert.deepEqual(
    got.toSorted((a, b) => a - b),
    [2, 4, 6],
  );
  await clock.tick(1_000);
  await flushed;
  assert.deepEqual(
    got.filter((item) => item % 2 === 1),
    [1, 3, 5],
  );
  await queue.close();
});

test('a processor that changes the list it was given changes nothing of what is repeated', async () => {
  const self = await collecting();
  const sizes: number[] = [];
  self.act = ({ batch }) => {
    sizes.push(batch.length);
    (batch as unknown[]).length = 0;
    if (sizes.length < 3) throw new Error('again');
    return { failures: [] };
  };
  await self.buffer.setMany([
    ['a', 1],
    ['b', 2],
  ]);
  const flushed = self.buffer.flush();
  await self.clock.tick(10_000);
  await flushed;
  assert.deepEqual(sizes, [2, 2, 2]);
  await self.buffer.close();
});

test('an answer that cannot be understood leaves the batch unconfirmed', async () => {
  const answers = [
    { failures: [null] },
    {
      get failures() {
        throw new Error('no answer');
      },
    },
    undefined,
  ];
  const self = await collecting();
  self.act = () => answers.shift();
  await self.buffer.set('a', 1);
  const flushed = self.buffer.flush();
  await self.clock.tick(10_000);
  await flushed;
  assert.deepEqual([self.seen().length, self.buffer.stats().unconfirmed], [3, 2]);
  await self.buffer.close();
});
