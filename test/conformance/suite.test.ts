// The suite itself: it finds what is wrong, skips only for a reason and says so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conformance } from '../../src/conformance/suite.ts';
import type { ConformanceOptions } from '../../src/conformance/suite.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { breakages } from './broken-engines.ts';

/** Runs the laws whose names fit; what each of them answered. */
async function verdicts(
  only: RegExp,
  options: Omit<ConformanceOptions, 'name' | 'test'>,
): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>();
  const runs: (() => Promise<void>)[] = [];
  conformance({
    lawMs: 1_500,
    ...options,
    name: 'x',
    skipped: options.skipped ?? (() => undefined),
    test: (name, run) => {
      if (!only.test(name)) return;
      runs.push(async () => {
        let verdict: unknown = 'held';
        const skip = (reason?: string): void => {
          verdict = `skipped: ${reason}`;
        };
        try {
          await run({ skip });
        } catch (error) {
          verdict = error;
        }
        found.set(name, verdict);
      });
    },
  });
  for (const run of runs) await run();
  return found;
}

for (const { what, foundBy, engine } of breakages) {
  test(`the law finds an engine of which ${what}`, async () => {
    const found = await verdicts(foundBy, { engine: ({ clock }) => engine(clock) });
    assert.ok(found.size > 0, 'no such law');
    assert.ok(
      [...found.values()].some((verdict) => verdict instanceof Error),
      [...found.keys()].join('; '),
    );
    const good = await verdicts(foundBy, { engine: ({ clock }) => memoryEngine({}, { clock }) });
    for (const [name, verdict] of good) assert.equal(verdict, 'held', name);
  });
}

test('a law that hangs is reported, and the next one runs', async () => {
  const found = await verdicts(/waiters get it in the order|withLock/, {
    lawMs: 200,
    engine: ({ clock }) => ({ ...memoryEngine({}, { clock }), lock: () => new Promise(() => undefined) }),
  });
  const [hanging, next] = found.values();
  assert.match(String(hanging), /hangs/);
  assert.equal(next, 'held');
});

test('a skip is told with its reason, and only supports, time and reopen are reasons', async () => {
  const told: [string, string][] = [];
  const found = await verdicts(/: (references|reopening|lock|expiry|atomic misuse|values): /, {
    skipped: (law, reason) => told.push([law, reason]),
    engine: ({ clock }) => {
      const engine = memoryEngine({}, { clock });
      return { ...engine, supports: { ...engine.supports, values: 'bytes', sync: true } };
    },
  });
  const skipped = [...found].filter(([, verdict]) => String(verdict).startsWith('skipped'));
  assert.deepEqual(
    skipped.map(([name, verdict]) => `${name} ${String(verdict)}`),
    told.map(([name, reason]) => `${name} skipped: ${reason}`),
  );
  const reasons = new Set(told.map(([, reason]) => reason));
  for (const reason of reasons) assert.match(reason, /^(supports\.|needs a clock|the caller gave no reopen)/);
  assert.ok(reasons.has("supports.values is not 'any'"));
  assert.ok(reasons.has("supports.durability is 'none'"));
});

test('verify is run at the end of each law, and what it throws fails the law', async () => {
  let looked = 0;
  const found = await verdicts(/reads: a key that was never written/, {
    engine: ({ clock }) => memoryEngine({}, { clock }),
    verify: () => {
      looked++;
      throw new Error('something is wrong inside');
    },
  });
  assert.equal(looked, 2);
  for (const verdict of found.values()) assert.match(String(verdict), /wrong inside/);
});

test('an engine that lives by the clock of the machine is put through the law, too', async () => {
  const found = await verdicts(/expiry: (an entry is gone|.*is there until)|tryLock: waits|watch: ready/, {
    time: 'real',
    engine: ({ clock }) => memoryEngine({}, { clock }),
  });
  const skipped = [...found.values()].filter((verdict) => verdict !== 'held');
  assert.deepEqual(new Set(skipped), new Set(['skipped: needs a clock that can be moved']));
  assert.ok(found.size - skipped.length >= 4);
});
