import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreError } from '../../src/base/errors.ts';
import { asynchronous } from '../../src/conformance/asynchronous.ts';
import { faulty } from '../../src/conformance/faulty.ts';
import { createHistory, SOMETHING, type HistoryOperation } from '../../src/conformance/history.ts';
import { checkHistory } from '../../src/conformance/linearizable.ts';
import { recording } from '../../src/conformance/recording.ts';
import { ANY, NEWER, PRESENT, VERSION } from '../../src/contract/condition.ts';
import type { SyncEngine } from '../../src/contract/engine.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { twisted } from './twisted.ts';

/** A recorded engine with one map, and its history in short. */
function recorded(inner: SyncEngine = memoryEngine()) {
  const history = createHistory();
  const engine = recording(inner, history, 3);
  const map = engine.maps.open('m', { codec: 'bytes', shape: 0, references: false }).id;
  const fields = (operation: HistoryOperation, names: readonly (keyof HistoryOperation)[]) =>
    Object.fromEntries(names.map((name) => [name, operation[name]]));
  return {
    engine,
    core: engine.core,
    map,
    history,
    /** These fields of all operations so far, in the order of the calls. */
    told: (...names: (keyof HistoryOperation)[]) =>
      history
        .operations()
        .toSorted((a, b) => a.invoke - b.invoke || (a.key < b.key ? -1 : 1))
        .map((operation) => fields(operation, names)),
    check: () => assert.deepEqual(checkHistory(history.operations()), []),
  };
}

test('each call is written down with its client, its key, and the places of call and return', () => {
  const { core, map, told, check } = recorded();
  core.get(map, 'a');
  core.write(map, 'a', new Uint8Array([255]), ANY, 0, 0, undefined, 0);
  core.get(map, 'a');
  assert.deepEqual(told('process', 'key', 'kind', 'invoke', 'return', 'value', 'version', 'at'), [
    { process: 3, key: '1/a', kind: 'read', invoke: 1, return: 2, value: undefined, version: 0, at: 0 },
    { process: 3, key: '1/a', kind: 'write', invoke: 3, return: 4, value: 'bytes \xff', version: 1, at: 1 },
    { process: 3, key: '1/a', kind: 'read', invoke: 5, return: 6, value: 'bytes \xff', version: 1, at: 1 },
  ]);
  check();
});

test('writes are written down with what they had to find, and refusals with what stood', () => {
  const { core, map, told, check } = recorded();
  core.write(map, 'a', 1, VERSION, 0, 0, undefined, 0);
  core.write(map, 'a', 2, VERSION, 7, 0, undefined, 0);
  core.write(map, 'a', 3, PRESENT, 0, 9e15, undefined, 0);
  core.write(map, 'a', 4, NEWER, 0, 0, 5, 0);
  core.write(map, 'a', undefined, ANY, 0, 0, undefined, 0);
  core.write(map, 'a', undefined, ANY, 0, 0, undefined, 0);
  core.write(map, 'b', undefined, NEWER, 0, 0, 5, 0);
  assert.deepEqual(told('kind', 'result', 'over', 'value', 'version', 'expires'), [
    { kind: 'write', result: 'done', over: 0, value: 1, version: 1, expires: false },
    { kind: 'write', result: 'refused', over: 7, value: 1, version: 1, expires: false },
    { kind: 'write', result: 'done', over: 'present', value: 3, version: 2, expires: true },
    { kind: 'write', result: 'done', over: undefined, value: 4, version: 3, expires: false },
    { kind: 'delete', result: 'done', over: 3, value: 4, version: 4, expires: false },
    { kind: 'delete', result: 'refused', over: undefined, value: undefined, version: 0, expires: false },
    { kind: 'read', result: 'done', over: undefined, value: undefined, version: 0, expires: false },
  ]);
  check();
});

test('sums, reads of several keys and commits are written down key by key', () => {
  const { core, map, told, check } = recorded();
  core.add(map, 'a', 5, 0, 0);
  core.getMany(map, ['a', 'b']);
  const operation = {
    map,
    cell: 1,
    condition: ANY,
    ifVersion: 0,
    expiresAt: 0,
    stamp: undefined,
    shape: 0,
  } as const;
  const guards = [
    { kind: 'version', map, key: 'a', version: 1 },
    { kind: 'version', map, key: 'b', version: 0 },
  ] as const;
  core.commit(guards, [
    { ...operation, key: 'b' },
    { ...operation, key: 'c', cell: undefined },
  ]);
  core.commit(guards, [{ ...operation, key: 'd' }]);
  core.commit([{ kind: 'version', map, key: 'z', version: 0 }], [{ ...operation, key: 'd' }]);
  assert.deepEqual(told('key', 'kind', 'value', 'version', 'over', 'delta').slice(0, 7), [
    { key: '1/a', kind: 'add', value: 5, version: 1, over: undefined, delta: 5 },
    { key: '1/a', kind: 'read', value: 5, version: 1, over: undefined, delta: undefined },
    { key: '1/b', kind: 'read', value: undefined, version: 0, over: undefined, delta: undefined },
    { key: '1/a', kind: 'read', value: SOMETHING, version: 1, over: undefined, delta: undefined },
    { key: '1/b', kind: 'write', value: 1, version: 2, over: 0, delta: undefined },
    { key: '1/c', kind: 'delete', value: undefined, version: 2, over: undefined, delta: undefined },
    { key: '1/b', kind: 'read', value: 1, version: 2, over: undefined, delta: undefined },
  ]);
  // Just before the commit the key was absent; something that shares its version may come after it.
  assert.deepEqual(told('key', 'kind', 'version', 'at').at(-1), {
    key: '1/z',
    kind: 'read',
    version: 0,
    at: 2,
  });
  check();
});

