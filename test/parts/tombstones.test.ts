// Remembered stamps: how long, how many, and which go first.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Tombstones } from '../../src/parts/tombstones.ts';

test('a stamp is remembered of its own map and key only, and forgotten when told', () => {
  const stones = new Tombstones(1000, 10);
  stones.remember(1, 'a', 7n, 0);
  assert.equal(stones.stampOf(1, 'a', 0), 7n);
  assert.equal(stones.stampOf(11, 'a', 0), undefined);
  assert.equal(stones.stampOf(1, 'b', 0), undefined);
  stones.remember(11, '/a', 8, 0);
  assert.equal(stones.stampOf(1, '1/a', 0), undefined);
  stones.forget(1, 'a');
  assert.equal(stones.stampOf(1, 'a', 0), undefined);
  stones.remember(1, 'a', 1, 0);
  stones.remember(1, 'b', 1, 0);
  stones.forgetMap(1);
  assert.equal(stones.size, 1);
  assert.equal(stones.stampOf(11, '/a', 0), 8);
});

test('a stamp is forgotten when its time is over', () => {
  const stones = new Tombstones(1000, 10);
  stones.remember(1, 'a', 7, 0);
  assert.equal(stones.stampOf(1, 'a', 999), 7);
  assert.equal(stones.stampOf(1, 'a', 1000), undefined);
  stones.prune(1000);
  assert.equal(stones.size, 0);
});

test('the newest so many are remembered, and being remembered again counts as new', () => {
  const step = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), forget: fc.nat(6) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), fc.integer({ min: 0, max: 4 }), (steps, limit) => {
      const stones = new Tombstones(1000, limit);
      let model: { key: string; stamp: number }[] = [];
      for (const [stamp, { key, forget }] of steps.entries()) {
        model = model.filter((stone) => stone.key !== key);
        if (forget === 0) stones.forget(1, key);
        else {
          stones.remember(1, key, stamp, 0);
          model.push({ key, stamp });
          if (model.length > limit) model.shift();
        }
        assert.equal(stones.size, model.length);
        for (const { key: name, stamp: known } of model) assert.equal(stones.stampOf(1, name, 0), known);
      }
    }),
  );
});
