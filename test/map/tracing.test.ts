// What is told of operations: each word once, with what became of it, to who subscribed before it began.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { channel, tracingChannel } from 'node:diagnostics_channel';
import { test, type TestContext } from 'node:test';
import { asynchronous } from '../../src/conformance/asynchronous.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { memoryMap, open, OPERATION_CHANNEL, type OperationMessage, type Store } from '../../src/index.ts';

const EVENTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;

interface Heard {
  readonly event: (typeof EVENTS)[number];
  readonly message: OperationMessage;
}

/** All that is told until the test is over. */
function listen(t: TestContext): Heard[] {
  const heard: Heard[] = [];
  for (const event of EVENTS) {
    const each = channel(`tracing:${OPERATION_CHANNEL}:${event}`);
    const take = (message: unknown): void => {
      heard.push({ event, message: message as OperationMessage });
    };
    each.subscribe(take);
    t.after(() => each.unsubscribe(take));
  }
  return heard;
}

/** One line for each operation, in the order of their ends. */
function told(heard: readonly Heard[]): string[] {
  const ends = heard.filter(({ event, message }) => {
    const later = heard.some((other) => other.message === message && other.event === 'asyncEnd');
    return event === (later ? 'asyncEnd' : 'end');
  });
  return ends.map(({ message: { map, operation, key, outcome, version, count } }) =>
    [operation, map, key, outcome, version === undefined ? '' : 'v', count].filter(Boolean).join(' '),
  );
}

async function opened(t: TestContext): Promise<Store<true>> {
  const store = await open('memory:');
  t.after(() => store.close());
  return store;
}

async function drain(items: AsyncIterable<unknown> | Iterable<unknown>): Promise<void> {
  for await (const item of items) void item;
}

test('tracing: every word of the async face is told once, and says what became of it', async (t) => {
  const store = await opened(t);
  const map = store.map<number>('m'); // there before anybody listens
  const heard = listen(t);
  await map.set('a', 1);
  await map.set('a', 2, { ifVersion: 99 });
  await map.set('b', 2, { ifAbsent: true });
  await map.get('a');
  await map.get('x');
  await map.entry('a');
  await map.has('x');
  await map.getMany(['a', 'x']);
  await map.delete('x');
  await map.delete('b', { ifPresent: true });
  await map.take('x');
  await map.getOrInsert('c', 3);
  await map.getOrInsertComputed('d', () => 4);
  await map.swap('d', 5);
  await map.update('d', (n) => (n ?? 0) + 1);
  await map.add('d', 1);
  await map.touch('d', 1_000);
  await map.setMany([
    ['e', 1],
    ['a', 1, { ifAbsent: true }],
  ]);
  await map.deleteMany(['e']);
  await drain(map.keys());
  await map.count();
  await map.nextKey();
  await map.durable();
  await map.compact();
  const lock = await map.lock('a');
  assert.equal(await map.tryLock('a'), undefined);
  await lock.save(7);
  await lock.refresh();
  await lock.commit(8);
  await map.withLock('a', (held) => held.delete());
  await store.atomic().set(map, 'f', 1).check(map, 'g', 0).commit();
  await store.atomic().check(map, 'f', 0).commit();
  await map.clear();
  await store.maps();
  await map.drop();
  assert.deepEqual(told(heard), [
    'set m a ok v',
    'set m a refused v',
    'set m b ok v',
    'get m a ok',
    'get m x absent',
    'entry m a ok v',
    'has m x absent',
    'getMany m ok 2',
    'delete m x absent',
    'delete m b ok v',
    'take m x absent',
    'getOrInsert m c ok',
    'getOrInsertComputed m d ok',
    'swap m d ok',
    'update m d ok v',
    'add m d ok',
    'touch m d ok v',
    'setMany m refused 2',
    'deleteMany m ok 1',
    'list m ok 3',
    'count m ok 3',
    'nextKey m ok',
    'durable m ok',
    'compact m ok',
    'lock m a ok v',
    'tryLock m a refused',
    'lock.save m a ok v',
    'lock.refresh m a ok v',
    'lock.commit m a ok v',
    'lock m a ok v',
    'lock.delete m a ok',
    'lock.release m a ok',
    'atomic m ok v 2',
    'atomic m refused 1',
    'clear m ok 3',
    'maps ok 1',
    'drop m ok',
  ]);
});