test('pages tell of the keys that are missing in them, as far as they reach', () => {
  const { core, map, told, history, check } = recorded();
  for (const key of ['a', 'c', 'e']) core.add(map, key, 1, 0, 0);
  core.write(map, 'c', undefined, ANY, 0, 0, undefined, 0);
  const before = history.operations().length;
  core.page(map, 'a', 'e', 1, false);
  core.page(map, '', undefined, 1, true);
  core.page(map, 'b', undefined, 10, false);
  assert.deepEqual(told('key', 'kind', 'version').slice(before), [
    { key: '1/a', kind: 'read', version: 1 },
    { key: '1/c', kind: 'read', version: 0 },
    { key: '1/e', kind: 'read', version: 3 },
    { key: '1/c', kind: 'read', version: 0 },
    { key: '1/e', kind: 'read', version: 3 },
  ]);
  check();
});

test('a clear removes all keys of its range, and a drop may have', () => {
  const { engine, core, map, check } = recorded();
  for (const key of ['a', 'b', 'c']) core.add(map, key, 1, 0, 0);
  core.clear(map, 'b', 'c');
  core.getMany(map, ['a', 'b', 'c']);
  core.clear(map, 'x', undefined);
  engine.maps.drop(map);
  core.getMany(map, ['a', 'b', 'c']);
  check();
});

test('calls of unknown outcome are written down as such, other faults not at all', () => {
  const { engine: inner, inject } = faulty(memoryEngine());
  const { core, map, told, check } = recorded(inner);
  inject({ word: 'add', when: 'after' });
  assert.throws(() => core.add(map, 'a', 1, 0, 0), StoreError);
  inject({ word: 'write' });
  assert.throws(() => core.write(map, 'a', 7, ANY, 0, 0, undefined, 0), StoreError);
  inject({ word: 'clear', when: 'after' });
  core.get(map, 'a');
  assert.throws(() => core.clear(map, '', undefined), StoreError);
  core.get(map, 'a');
  assert.deepEqual(told('kind', 'result', 'value', 'delta'), [
    { kind: 'add', result: 'unknown', value: undefined, delta: 1 },
    { kind: 'read', result: 'done', value: 1, delta: undefined },
    { kind: 'delete', result: 'unknown', value: undefined, delta: undefined },
    { kind: 'read', result: 'done', value: undefined, delta: undefined },
  ]);
  check();
});

test('the histories of several clients of an engine that answers later are one', async () => {
  const history = createHistory();
  const inner = asynchronous(memoryEngine());
  const clients = [0, 1, 2, 3].map((process) => recording(inner, history, process));
  const { id } = await inner.maps.open('m', { codec: 'bytes', shape: 0, references: false });
  const work = clients.map(async ({ core }) => {
    for (let i = 0; i < 50; i++) {
      const { entry } = await core.get(id, 'a');
      await core.write(id, 'a', i, VERSION, entry?.version ?? 0, 0, undefined, 0);
    }
  });
  await Promise.all(work);
  const operations = history.operations();
  assert.equal(operations.length, 400);
  assert.deepEqual(new Set(operations.map(({ process }) => process)), new Set([0, 1, 2, 3]));
  assert.ok(
    operations.some((a) => operations.some((b) => a.invoke < b.invoke && b.invoke < a.return)),
    'calls overlap',
  );
  assert.deepEqual(checkHistory(operations), []);
});

test('an engine that answers with an old entry is found', () => {
  const inner = memoryEngine();
  let reads = 0;
  let old: ReturnType<typeof inner.core.get> | undefined;
  const { core, map, history } = recorded(
    twisted(inner, {
      core: {
        get: (...args) => {
          const reply = inner.core.get(...args);
          if (++reads === 1) old = { ...reply, entry: reply.entry && { ...reply.entry } };
          return reads === 3 && old !== undefined ? old : reply;
        },
      },
    }),
  );
  core.add(map, 'a', 1, 0, 0);
  core.get(map, 'a');
  core.add(map, 'a', 1, 0, 0);
  core.get(map, 'a');
  core.get(map, 'a');
  assert.deepEqual(
    checkHistory(history.operations()).map(({ problem, key }) => [problem, key]),
    [['stale read', '1/a']],
  );
});
