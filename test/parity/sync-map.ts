// What sync.Map of Go does, word by word, on the map of this library: each test bears the name that it answers to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SyncMap } from '../../src/index.ts';

/** A map that answers at once, under the tests. */
export interface Subject {
  readonly name: string;
  /** A fresh map. */
  readonly make: <Value>() => SyncMap<Value>;
  /** `true`: what is stored is the very object that was given. */
  readonly references: boolean;
}

export function syncMapParity({ name, make, references }: Subject): void {
  const row = (what: string, run: () => void): void => {
    test(`${name}: ${what}`, run);
  };

  row('Load: the value, or that there is none', () => {
    const map = make<number>();
    map.set('a', 0);
    assert.equal(map.get('a'), 0);
    assert.equal(map.get('b'), undefined);
    assert.deepEqual([map.has('a'), map.has('b')], [true, false]);
  });

  row('Load: null is a value, and undefined is none', () => {
    const map = make<null>();
    map.set('a', null);
    assert.equal(map.get('a'), null);
    assert.throws(() => map.set('a', undefined as unknown as null), TypeError);
    assert.equal(map.has('a'), true);
  });

  row('Store: inserts, and replaces', () => {
    const map = make<string>();
    map.set('a', 'one');
    map.set('a', 'two');
    assert.equal(map.get('a'), 'two');
    assert.equal(map.count(), 1);
  });

  row('LoadOrStore: loads what is there, stores where nothing is', () => {
    const map = make<string>();
    assert.equal(map.getOrInsert('a', 'first'), 'first');
    assert.equal(map.getOrInsert('a', 'second'), 'first');
    assert.equal(map.get('a'), 'first');
  });

  row('LoadOrStore: whether it was loaded', () => {
    const map = make<string>();
    const stored = map.set('a', 'first', { ifAbsent: true });
    const loaded = map.set('a', 'second', { ifAbsent: true });
    assert.equal(stored.ok, true);
    assert.deepEqual([loaded.ok, loaded.ok || loaded.current?.value], [false, 'first']);
  });

  row('LoadOrStore: a value that is costly is made only where nothing is', () => {
    const map = make<number>();
    let made = 0;
    const value = (): number => ++made;
    assert.equal(map.getOrInsertComputed('a', value), 1);
    assert.equal(map.getOrInsertComputed('a', value), 1);
    assert.equal(made, 1);
  });

  row('LoadAndDelete: removes and hands over, once', () => {
    const map = make<string>();
    map.set('a', 'one');
    assert.equal(map.take('a')?.value, 'one');
    assert.equal(map.take('a'), undefined);
    assert.equal(map.has('a'), false);
  });

  row('Delete: removes; of an absent key nothing happens', () => {
    const map = make<string>();
    map.set('a', 'one');
    assert.deepEqual([map.delete('a'), map.delete('a')], [true, false]);
    assert.equal(map.get('a'), undefined);
  });

  row('Swap: stores and answers what was there', () => {
    const map = make<string>();
    assert.equal(map.swap('a', 'one'), undefined);
    assert.equal(map.swap('a', 'two')?.value, 'one');
    assert.equal(map.get('a'), 'two');
  });

  row('CompareAndSwap: only over the value that was expected', () => {
    const map = make<string>();
    map.set('a', 'one');
    assert.equal(map.set('a', 'two', { ifValue: 'other' }).ok, false);
    assert.equal(map.get('a'), 'one');
    assert.equal(map.set('a', 'two', { ifValue: 'one' }).ok, true);
    assert.equal(map.get('a'), 'two');
  });

  row('CompareAndSwap: of an absent key false, and nothing is stored', () => {
    const map = make<string>();
    assert.equal(map.set('a', 'two', { ifValue: 'one' }).ok, false);
    assert.equal(map.has('a'), false);
  });

  row('CompareAndSwap: values that Go cannot compare and would panic over are compared deeply', () => {
    const map = make<{ list: number[] }>();
    map.set('a', { list: [1, 2] });
    assert.equal(map.set('a', { list: [3] }, { ifValue: { list: [1] } }).ok, false);
    assert.equal(map.set('a', { list: [3] }, { ifValue: { list: [1, 2] } }).ok, true);
  });

  row('CompareAndSwap: a value that came back is no match for a version', () => {
    const map = make<string>();
    const { version } = map.set('a', 'one');
    map.set('a', 'two');
    map.set('a', 'one');
    assert.equal(map.set('a', 'three', { ifVersion: version }).ok, false);
    assert.equal(map.set('a', 'three', { ifValue: 'one' }).ok, true);
  });

  row('CompareAndDelete: only the value that was expected; of an absent key false', () => {
    const map = make<string>();
    assert.equal(map.delete('a', { ifValue: 'one' }).ok, false);
    map.set('a', 'one');
    assert.equal(map.delete('a', { ifValue: 'other' }).ok, false);
    assert.equal(map.has('a'), true);
    assert.equal(map.delete('a', { ifValue: 'one' }).ok, true);
    assert.equal(map.has('a'), false);
  });

  row('Range: every key once, and stopping ends it', () => {
    const map = make<number>();
    for (let i = 0; i < 2_000; i++) map.set(`k${i}`, i);
    const seen = new Set<string>();
    for (const [key, value] of map) {
      assert.equal(key, `k${value}`);
      assert.equal(seen.has(key), false);
      seen.add(key);
    }
    assert.equal(seen.size, 2_000);
    let steps = 0;
    for (const entry of map) {
      void entry;
      if (++steps === 3) break;
    }
    assert.equal(steps, 3);
  });

  row('Range: f may call any word of the map', () => {
    const map = make<number>();
    for (let i = 0; i < 100; i++) map.set(`k${i}`, i);
    let seen = 0;
    for (const [key, value] of map) {
      seen++;
      if (value % 2 === 0) map.delete(key);
      else map.update(key, (now) => (now ?? 0) + 1_000);
      map.getOrInsert(`z${key}`, -1);
      if (seen > 1_000) break;
    }
    assert.ok(seen >= 100);
    for (const { key, value } of map.list({ prefix: 'k' })) assert.ok(value > 1_000, key);
  });

  row('Clear: nothing is left, and how much there was', () => {
    const map = make<number>();
    map.set('a', 1);
    map.set('b', 2);
    assert.equal(map.clear(), 2);
    assert.deepEqual([map.count(), map.get('a')], [0, undefined]);
    assert.equal(map.clear(), 0);
  });

  row('no length, no compute: count and update', () => {
    const map = make<number>();
    for (let i = 0; i < 10; i++) map.update('hits', (now) => (now ?? 0) + 1);
    assert.deepEqual([map.get('hits'), map.count()], [10, 1]);
  });

  row(references ? 'values are the very objects' : 'values are copies', () => {
    const map = make<{ n: number }>();
    const value = { n: 1 };
    map.set('a', value);
    assert.equal(map.get('a') === value, references);
  });
}
