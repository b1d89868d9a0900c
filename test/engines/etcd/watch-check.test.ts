// What the checker of watches must find.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HistoryOperation } from '../../../src/conformance/history.ts';
import type { Seen } from './campaign-messages.ts';
import { checkWatch } from './watch-check.ts';

const change = (version: number, key: string, position = version): Seen => ({
  type: 'update',
  key,
  version,
  position,
  value: version,
  replay: false,
});
const written = (version: number, key: string): HistoryOperation => ({
  process: 0,
  key: `1/${key}`,
  kind: 'write',
  invoke: version,
  return: version,
  result: 'done',
  value: version,
  version,
  at: version,
  over: undefined,
  delta: undefined,
  expires: false,
});
const GOOD: readonly Seen[] = [
  { type: 'start' },
  { type: 'insert', key: 'a', version: 3, position: NaN, replay: true },
  { type: 'live', position: 5 },
  change(6, 'a'),
  change(7, 'a', 6),
  change(7, 'b'),
  { type: 'progress', position: 9 },
  { type: 'resume', position: 7 },
  { type: 'live', position: 9 },
  change(10, 'a'),
];
const WRITES = [written(3, 'a'), written(6, 'a'), written(7, 'a'), written(7, 'b'), written(10, 'a')];

test('a watch that keeps the guarantees is found right', () =>
  assert.deepEqual(checkWatch(GOOD, WRITES), []));

for (const [name, seen] of [
  ['Reliable', GOOD.toSpliced(3, 1)],
  ['Atomic', GOOD.toSpliced(4, 1)],
  ['Unique', GOOD.toSpliced(6, 0, change(7, 'b'))],
  ['Ordered', GOOD.toSpliced(5, 0, change(6, 'c'))],
  ['Bookmarkable', [...GOOD, change(9, 'c')]],
  ['Resumable', GOOD.with(9, change(11, 'a'))],
] as const) {
  test(`${name}: a watch that breaks it is found`, () => {
    assert.notDeepEqual(checkWatch(seen, WRITES), []);
  });
}
