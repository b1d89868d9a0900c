// Whatever the structured codec takes comes back as it was; what would not, it refuses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { StoreError } from '../../src/base/errors.ts';
import { structured } from '../../src/codec/index.ts';
import { encodeCopied } from '../../src/codec/structured.ts';
import { hostileValues, treeValues, withZero } from './arbitrary.ts';

const codec = structured();

test('a tree of supported values comes back deeply equal', () => {
  fc.assert(
    fc.property(treeValues, (value) => {
      const back = codec.decode(codec.encode(value));
      assert.deepStrictEqual(back, withZero(value));
    }),
    { numRuns: 300 },
  );
});

test('any value comes back deeply equal or is refused with CODEC', () => {
  let refused = 0;
  fc.assert(
    fc.property(hostileValues, (value) => {
      let cell: Uint8Array | number;
      try {
        cell = codec.encode(value);
      } catch (error) {
        assert.ok(error instanceof StoreError && error.code === 'CODEC', String(error));
        refused++;
        return;
      }
      assert.deepStrictEqual(codec.decode(cell), withZero(value));
    }),
    { numRuns: 300 },
  );
  assert.ok(refused > 0 && refused < 300);
});

test('the copy that a write answers with is what reading gives, and a value of its own', () => {
  fc.assert(
    fc.property(fc.oneof(treeValues, hostileValues), (value) => {
      let copied: ReturnType<typeof encodeCopied>;
      try {
        copied = encodeCopied(codec, value);
      } catch {
        assert.throws(() => codec.encode(value), StoreError);
        return;
      }
      assert.ok(copied !== undefined);
      assert.deepStrictEqual(copied.cell, codec.encode(value));
      assert.deepStrictEqual(copied.copy, codec.decode(copied.cell));
      for (const object of objectsOf(copied.copy))
        assert.ok(!objectsOf(value).has(object), 'nothing is shared');
    }),
    { numRuns: 1_000 },
  );
});

test('a field is read once, so that what a getter says first is written and answered', () => {
  let reads = 0;
  const value = {
    get turn() {
      return ++reads;
    },
  };
  const copied = encodeCopied(codec, value);
  assert.deepEqual(copied?.copy, { turn: 1 });
  assert.deepEqual(codec.decode(copied?.cell ?? 0), { turn: 1 });
});

test('another codec, of the same name too, is asked itself', () => {
  assert.equal(encodeCopied({ ...codec, encode: () => 1 }, {}), undefined);
  assert.equal(encodeCopied({ ...codec }, {}), undefined);
});

/** All objects in a value, itself too. */
function objectsOf(value: unknown, found = new Set<object>()): Set<object> {
  if (typeof value !== 'object' || value === null || found.has(value)) return found;
  found.add(value);
  const members = value instanceof Map ? [...value.keys(), ...value.values()] : Object.values(value);
  for (const member of value instanceof Set ? value : members) objectsOf(member, found);
  return found;
}

test('a graph with shared objects and cycles keeps its form', () => {
  fc.assert(
    fc.property(graphs, ({ root }) => {
      const back = codec.decode(codec.encode(root));
      assert.ok(isDeepStrictEqual(back, root));
      assert.deepEqual(shapeOf(back), shapeOf(root));
    }),
    { numRuns: 300 },
  );
});

test('any bytes decode to a value or throw, and never to undefined', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, graph) => {
      const hostile = graph ? new Uint8Array([0xc1, ...bytes]) : bytes;
      let value: unknown;
      try {
        value = codec.decode(hostile);
      } catch (error) {
        assert.ok(error instanceof Error);
        return;
      }
      assert.notEqual(value, undefined);
    }),
    { numRuns: 5000 },
  );
});

test('a damaged value decodes to a value or throws, and leaves nothing behind for the next', () => {
  fc.assert(
    fc.property(treeValues, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, where, mask) => {
      const cell = codec.encode(value);
      if (typeof cell === 'number') return;
      const damaged = new Uint8Array(cell);
      const at = where % damaged.length;
      damaged[at] = (damaged[at] ?? 0) ^ mask;
      try {
        codec.decode(damaged);
      } catch (error) {
        assert.ok(error instanceof Error);
      }
      assert.deepStrictEqual(codec.decode(cell), withZero(value));
    }),
    { numRuns: 300 },
  );
});

/** Objects of four kinds that point at each other at random. */
const graphs = fc
  .array(fc.tuple(fc.constantFrom('object', 'array', 'map', 'set'), fc.array(fc.nat(), { maxLength: 4 })), {
    minLength: 1,
    maxLength: 12,
  })
  .map((nodes) => {
    const made = nodes.map(([kind]) =>
      kind === 'object'
        ? {}
        : kind === 'array'
          ? []
          : kind === 'map'
            ? new Map<unknown, unknown>()
            : new Set(),
    );
    nodes.forEach(([, links], i) => {
      const node = made[i];
      links.forEach((link, position) => {
        const target = made[link % made.length];
        if (Array.isArray(node)) node.push(target);
        else if (node instanceof Map) node.set(position, target);
        else if (node instanceof Set) node.add(target);
        else if (node !== undefined) (node as Record<string, unknown>)[`f${position}`] = target;
      });
    });
    return { root: made[0] };
  });

/** The graph as a list: each object by the number of its first appearance. */
function shapeOf(root: unknown): unknown[] {
  const numbers = new Map<unknown, number>();
  const shape: unknown[] = [];
  const visit = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const known = numbers.get(value);
    if (known !== undefined) return `#${known}`;
    numbers.set(value, numbers.size);
    const kind = Object.prototype.toString.call(value);
    const entry: unknown[] = [kind];
    shape.push(entry);
    const parts =
      value instanceof Map || value instanceof Set ? [...value].flat() : Object.entries(value).flat();
    entry.push(...parts.map(visit));
    return `#${numbers.get(value)}`;
  };
  visit(root);
  return shape;
}
