// A map without the bound of a native one, compared with a native one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BigMap } from '../../src/parts/big-map.ts';

const command = fc.record({ key: fc.integer({ min: 0, max: 30 }), remove: fc.boolean() });

test('it holds what a native map holds, however often it is full', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 200 }), fc.integer({ min: 1, max: 8 }), (commands, limit) => {
      const big = new BigMap<{ readonly value: number }>(limit);
      const model = new Map<string, { readonly value: number }>();
      for (const [value, { key, remove }] of commands.entries()) {
        const name = String(key);
        if (remove) assert.equal(big.delete(name), model.delete(name));
        else {
          const absent = !model.has(name);
          model.set(name, { value });
          if (absent && value % 2 === 0) big.add(name, model.get(name) as { value: number });
          else assert.equal(big.set(name, model.get(name) as { value: number }), absent);
        }
        assert.equal(big.size, model.size);
        assert.equal(big.get(name), model.get(name));
      }
      for (let key = 0; key <= 30; key++) assert.equal(big.get(String(key)), model.get(String(key)));
      assert.deepEqual(new Set(big.values()), new Set(model.values()));
      assert.equal(big.values().length, model.size);
      big.clear();
      assert.equal(big.size, 0);
      assert.deepEqual(big.values(), []);
    }),
  );
});
