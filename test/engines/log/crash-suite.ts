// The promises of a log over crashes, each a test of its own over the same states.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { crashEverywhere, type CrashOptions, type Found, INVARIANTS } from './crash-states.ts';

/**
 * Crashes scripts, one for each seed from the first on, until there were so many states; then looks at
 * every promise.
 */
export function crashSuite(
  durability: 'disk' | 'os',
  firstSeed: number,
  states: number,
  options: Omit<CrashOptions, 'seed' | 'durability'>,
): void {
  const all: Found = { operations: 0, states: 0, recoveries: 0, opened: 0, violations: [] };
  let seed = firstSeed;
  before(async () => {
    for (; all.states + all.recoveries < states && all.violations.length === 0; seed++) {
      const found = await crashEverywhere({ ...options, durability, seed });
      all.operations += found.operations;
      all.states += found.states;
      all.recoveries += found.recoveries;
      all.opened += found.opened;
      all.violations.push(...found.violations);
    }
  });
  const name = `crash, durability ${durability}`;
  test(`${name}: ${states} states were looked at (seed ${firstSeed} and on)`, (t) => {
    const { violations, ...counts } = all;
    t.diagnostic(`seeds ${firstSeed} to ${seed - 1}: ${JSON.stringify(counts)}`);
    assert.ok(violations.length > 0 || counts.states + counts.recoveries >= states);
    assert.ok(counts.opened > counts.states / 3);
  });
  for (const invariant of INVARIANTS) {
    test(`${name}: ${invariant}`, () => {
      const broken = all.violations.filter((each) => each.invariant === invariant);
      assert.deepEqual(
        broken.map(({ text }) => text),
        [],
      );
    });
  }
}
