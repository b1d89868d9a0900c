import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { manualClock } from '../../src/conformance/manual-clock.ts';
import { memoryMap, StoreError } from '../../src/index.ts';

test('memoryMap: keeps values as they are, of any kind but undefined', () => {
  const map = memoryMap<unknown>();
  const values = [() => 1, Symbol('s'), new WeakMap(), Promise.resolve(1), null, -0, Number.NaN, { a: 1 }];
  for (const value of values) {
    map.set('a', value);
    assert.ok(Object.is(map.get('a'), value));
    assert.ok(Object.is(map.entry('a')?.value, value));
    assert.ok(Object.is(map.getOrInsert('a', 1), value));
    assert.ok(Object.is(map.swap('a', value)?.value, value));
  }
  assert.throws(() => map.set('a', undefined), TypeError);
});

test('memoryMap: bytes are the caller’s own, not copies', () => {
  const map = memoryMap<Uint8Array>();
  const bytes = new Uint8Array([1]);
  assert.equal(map.set('a', bytes).value, bytes);
  assert.equal(map.get('a'), bytes);
  assert.equal(map.touch('a', 'never')?.value, bytes);
  assert.equal(map.getOrInsert('a', new Uint8Array()), bytes);
  assert.equal(map.tryLock('a')?.commit().value === bytes, false, 'a draft is a copy');
});

test('memoryMap: keys are checked on every word, found or not', () => {
  const map = memoryMap<number>();
  map.set('\ufffd', 1);
  for (const key of ['\ud800', '', 'x'.repeat(1025), 5, undefined, Symbol('s')] as string[]) {
    const words = [
      () => map.get(key),
      () => map.entry(key),
      () => map.has(key),
      () => map.getMany([key]),
      () => map.set(key, 1),
      () => map.delete(key),
      () => map.update(key, () => 1),
      () => map.add(key, 1),
      () => map.tryLock(key),
    ];
    for (const word of words) assert.throws(word, /key/);
  }
  assert.equal(map.count(), 1);
});

test('memoryMap: entries are fresh and plain, with expiresAt only where there is an end', () => {
  const clock = manualClock();
  const map = memoryMap<number>({ ttlMs: 50, clock });
  const entry = map.set('a', 1);
  assert.deepEqual(entry, { key: 'a', value: 1, version: 1, expiresAt: clock.now() + 50 });
  assert.deepEqual(map.set('b', 1, { ttlMs: 'never' }), { key: 'b', value: 1, version: 2 });
  assert.deepEqual(map.set('a', 2, { ttlMs: 'keep' }), { ...entry, value: 2, version: 3 });
  map.set('a', 3);
  assert.equal(entry.value, 1);
  assert.equal(Object.getPrototypeOf(entry), Object.prototype);
  assert.equal(Object.isFrozen(entry), false);
});

test('memoryMap: validates where a schema is given, and refuses one that is async', () => {
  const standard = <T>(
    validate: (value: unknown) => T,
  ): { readonly '~standard': { version: 1; vendor: string; validate: (value: unknown) => T } } => ({
    '~standard': { version: 1, vendor: 'test', validate },
  });
  const positive = standard((value) =>
    typeof value === 'number' && value > 0
      ? { value: value * 2 }
      : { issues: [{ message: 'not positive', path: ['x', { key: 1 }] }] },
  );
  const map = memoryMap({ schema: positive });
  assert.equal(map.set('a', 2).value, 4);
  assert.throws(
    () => map.set('a', -1),
    (error: unknown) => {
      assert.ok(error instanceof StoreError && error.code === 'INVALID_VALUE');
      assert.match(error.message, /at value\.x\.1;/);
      return Array.isArray(error.cause);
    },
  );
  assert.equal(map.get('a'), 4);
  const later = memoryMap({ schema: standard(() => Promise.reject(new Error('nobody waits'))) });
  assert.throws(() => later.set('a', 1), TypeError);
});

test('memoryMap: options that are none are refused', () => {
  assert.throws(() => memoryMap({ ttl: 5 } as object), /unknown option "ttl"/);
  assert.throws(() => memoryMap({ ttlMs: -5 }), /ttlMs/);
});

test('memoryMap: a signal that is aborted already refuses the call', () => {
  const map = memoryMap<number>();
  const reason = new Error('enough');
  const signal = AbortSignal.abort(reason);
  assert.throws(() => map.set('a', 1, { signal }), reason);
  assert.throws(() => map.set('a', 1, { ifAbsent: true, signal }), reason);
  assert.throws(() => map.delete('a', { ifPresent: true, signal }), reason);
  assert.equal(map.has('a'), false);
});

test('memoryMap: is collected when nobody refers to it', async () => {
  setFlagsFromString('--expose-gc');
  // SAFETY: what the flag adds to a new context.
  const gc = runInNewContext('gc') as () => void;
  let collected = false;
  const registry = new FinalizationRegistry<void>(() => {
    collected = true;
  });
  const use = (): void => {
    const map = memoryMap<number>();
    map.set('a', 1);
    map.tryLock('a')?.release();
    registry.register(map, undefined);
  };
  use();
  for (let turns = 0; turns < 200 && !collected; turns++) {
    gc();
    await turn();
  }
  assert.ok(collected);
});
