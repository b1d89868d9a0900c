// The part of a test runner's interface that the suite for Keyv's stores calls, over Node's own.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, it } from 'node:test';

/** What the suite expects of a value. */
interface Expectation {
  toBe(wanted: unknown): void;
  toEqual(wanted: unknown): void;
  toBeTruthy(): void;
  toBeFalsy(): void;
  toBeUndefined(): void;
  toBeDefined(): void;
  toBeNull(): void;
}

interface Expect {
  (value: unknown): Expectation;
  /** How many values the test is to look at. */
  assertions(count: number): void;
}

function expecting(count: { seen: number; wanted: number | undefined }): Expect {
  const expect = (value: unknown): Expectation => {
    count.seen++;
    return {
      toBe: (wanted) => assert.ok(Object.is(value, wanted), `${String(value)} is not ${String(wanted)}`),
      toEqual: (wanted) => assert.deepEqual(value, wanted),
      toBeTruthy: () => assert.ok(value),
      toBeFalsy: () => assert.ok(!value),
      toBeUndefined: () => assert.equal(value, undefined),
      toBeDefined: () => assert.notEqual(value, undefined),
      toBeNull: () => assert.equal(value, null),
    };
  };
  const assertions = (wanted: number): void => void (count.wanted = wanted);
  return Object.assign(expect, { assertions });
}

export const runner = {
  beforeEach,
  afterEach,
  it: (name: string, run: (context: { expect: Expect }) => unknown): void => {
    it(name, async () => {
      const count = { seen: 0, wanted: undefined };
      await run({ expect: expecting(count) });
      assert.equal(count.seen, count.wanted ?? count.seen, 'expectations');
    });
  },
};
