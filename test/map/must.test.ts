import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryMap, must } from '../../src/index.ts';

test('must: gives back what was carried out', () => {
  const map = memoryMap<number>();
  const { entry, version } = must(map.set('a', 1, { ifAbsent: true }));
  assert.deepEqual(entry, { key: 'a', value: 1, version });
});

test('must: a refusal is CONFLICT, naming the key and what stands', () => {
  const map = memoryMap<number>();
  const { version } = map.set('a', 1);
  assert.throws(() => must(map.set('a', 2, { ifAbsent: true })), {
    code: 'CONFLICT',
    message: `the condition did not hold: "a" stands at version ${version}`,
  });
  assert.throws(() => must(map.set('b', 2, { ifPresent: true })), {
    code: 'CONFLICT',
    message: 'the condition did not hold: the key is absent',
  });
});

test('must: what is no outcome is a mistake, and a promise is told to be awaited', () => {
  const map = memoryMap<number>();
  for (const none of [undefined, null, true, 5, map.set('a', 1), { ok: 1 }]) {
    assert.throws(() => must(none as never), { name: 'TypeError', message: /must takes an outcome/ });
  }
  const promised = Promise.resolve({ ok: true });
  assert.throws(() => must(promised as never), { name: 'TypeError', message: /await/ });
});
