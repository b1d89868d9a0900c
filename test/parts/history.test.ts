// The ring of recent changes, against a list of all of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ChangeKind, History } from '../../src/parts/history.ts';

interface Recorded {
  readonly kind: ChangeKind;
  readonly map: number;
  readonly key: string;
  readonly value: number | undefined;
  readonly expiresAt: number;
  readonly shape: number;
  readonly version: number;
  readonly previous: number | undefined;
  readonly previousShape: number;
}

const change = fc.record({
  kind: fc.constantFrom<ChangeKind>('insert', 'update', 'delete', 'expire', 'evict'),
  map: fc.integer({ min: 1, max: 3 }),
  key: fc.constantFrom('a', 'b', ''),
  value: fc.integer(),
  expiresAt: fc.constantFrom(0, 1_767_225_600_000.5),
  shape: fc.integer({ min: 0, max: 65_535 }),
  previous: fc.option(fc.integer(), { nil: undefined }),
  previousShape: fc.integer({ min: 0, max: 65_535 }),
});
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ commit: fc.array(change, { minLength: 1, maxLength: 4 }), skip: fc.nat(2) }),
  },
  { weight: 1, arbitrary: fc.record({ retract: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ reset: fc.nat(3) }) },
);

function replayed(history: History, after: number): Recorded[] {
  const found: Recorded[] = [];
  for (let number = history.firstAbove(after); number < history.end; number++) {
    const { next, ...change } = history.changeAt(number, true);
    assert.equal(next, undefined);
    assert.equal(history.keyAt(number), change.key);
    assert.equal(history.mapAt(number), change.map);
    assert.equal(history.versionAt(number), change.version);
    assert.deepEqual(history.changeAt(number, false), {
      ...change,
      previous: undefined,
      previousShape: 0,
      next: undefined,
    });
    // SAFETY: all values of the test are numbers.
    found.push(change as Recorded);
  }
  return found;
}

test('it gives back the newest changes, says from where on they are all, and keeps no more than its limit', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), fc.integer({ min: 1, max: 700 }), (steps, limit) => {
      const history = new History(limit);
      let all: Recorded[] = [];
      let version = 5;
      let floor = version;
      history.reset(floor);
      for (const one of steps) {
        if ('commit' in one) {
          version += 1 + one.skip;
          for (const made of one.commit) {
            const { kind, map, key, value, expiresAt, shape, previous, previousShape } = made;
            const entry = { key, value, version, expiresAt, shape };
            const before =
              previous === undefined
                ? undefined
                : { key, value: previous, version: version - 1, shape: previousShape };
            history.append(kind, map, entry, before, version);
            const gone = kind !== 'insert' && kind !== 'update';
            all.push({
              ...made,
              version,
              ...(gone ? { value: undefined, expiresAt: 0, shape: 0 } : {}),
              previousShape: before?.shape ?? 0,
            });
            if (all.length > limit) floor = all.shift()?.version ?? floor;
          }
        } else if ('retract' in one) {
          const after = Math.max(floor, version - one.retract);
          history.retract(after);
          all = all.filter((made) => made.version <= after);
        } else {
          floor = version + one.reset;
          version = floor;
          history.reset(floor);
          all = [];
        }
        assert.equal(history.size, all.length);
        assert.equal(history.floor, floor);
      }
      for (const after of [floor, version - 2, version]) {
        if (after < floor) continue;
        const expected = all.filter((made) => made.version > after);
        assert.deepEqual(replayed(history, after), expected);
      }
    }),
  );
});
