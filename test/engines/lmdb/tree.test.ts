// A tree with pending writes over it, against a sorted list.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareUtf8 } from '../../../src/base/utf8.ts';
import { openEnvironment } from '../../../src/engines/lmdb/environment.ts';
import { Tree } from '../../../src/engines/lmdb/tree.ts';
import { directory } from './fixture.ts';

const key = fc.constantFrom('a', 'a\0', 'ab', 'b', 'ba', 'c', '~', 'é', '\uffff', '😀', 'ab'.repeat(60));
const step = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant('put' as const), key, fc.nat(255)) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('remove' as const), key, fc.constant(0)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('commit' as const), key, fc.constant(0)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('retract' as const), key, fc.constant(0)) },
);
const bound = fc.oneof(fc.constant(''), key);

test('reads see pending writes over committed ones, in any range and direction', async (t) => {
  const dir = directory(t);
  const environment = openEnvironment(dir, 'data-1.mdb', false);
  const file = environment.trees.entries;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      bound,
      fc.option(key, { nil: undefined }),
      fc.integer({ min: 1, max: 6 }),
      fc.boolean(),
      async (steps, start, end, limit, reverse) => {
        const tree = new Tree(file);
        await environment.batch(() => {
          for (const { key: old } of file.getRange({ start: '\0', end: '\u{10ffff}' })) file.remove(old);
        });
        environment.renew();
        let committed = new Map<string, number>();
        let model = new Map<string, number>();
        for (const [what, at, value] of steps) {
          if (what === 'put') {
            tree.put(at, Buffer.from([value]));
            model.set(at, value);
          } else if (what === 'remove') {
            tree.remove(at);
            model.delete(at);
          } else if (what === 'retract') {
            tree.retract();
            model = new Map(committed);
          } else {
            const batch = environment.batch(() => tree.handOver());
            committed = new Map(model);
            // Written while the batch is on its way.
            tree.put(at, Buffer.from([9]));
            model.set(at, 9);
            await batch;
            environment.renew();
            tree.committed();
          }
        }
        const sorted = [...model].sort((a, b) => compareUtf8(a[0], b[0]) * (reverse ? -1 : 1));
        const inRange = sorted.filter(
          ([at]) => compareUtf8(at, start) >= 0 && (end === undefined || compareUtf8(at, end) < 0),
        );
        const page = tree.page(start, end === undefined ? '\u{10ffff}' : end, limit, reverse);
        assert.deepEqual(
          page.items.map(({ key: at, bytes }) => [at, bytes[0]]),
          inRange.slice(0, limit),
        );
        assert.equal(page.more, inRange.length > limit);
        for (const at of ['a', 'ab', '😀', '\uffff']) assert.equal(tree.get(at)?.[0], model.get(at));
      },
    ),
    { numRuns: 150 },
  );
  await environment.close();
});
