import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StoreError } from '../../src/base/errors.ts';
import { asynchronous } from '../../src/conformance/asynchronous.ts';
import { manualClock } from '../../src/conformance/manual-clock.ts';
import { mirror } from '../../src/conformance/mirror.ts';
import type { Clock } from '../../src/base/clock.ts';
import { ANY, PRESENT } from '../../src/contract/condition.ts';
import type { SyncCore } from '../../src/contract/core.ts';
import type { Engine } from '../../src/contract/engine.ts';
import { memoryEngine } from '../../src/engines/memory/index.ts';
import { open } from '../../src/map/open.ts';
import { programs, runProgram } from './arbitraries.ts';
import { twisted } from './twisted.ts';

const runs = Number(process.env['SAMEMAP_RUNS'] ?? 1);

const engines: Record<string, (clock: Clock) => Engine> = {
  memory: (clock) => memoryEngine({}, { clock }),
  'memory that forgets': (clock) => memoryEngine({ historyLimit: 20 }, { clock }),
  'a mirror of two': (clock) => mirror(memoryEngine({}, { clock }), memoryEngine({}, { clock })),
  'memory that answers later': (clock) => asynchronous(memoryEngine({}, { clock })),
};

for (const [name, engine] of Object.entries(engines)) {
  test(`any program does on ${name} what it does on the model`, async () => {
    await fc.assert(
      fc.asyncProperty(programs(60), async (program) => {
        const clock = manualClock();
        await runProgram(program, await open(engine(clock)), clock);
      }),
      { numRuns: 100 * runs },
    );
  });
}

/** Engines with one thing wrong each. */
const planted: Record<string, (core: SyncCore) => Partial<SyncCore>> = {
  'a condition is not looked at': (core) => ({
    write: (map, key, cell, condition, ...rest) =>
      core.write(map, key, cell, condition === PRESENT ? ANY : condition, ...rest),
  }),
  'a time to live is dropped': (core) => ({
    write: (map, key, cell, condition, ifVersion, expiresAt, ...rest) =>
      core.write(map, key, cell, condition, ifVersion, Math.min(0, expiresAt), ...rest),
  }),
  'a sum begins anew': (core) => ({
    add: (map, key, delta, expiresAt, shape) => {
      const { entry } = core.get(map, key);
      if (entry?.value !== 3) return core.add(map, key, delta, expiresAt, shape);
      return core.write(map, key, delta, ANY, 0, expiresAt, undefined, shape);
    },
  }),
  'a guard is not looked at': (core) => ({ commit: (_, operations) => core.commit([], operations) }),
  'keys are in the order of code units': (core) => ({
    page: (...args) => {
      const { at, entries, more } = core.page(...args);
      return {
        at,
        entries: entries.map((entry) => ({ ...entry })).toSorted((a, b) => (a.key < b.key ? -1 : 1)),
        more,
      };
    },
  }),
  'a clear leaves the last entry': (core) => ({
    clear: (map, start, end) => {
      const last = core.page(map, start, end, 1, true).entries[0]?.key;
      return core.clear(map, start, last ?? end);
    },
  }),
  'a lock excludes nobody': () => ({
    tryLock: () => ({ fence: 1, lost: () => undefined, onLost: () => undefined, release: () => undefined }),
  }),
  'versions fall': (core) => {
    let writes = 0;
    return {
      write: (...args) => {
        const reply = core.write(...args);
        if (!reply.ok || reply.entry === undefined || args[2] === undefined || ++writes % 9 > 0) return reply;
        return { ...reply, at: 1, entry: { ...reply.entry, version: 1 } };
      },
    };
  },
};

for (const [what, core] of Object.entries(planted)) {
  test(`programs find an engine in which ${what}`, async () => {
    const program = fc.asyncProperty(programs(60), async (commands) => {
      const clock = manualClock();
      const inner = memoryEngine({}, { clock });
      await runProgram(commands, await open(twisted(inner, { core: core(inner.core) })), clock);
    });
    const found = await fc.check(program, { numRuns: 500, endOnFailure: true });
    assert.ok(found.failed, `not found by ${found.numRuns} programs`);
    const { errorInstance } = found;
    const told = errorInstance instanceof assert.AssertionError || errorInstance instanceof StoreError;
    assert.ok(told, String(errorInstance));
  });
}
