import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Model } from '../../src/conformance/model.ts';

test('the model decides conditions by the truth table', () => {
  const model = new Model();
  const absent = { current: undefined, ok: false };
  assert.deepEqual(model.set('m', 'a', 1, { ifPresent: true }), absent);
  assert.deepEqual(model.set('m', 'a', 1, { ifVersion: 7 }), absent);
  assert.deepEqual(model.set('m', 'a', 1, { ifValue: 1 }), absent);
  const first = model.set('m', 'a', { deep: [1] }, { ifVersion: 0 });
  assert.ok(first.ok);
  assert.equal(model.set('m', 'a', 2, { ifVersion: 0 }).ok, false);
  assert.equal(model.set('m', 'a', 2, { ifAbsent: true }).ok, false);
  assert.equal(model.set('m', 'a', 2, { ifValue: { deep: [2] } }).ok, false);
  assert.equal(model.set('m', 'a', 3, { ifValue: { deep: [1] } }).ok, true);
  assert.equal(model.set('m', 'a', 4, { ifPresent: true }).ok, true);
  assert.equal(model.set('m', 'a', 5, { ifVersion: first.version }).ok, false);
  assert.equal(model.entry('m', 'a')?.value, 4);
  assert.equal(model.entry('n', 'a'), undefined);
});

test('versions of the model rise with every commit, deletes and expiries included', () => {
  const model = new Model();
  const versions = [model.set('m', 'a', 1), model.delete('m', 'a'), model.set('m', 'a', 1, undefined, 10)];
  model.now = 10;
  versions.push(model.set('m', 'a', 2), model.set('m', 'b', 2));
  const numbers = versions.map((outcome) => (outcome.ok ? outcome.version : 0));
  assert.deepEqual(numbers, [1, 2, 3, 5, 6]);
});

test('an entry of the model is gone from its expiry on', () => {
  const model = new Model();
  model.now = 100;
  model.set('m', 'a', 1, undefined, 50);
  model.set('m', 'b', 1, undefined, 50);
  model.now = 120;
  model.set('m', 'a', 2, undefined, 'keep');
  model.set('m', 'b', 2);
  model.now = 149;
  assert.equal(model.entry('m', 'a')?.value, 2);
  model.now = 150;
  assert.equal(model.entry('m', 'a'), undefined);
  assert.equal(model.delete('m', 'a').ok, false);
  assert.equal(model.entry('m', 'b')?.expiresAt, undefined);
});

test('newer-wins of the model remembers the stamps of what was removed by a stamp or expired', () => {
  const model = new Model();
  const newer = (stamp: number | bigint): boolean => model.set('m', 'a', stamp, { ifNewer: stamp }).ok;
  assert.deepEqual([newer(5), newer(5n), newer(4), newer(6n)], [true, false, false, true]);
  assert.equal(model.delete('m', 'a', { ifNewer: 6 }).ok, false);
  assert.equal(model.delete('m', 'a', { ifNewer: 9 }).ok, true);
  assert.equal(model.delete('m', 'a', { ifNewer: 10 }).ok, true);
  assert.deepEqual([newer(10), newer(11)], [false, true]);
  model.set('m', 'a', 'plain');
  assert.equal(newer(1), true);
  model.delete('m', 'a');
  assert.equal(newer(1), true);
  model.set('m', 'a', 1, { ifNewer: 20 }, 5);
  model.now = 5;
  assert.deepEqual([newer(20), newer(21)], [false, true]);
});

test('ranges of the model are in the order of UTF-8 bytes', () => {
  const model = new Model();
  const keys = ['\u{10000}', '\uffff', '\ue000', 'b', 'aa', 'a\0', 'a', '__proto__'];
  for (const key of keys) model.set('m', key, key);
  const of = (range?: Parameters<Model['list']>[1]): string[] => model.list('m', range).map(({ key }) => key);
  assert.deepEqual(of(), ['__proto__', 'a', 'a\0', 'aa', 'b', '\ue000', '\uffff', '\u{10000}']);
  assert.deepEqual(of({ start: 'a', end: 'b' }), ['a', 'a\0', 'aa']);
  assert.deepEqual(of({ prefix: 'a', reverse: true, limit: 2 }), ['aa', 'a\0']);
  assert.deepEqual(of({ limit: 0 }), []);
  assert.equal(model.clear('m', { start: '\ue000' }), 3);
  assert.deepEqual(of({ start: 'aa' }), ['aa', 'b']);
});

test('an atomic commit of the model is all or nothing, under one version', () => {
  const model = new Model();
  model.set('m', 'a', 1);
  const refused = model.atomic([
    { map: 'm', key: 'a', check: 9, value: 2 },
    { map: 'n', key: 'b', value: 2 },
  ]);
  assert.deepEqual([refused.ok, refused.failed?.key], [false, 'a']);
  assert.equal(model.entry('n', 'b'), undefined);
  const done = model.atomic([
    { map: 'm', key: 'a', check: 1, value: undefined },
    { map: 'n', key: 'b', value: 2 },
    { map: 'n', key: 'c', check: 0 },
  ]);
  assert.deepEqual(done, { ok: true, failed: undefined, version: 2 });
  assert.equal(model.entry('m', 'a'), undefined);
  assert.deepEqual(model.entry('n', 'b')?.version, 2);
  assert.equal(model.entry('n', 'c'), undefined);
});
