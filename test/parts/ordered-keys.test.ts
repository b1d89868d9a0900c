// Ordered pages against the sorting of bytes, while items come and go between them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OrderedKeys } from '../../src/parts/ordered-keys.ts';

interface Item {
  readonly key: string;
  version: number;
  readonly expiresAt: number;
}

const item = (key: string, expiresAt = 0): Item => ({ key, version: 1, expiresAt });
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Keys whose order differs between UTF-16 code units and UTF-8 bytes, and others that nearly collide. */
const hostile = ['a', 'aa', 'a\0', '\u{e000}', '\u{ffff}', '\u{10000}', '\u{10ffff}', '퟿', 'é', '__proto__'];
const key = fc.oneof(
  fc.constantFrom(...hostile),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }),
  fc.tuple(fc.constantFrom(...hostile), fc.constantFrom(...hostile)).map(([a, b]) => a + b),
);
const plainKey = fc.stringMatching(/^[a-c]{1,4}$/);

/** What a page should be. */
function expected(
  model: ReadonlyMap<string, object>,
  start: string,
  end: string | undefined,
  limit: number,
  reverse: boolean,
): { keys: string[]; more: boolean } {
  const keys = Array.from(model.keys())
    .filter((name) => byBytes(name, start) >= 0 && (end === undefined || byBytes(name, end) < 0))
    .sort(byBytes);
  if (reverse) keys.reverse();
  return { keys: keys.slice(0, limit), more: keys.length > limit };
}

const bound = (keys: fc.Arbitrary<string>): fc.Arbitrary<string | undefined> =>
  fc.option(keys, { nil: undefined });
const commands = (keys: fc.Arbitrary<string>) =>
  fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ add: fc.array(keys, { maxLength: 5 }) }) },
      { weight: 2, arbitrary: fc.record({ remove: fc.array(keys, { maxLength: 5 }) }) },
      {
        weight: 2,
        arbitrary: fc.record({
          start: bound(keys),
          end: bound(keys),
          limit: fc.integer({ min: 1, max: 6 }),
          reverse: fc.boolean(),
        }),
      },
    ),
    { maxLength: 60 },
  );

for (const [what, keys] of [
  ['hostile keys', key],
  ['few plain keys', plainKey],
] as const) {
  test(`pages are those of the keys sorted by their bytes: ${what}`, () => {
    fc.assert(
      fc.property(fc.array(keys), commands(keys), (initial, steps) => {
        const model = new Map(initial.map((name) => [name, item(name)]));
        const ordered = new OrderedKeys(model.values());
        for (const step of steps) {
          if ('add' in step) {
            for (const name of step.add) {
              if (model.has(name)) continue;
              model.set(name, item(name));
              ordered.add(model.get(name) as Item);
            }
          } else if ('remove' in step) {
            for (const name of step.remove) {
              const removed = model.get(name);
              if (removed === undefined) continue;
              model.delete(name);
              removed.version = 0;
              ordered.removed();
            }
          } else {
            const { start = '', end, limit, reverse } = step;
            const page = ordered.page(start, end, limit, reverse, 0);
            const names = page.entries.map((entry) => entry.key);
            assert.deepEqual({ keys: names, more: page.more }, expected(model, start, end, limit, reverse));
            assert.equal(
              ordered.count(start, end, 0),
              expected(model, start, end, Infinity, false).keys.length,
            );
          }
        }
      }),
    );
  });
}

/** An item that is never changed, only replaced. */
interface Record {
  readonly key: string;
  readonly version: number;
}

/** Records by key, and their order. */
function renewed(names: Iterable<string>) {
  const model = new Map<string, Record>();
  let version = 0;
  for (const name of names) model.set(name, { key: name, version: ++version });
  const ordered = new OrderedKeys<Record>(model.values(), (name) => model.get(name));
  return {
    model,
    ordered,
    put: (name: string): void => {
      const present = model.has(name);
      const record = { key: name, version: ++version };
      model.set(name, record);
      if (present) ordered.renew(name);
      else ordered.add(record);
    },
    remove: (name: string): void => {
      if (model.delete(name)) ordered.renew(name);
    },
    check: (start: string, end: string | undefined, limit: number, reverse: boolean): void => {
      const { keys, more } = expected(model, start, end, limit, reverse);
      const page = ordered.page(start, end, limit, reverse, 0);
      assert.deepEqual(page, { entries: keys.map((name) => model.get(name)), more });
      assert.equal(ordered.count(start, end, 0), expected(model, start, end, Infinity, false).keys.length);
    },
  };
}

for (const [what, keys] of [
  ['hostile keys', key],
  ['few plain keys', plainKey],
] as const) {
  test(`pages show the items that stand at their keys now: ${what}`, () => {
    fc.assert(
      fc.property(fc.array(keys), commands(keys), (initial, steps) => {
        const { put, remove, check } = renewed(initial);
        for (const step of steps) {
          if ('add' in step) step.add.forEach(put);
          else if ('remove' in step) step.remove.forEach(remove);
          else check(step.start ?? '', step.end, step.limit, step.reverse);
        }
      }),
    );
  });
}

