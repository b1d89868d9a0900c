// The promises of a log over crashes, each a test of its own over the same states.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type Found, INVARIANTS, type ManyCrashes } from './crash-states.ts';
import { inThread } from './in-thread.ts';

/** Crashes scripts, then looks at every promise. */
export function crashSuite(crashes: ManyCrashes): void {
  const { durability, seed, states } = crashes;
  let all: Found;
  before(async () => {
    all = await inThread(new URL('crash-thread.js', import.meta.url), crashes);
  });
  const name = `crash, durability ${durability}`;
  test(`${name}: ${states} states were looked at (seed ${seed} and on)`, (t) => {
    const { violations, ...counts } = all;
    t.diagnostic(`from seed ${seed}: ${JSON.stringify(counts)}`);
    assert.ok(violations.length > 0 || counts.states + counts.recoveries >= states);
    assert.ok(counts.opened > (counts.states + counts.recoveries) / 3);
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