test('tracing: the sync face says the same, by start and end alone', async (t) => {
  const heard = listen(t);
  const map = memoryMap<number>();
  map.set('a', 1);
  map.set('a', 1, { ifValue: 2 });
  map.get('x');
  map.add('n', 1);
  await drain(map);
  const lock = map.tryLock('a');
  lock?.commit(3);
  map.delete('a');
  assert.deepEqual(told(heard), [
    'set map a ok v',
    'set map a refused v',
    'get map x absent',
    'add map n ok',
    'list map ok 2',
    'tryLock map a ok v',
    'lock.commit map a ok v',
    'delete map a ok',
  ]);
  assert.deepEqual([...new Set(heard.map(({ event }) => event))], ['start', 'end']);
});

test('tracing: what fails is told with its error, and rejects as ever', async (t) => {
  const store = await opened(t);
  const map = store.map<number>('m');
  const heard = listen(t);
  const fault = new Error('mine');
  const fail = (): never => {
    throw fault;
  };
  await assert.rejects(map.update('a', fail), fault);
  assert.throws(() => map.sync.update('a', fail), fault);
  await assert.rejects(map.get('\ud800'), TypeError);
  const errors = heard.filter(({ event }) => event === 'error').map(({ message }) => message);
  assert.deepEqual(
    errors.slice(0, 2).map(({ error }) => error),
    [fault, fault],
  );
  assert.deepEqual(
    errors.map(({ operation, outcome }) => [operation, outcome]),
    [
      ['update', 'failed'],
      ['update', 'failed'],
      ['get', 'failed'],
    ],
  );
  assert.deepEqual(
    heard.filter(({ message }) => message === errors[0]).map(({ event }) => event),
    ['start', 'end', 'error', 'asyncStart', 'asyncEnd'],
  );
});

test('tracing: an engine that answers later is told the same way', async (t) => {
  const store = await open(asynchronous(memoryEngine()));
  t.after(() => store.close());
  const map = store.map<number>('m');
  const heard = listen(t);
  await map.set('a', 1);
  await map.get('a');
  await drain(map);
  await map.withLock('a', async (lock) => lock.commit(2));
  assert.deepEqual(told(heard), [
    'set m a ok v',
    'get m a ok',
    'list m ok 1',
    'lock m a ok v',
    'lock.commit m a ok v',
    'lock.release m a ok',
  ]);
  assert.ok(heard.every(({ message }) => message.engine === store.supports.engine));
});

test('tracing: no value is in any message', async (t) => {
  const store = await opened(t);
  const map = store.map<string>('m');
  const heard = listen(t);
  await map.set('a', 'SECRET');
  await map.get('a');
  await map.set('a', 'SECRET', { ifVersion: 9 });
  await map.setMany([['a', 'SECRET']]);
  await store.atomic().set(map, 'a', 'SECRET').commit();
  await (await map.lock('a')).commit('SECRET');
  map.sync.swap('a', 'SECRET');
  assert.doesNotMatch(JSON.stringify(heard), /SECRET/);
});

test('tracing: one event is enough to be told, and who left is told nothing', async (t) => {
  const store = await opened(t);
  const map = store.map<number>('m');
  for (const event of EVENTS) {
    const seen: unknown[] = [];
    const take = (message: unknown): void => void seen.push(message);
    const only = channel(`tracing:${OPERATION_CHANNEL}:${event}`);
    only.subscribe(take);
    await assert.rejects(map.get(''));
    only.unsubscribe(take);
    await map.get('a');
    assert.equal(seen.length, 1, event);
  }
});

test('tracing: a context that is bound to the start reaches into the operation', async (t) => {
  const store = await opened(t);
  const map = store.map<number>('m');
  const storage = new AsyncLocalStorage<OperationMessage>();
  const { start } = tracingChannel<OperationMessage>(OPERATION_CHANNEL);
  start.bindStore(storage, (message) => message);
  t.after(() => start.unbindStore(storage));
  const within = await map.getOrInsertComputed('a', async () => {
    await Promise.resolve();
    return storage.getStore()?.operation === 'getOrInsertComputed' ? 1 : 0;
  });
  assert.equal(within, 1);
});

test('tracing: a subscriber that throws harms no operation', async (t) => {
  const store = await opened(t);
  const map = store.map<number>('m');
  const fault = new Error('of the subscriber');
  const uncaught = new Promise<unknown>((resolve) => {
    process.setUncaughtExceptionCaptureCallback(resolve);
  });
  t.after(() => process.setUncaughtExceptionCaptureCallback(null));
  const { start } = tracingChannel(OPERATION_CHANNEL);
  const take = (): never => {
    throw fault;
  };
  start.subscribe(take);
  await map.set('a', 1);
  start.unsubscribe(take);
  assert.equal(await map.get('a'), 1);
  assert.equal(await uncaught, fault);
});
