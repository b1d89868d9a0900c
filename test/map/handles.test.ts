// Handles of one map: formats, closing, dropping, and what the store knows of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asynchronous } from '../../src/conformance/asynchronous.ts';
import type { SyncEngine } from '../../src/contract/engine.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { json, open, StoreError, structured, text } from '../../src/index.ts';
import type { KeyCodec } from '../../src/index.ts';
import { OpenHandles } from '../../src/map/open-handles.ts';
import type { MapContext } from '../../src/map/context.ts';

function isFormat(...names: string[]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof StoreError && error.code === 'FORMAT', String(error));
    for (const name of names) assert.ok(error.message.includes(name), error.message);
    return true;
  };
}

/** Numbers as keys, in their order. */
const numberKeys: KeyCodec<number> = {
  name: 'number',
  encode: (key) => String(key).padStart(9, '0'),
  decode: Number,
  prefix: () => '',
};

test('formats: another codec is FORMAT while a handle is open, before anything was written', async () => {
  const store = await open('memory:');
  const first = store.map('m', { codec: json() });
  assert.equal(first.sync.get('a'), undefined);
  const second = store.map('m', { codec: text() });
  assert.throws(() => second.sync.get('a'), isFormat('json', 'text'));
  await assert.rejects(second.set('a', 'x'), isFormat('json', 'text'));
  await first.close();
  await second.set('a', 'x');
  assert.throws(() => store.map('m', { codec: json() }).sync.get('a'), isFormat('json', 'text'));
  await store.close();
});

test('formats: references and codecs, and key codecs, do not mix', async () => {
  const store = await open('memory:');
  store.map('m', { values: 'references' }).sync.set('a', 1);
  assert.throws(() => store.map('m').sync.get('a'), isFormat('references', 'structured'));
  store.map('n', { keys: numberKeys }).sync.set(1, 1);
  assert.throws(() => store.map('n').sync.get('1'), isFormat('structured, keys number'));
  await store.close();
});

test('formats: a handle that fails once works when the other is gone', async () => {
  for (const wrap of [(engine: SyncEngine) => engine, asynchronous]) {
    const store = await open(wrap(memoryEngine()));
    const first = store.map<number>('m', { codec: json() });
    await first.set('a', 1);
    const second = store.map<number>('m', { codec: structured() });
    await assert.rejects(second.get('a'), isFormat('json'));
    await first.drop();
    await second.set('a', 2);
    await assert.rejects(first.get('a'), isFormat('structured'));
    await second.drop();
    await second.close();
    assert.equal(await first.get('a'), undefined);
    await first.set('a', 3);
    await store.close();
  }
});

test('shapes: the first write of a higher one is noticed by open handles of a lower', async () => {
  for (const wrap of [(engine: SyncEngine) => engine, asynchronous]) {
    const store = await open(wrap(memoryEngine()));
    const old = store.map<number>('m');
    await old.set('a', 1);
    const next = store.map<number>('m', { shape: 1, upgrade: { 0: (value) => (value as number) * 100 } });
    assert.equal(await next.get('a'), 100);
    assert.equal(await old.get('a'), 1, 'reading reshapes nothing');
    await next.set('b', 5);
    await assert.rejects(old.get('b'), isFormat('shape 1'));
    await assert.rejects(old.set('b', 1), isFormat('shape 1'));
    assert.deepEqual(await next.getMany(['a', 'b']), [100, 5]);
    assert.equal(await next.add('a', 1), 101, 'a sum is made of the upgraded number');
    await store.close();
  }
});

test('shapes: a map that was dropped and begun again with a lower one is reshaped again', async () => {
  for (const wrap of [(engine: SyncEngine) => engine, asynchronous]) {
    const store = await open(wrap(memoryEngine()));
    const old = store.map<number>('m');
    const next = store.map<number>('m', { shape: 1, upgrade: { 0: (value) => value } });
    await next.set('a', 1);
    await next.drop();
    await old.set('a', 1);
    await next.set('a', 2);
    await assert.rejects(old.get('a'), isFormat('shape 1'));
    assert.deepEqual(
      (await store.maps()).map(({ shape }) => shape),
      [1],
    );
    await store.close();
  }
});

test('shapes: references are upgraded, too', async () => {
  const store = await open('memory:');
  const old = store.map<{ n: number }>('m', { values: 'references' });
  await old.set('a', { n: 1 });
  const next = store.map<{ n: number; twice: number }>('m', {
    values: 'references',
    shape: 1,
    upgrade: { 0: (value) => ({ ...(value as { n: number }), twice: (value as { n: number }).n * 2 }) },
  });
  assert.deepEqual(next.sync.get('a'), { n: 1, twice: 2 });
  assert.deepEqual(next.sync.set('b', { n: 2, twice: 4 }).value, { n: 2, twice: 4 });
  assert.throws(() => old.sync.get('a'), isFormat('shape 1'));
  await store.close();
});

