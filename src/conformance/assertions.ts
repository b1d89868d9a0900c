import assert from 'node:assert/strict';
import { StoreError } from '../base/errors.ts';
import type { ErrorCode } from '../base/errors.ts';

/** Asserts that the work fails with this fault, thrown or rejected; returns it. */
export async function fault(code: ErrorCode, work: () => unknown): Promise<StoreError> {
  const error = await failure(work, `StoreError ${code}`);
  assert.ok(error instanceof StoreError, `expected StoreError ${code}, got ${String(error)}`);
  assert.equal(error.code, code, `expected ${code}, got ${error.code}: ${error.message}`);
  assert.ok(error.message.length > 0);
  return error;
}

/** Asserts that the work fails as a mistake of the program, and that the message names `about`. */
export async function mistake(about: string | RegExp, work: () => unknown): Promise<void> {
  const error = await failure(work, 'TypeError or RangeError');
  assert.ok(
    error instanceof TypeError || error instanceof RangeError,
    `expected TypeError or RangeError about ${String(about)}, got ${String(error)}`,
  );
  const named = typeof about === 'string' ? error.message.includes(about) : about.test(error.message);
  assert.ok(named, `expected the message to name ${String(about)}, got: ${error.message}`);
}

/** Asserts that the work fails with this very object. */
export async function failsWith(reason: unknown, work: () => unknown): Promise<void> {
  assert.equal(await failure(work, String(reason)), reason);
}

async function failure(work: () => unknown, expected: string): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  assert.fail(`expected ${expected}, but it succeeded`);
}

/** Hands the library what its types refuse. */
export function wrong<T>(value: unknown): T {
  // SAFETY: laws about bad input need values that the compiler keeps out.
  return value as T;
}

/** All items of an iterable. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The value, which must be there. */
export function there<T>(value: T | undefined): T {
  assert.notEqual(value, undefined, 'expected something, got undefined');
  // SAFETY: checked above.
  return value as T;
}

/** Whether the promise is still pending after a few turns of the event loop. */
export async function pending(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  promise.then(settle, settle);
  await turns(20);
  return !settled;
}

/** Lets what is under way go on for some turns of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Waits until the condition holds, turn by turn; fails after two seconds. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const startedAt = performance.now();
  while (!(await holds())) {
    if (performance.now() - startedAt > 2_000) assert.fail(`did not come true: ${what}`);
    await turns(1);
  }
}

/** Pseudo-random numbers in [0, below), the same for the same seed. */
export function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