test('pages show the items that stand at their keys now, however many were replaced since the last read', () => {
  const burst = fc.record({
    writes: fc.constantFrom(0, 3, 900, 6000),
    removals: fc.constantFrom(0, 2, 700, 6000),
    span: fc.constantFrom(40, 6000),
    read: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(burst, { maxLength: 12 }), fc.nat(), (bursts, seed) => {
      const nameOf = (i: number): string => `k${String(i).padStart(5, '0')}`;
      const { put, remove, check, ordered, model } = renewed(
        Array.from({ length: 4000 }, (_, i) => nameOf(i)),
      );
      let at = seed;
      for (const { writes, removals, span, read } of bursts) {
        for (let i = 0; i < writes; i++) put(nameOf((at = (at * 31 + 7) % 65_537) % span));
        for (let i = 0; i < removals; i++) remove(nameOf((at = (at * 31 + 7) % 65_537) % span));
        if (read) check(nameOf(at % 6000), undefined, 5, at % 2 === 0);
        if (read && at % 3 === 0) check('', undefined, 10_000, false);
      }
      check('', undefined, 10_000, true);
      ordered.compact();
      assert.equal(ordered.size, model.size);
      check('', undefined, 10_000, false);
    }),
    { numRuns: 60 },
  );
});

test('keys that come and go between two reads do not pile up', () => {
  const { ordered, put, remove } = renewed(['a']);
  ordered.page('', undefined, 1, false, 0);
  for (let i = 0; i < 50_000; i++) {
    put(`k${i}`);
    remove(`k${i}`);
  }
  assert.ok(ordered.size < 8000, `${ordered.size} are held`);
});

test('what has expired is left out of pages and counts', () => {
  const ordered = new OrderedKeys([item('a', 5), item('b'), item('c', 6)]);
  assert.deepEqual(ordered.page('', undefined, 2, false, 5), {
    entries: [item('b'), item('c', 6)],
    more: false,
  });
  assert.deepEqual(ordered.page('', undefined, 1, true, 6), { entries: [item('b')], more: false });
  assert.equal(ordered.count('', undefined, 4), 3);
  assert.equal(ordered.count('', undefined, 6), 1);
});

test('a walk by pages meets each key once, in order, and all that stay, while others come and go', () => {
  const random =
    fc.sample(fc.array(fc.integer({ min: 0, max: 99_999 }), { minLength: 6000, maxLength: 6000 }), 1)[0] ??
    [];
  const model = new Map<string, Item>();
  const nameOf = (i: number): string => `k${String(i).padStart(6, '0')}`;
  for (let i = 0; i < 5000; i++) model.set(nameOf(i * 20), item(nameOf(i * 20)));
  const stay = new Set(model.keys());
  const ordered = new OrderedKeys(model.values());
  const met: string[] = [];
  for (let more = true, start = '', i = 0; more;) {
    const page = ordered.page(start, undefined, 7, false, 0);
    for (const entry of page.entries) met.push(entry.key);
    start = `${met.at(-1)}\0`;
    ({ more } = page);
    for (let n = 0; n < 3; n++) {
      const name = nameOf(random[i++ % random.length] ?? 0);
      const found = model.get(name);
      if (found === undefined) {
        model.set(name, item(name));
        ordered.add(model.get(name) as Item);
      } else {
        model.delete(name);
        stay.delete(name);
        found.version = 0;
        ordered.removed();
      }
    }
  }
  assert.deepEqual(met, Array.from(new Set(met)).sort(byBytes));
  const seen = new Set(met);
  assert.deepEqual(
    Array.from(stay).filter((name) => !seen.has(name)),
    [],
  );
});

test('removed items do not pile up, read or not', () => {
  const ordered = new OrderedKeys<Item>([]);
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 20_000; i++) {
      const fresh = item(`k${i}`);
      ordered.add(fresh);
      if (round === 1) ordered.page('', undefined, 1, false, 0);
      fresh.version = 0;
      ordered.removed();
    }
    assert.ok(ordered.size < 5000, `${ordered.size} are held`);
  }
  ordered.compact();
  assert.equal(ordered.size, 0);
});

test('a queue, put at the end and taken from the front, stays small', () => {
  const ordered = new OrderedKeys<Item>([]);
  let at = 0;
  const nameOf = (i: number): string => String(i).padStart(9, '0');
  for (; at < 3000; at++) ordered.add(item(nameOf(at)));
  for (let taken = 0; taken < 20_000; taken++) {
    ordered.add(item(nameOf(at++)));
    const [first] = ordered.page('', undefined, 1, false, 0).entries;
    assert.equal(first?.key, nameOf(taken));
    first.version = 0;
    ordered.removed();
  }
  assert.ok(ordered.size < 8000, `${ordered.size} are held`);
});
