// JSON with marks: both ways without loss.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mark } from '../../src/cli/mark.ts';
import { unmark } from '../../src/cli/unmark.ts';

const leaf = fc.oneof(
  fc.string(),
  fc.integer(),
  // JSON has no negative zero.
  fc.double().map((number) => number + 0),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  fc.bigInt(),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('value')),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('$date', '$object', '$map', '$')), tie('value'), {
      noNullPrototype: true,
    }),
    fc.array(fc.tuple(tie('value'), tie('value'))).map((pairs) => new Map(pairs)),
    fc.array(tie('value')).map((items) => new Set(items)),
  ),
}));

test('what is marked, written, read and unmarked is what it was', () => {
  fc.assert(
    fc.property(value, (before) => {
      const after = unmark(JSON.parse(JSON.stringify(mark(before))));
      assert.deepEqual(after, before);
    }),
  );
});

test('plain JSON stays as it is', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (json) => {
      const text = JSON.stringify(json);
      if (!/"\$/.test(text)) assert.equal(JSON.stringify(mark(JSON.parse(text))), text);
    }),
  );
});

test('a key called __proto__ is a key', () => {
  const json: unknown = JSON.parse('{"__proto__":{"a":1}}');
  assert.deepEqual(Object.keys(unmark(json) as object), ['__proto__']);
});

test('cycles have no JSON', () => {
  const cycle: { self?: unknown } = {};
  cycle.self = [cycle];
  assert.throws(() => mark(cycle), /contains itself/);
});

for (const json of [
  '{"$date":"soon"}',
  '{"$bigint":"1.5"}',
  '{"$bytes":"?"}',
  '{"$map":[1]}',
  '{"$new":1}',
  '{"$buffer":["Array","AA=="]}',
  '{"$buffer":["Float64Array","AA=="]}',
]) {
  test(`a mark that says nothing is refused: ${json}`, () => {
    assert.throws(() => unmark(JSON.parse(json)), /is no value: an object whose only key begins with \$/);
  });
}