test('closing a handle ends it alone; closing again does nothing', async () => {
  const store = await open('memory:');
  const one = store.map<number>('m');
  const two = store.map<number>('m');
  await one.set('a', 1);
  await one.close();
  await one.close();
  await one[Symbol.asyncDispose]();
  assert.throws(() => one.sync.get('a'), { code: 'CLOSED' });
  await assert.rejects(one.get('a'), { code: 'CLOSED' });
  await assert.rejects(store.atomic().set(one, 'a', 2).commit(), { code: 'CLOSED' });
  assert.equal(await two.get('a'), 1);
  await store.close();
  await store.close();
  assert.throws(() => two.sync.get('a'), { code: 'CLOSED' });
  assert.throws(() => store.map<number>('other').sync.get('a'), { code: 'CLOSED' });
});

test('two stores over one engine end together', async () => {
  const engine = memoryEngine();
  const one = await open(engine);
  const two = await open(engine);
  const map = two.map<number>('m');
  map.sync.set('a', 1);
  await one.close();
  assert.throws(() => map.sync.get('a'), { code: 'CLOSED' });
  await two.close();
});

test('names and options of maps: mistakes are refused by store.map itself', async () => {
  const store = await open('memory:');
  const bad: readonly (readonly [unknown, unknown, RegExp])[] = [
    ['', {}, /1 to 128/],
    ['a b', {}, /1 to 128/],
    ['x'.repeat(129), {}, /1 to 128/],
    [5, {}, /string/],
    ['m', null, /object/],
    ['m', { ttl: 5 }, /unknown option "ttl"/],
    ['m', { ttlMs: 0 }, /ttlMs/],
    ['m', { ttlMs: Number.NaN }, /ttlMs/],
    ['m', { values: 'copies' }, /'encoded' or 'references'/],
    ['m', { codec: {} }, /codec/],
    ['m', { codec: 'json' }, /codec/],
    ['m', { keys: { name: 'x' } }, /keys/],
    ['m', { schema: {} }, /Standard Schema/],
    ['m', { shape: 65_536 }, /shape/],
    ['m', { shape: 1, upgrade: { 1: () => 1 } }, /below 1/],
    ['m', { shape: 1, upgrade: { x: () => 1 } }, /below 1/],
    ['m', { shape: 1, upgrade: { 0: 5 } }, /function/],
    ['m', { onInvalid: 'skip' }, /onInvalid/],
    ['m', { near: { maxStaleMs: -1, onStale: 'serve' } }, /maxStaleMs/],
    ['m', { near: { maxStaleMs: 1, onStale: 'never' } }, /onStale/],
    ['m', { near: { maxStaleMs: 1, onStale: 'wait', prefix: 1 } }, /prefix/],
    ['m', { near: { maxStaleMs: 1, onStale: 'wait', maxEntries: 0 } }, /maxEntries/],
    ['m', { batch: 1 }, /batch/],
  ];
  for (const [name, options, error] of bad) {
    assert.throws(
      () => store.map(name as string, options as object),
      error,
      `${String(name)} ${JSON.stringify(options)}`,
    );
  }
  const near = { maxStaleMs: 5, onStale: 'wait', prefix: 'a', maxEntries: 1 } as const;
  store.map('m', { near, batch: true, onInvalid: 'throw', ttlMs: undefined });
  await store.close();
});

test('entries: keys of another type are decoded afresh', async () => {
  const store = await open('memory:');
  const map = store.map<string, number>('m', { keys: numberKeys });
  assert.deepEqual(map.sync.set(7, 'x'), { key: 7, value: 'x', version: 1 });
  assert.deepEqual([...map.sync.keys()], [7]);
  assert.equal(map.sync.get(7), 'x');
  assert.equal(map.sync.get(8), undefined);
  await store.close();
});

test('open handles: the newest that is open is found, those gone are swept', () => {
  const handles = new OpenHandles();
  const make = (open: boolean): MapContext => ({ name: 'm', open }) as MapContext;
  assert.equal(handles.find('m'), undefined);
  const first = make(true);
  handles.add(first);
  for (let i = 0; i < 100; i++) handles.add(make(false));
  assert.equal(handles.find('m'), first);
  const newest = make(true);
  handles.add(newest);
  assert.equal(handles.find('m'), newest);
  assert.equal(handles.find('n'), undefined);
});
