// Random commands for stores, and how fast-check runs them.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { COMMAND_WORDS, runCommand, World, type Command } from '../../src/conformance/commands.ts';
import type { ManualClock } from '../../src/conformance/manual-clock.ts';
import type { Store } from '../../src/contract/store.ts';

/** Few keys, so that commands meet; names that break naive tables; order that differs by encoding. */
const HOSTILE = [
  'a',
  'aa',
  'ab',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '0',
  '10',
  '9',
  '\0',
  'a\0',
  ' ',
  'é',
  'e\u0301',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '\u{10000}',
  '\u{10ffff}',
  'k'.repeat(1_024),
];
export const keys: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constant('a') },
  { weight: 2, arbitrary: fc.constantFrom('b', 'ab') },
  { weight: 2, arbitrary: fc.constantFrom(...HOSTILE) },
);

const values: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -3, max: 3 }) },
  fc.constantFrom<unknown>(
    null,
    false,
    '',
    'text',
    Number.MAX_SAFE_INTEGER,
    1.5,
    [],
    [undefined],
    {},
    { a: [1, { b: new Date(0) }] },
  ),
  fc.constantFrom<unknown>(new Map([['k', new Set([1n])]]), Uint8Array.of(1, 2, 3), '\u{1f600}'),
);

const ttls = fc.constantFrom(undefined, undefined, undefined, 1, 100, 250, 'never' as const, 'keep' as const);

const conditions: fc.Arbitrary<Command['condition']> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(undefined) },
  fc.record({
    is: fc.constantFrom(
      'current' as const,
      'stale' as const,
      'invented' as const,
      'absent' as const,
      'present' as const,
    ),
  }),
  fc.record({ is: fc.constant('value' as const), value: values }),
  fc.record({
    is: fc.constant('newer' as const),
    stamp: fc.constantFrom<number | bigint>(-1, 0, 1n, 2n ** 53n, 2n ** 53n + 1n),
  }),
);

const ranges: fc.Arbitrary<Command['range']> = fc.record(
  {
    prefix: fc.constantFrom('', 'a', '\ud7ff', '\u{10ffff}'),
    start: keys,
    end: keys,
    reverse: fc.boolean(),
    limit: fc.integer({ min: 0, max: 4 }),
  },
  { requiredKeys: [] },
);

export const commands: fc.Arbitrary<Command> = fc.record({
  word: fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...COMMAND_WORDS) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('set' as const, 'set' as const, 'delete' as const, 'tick' as const),
    },
  ),
  face: fc.constantFrom('async' as const, 'sync' as const),
  map: fc.constantFrom('m' as const, 'm' as const, 'n' as const),
  key: keys,
  others: fc.array(keys, { maxLength: 3 }),
  value: values,
  amount: fc.integer({ min: -3, max: 5 }),
  ttl: ttls,
  condition: conditions,
  range: ranges,
});

/** Whole programs of commands for `fc.asyncModelRun`. */
export function programs(size: number): fc.Arbitrary<Iterable<fc.AsyncCommand<object, World>>> {
  return fc.commands([commands.map(asStep)], { maxCommands: size, size: 'max' });
}

function asStep(command: Command): fc.AsyncCommand<object, World> {
  return {
    check: () => true,
    run: (_, world) => runCommand(world, command),
    toString: () =>
      JSON.stringify(command, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)),
  };
}

/** Runs one program on a fresh store, compares everything at the end, and closes the store. */
export async function runProgram(
  program: Iterable<fc.AsyncCommand<object, World>>,
  store: Store,
  clock: ManualClock,
): Promise<void> {
  const world = new World(store, clock);
  try {
    await world.start();
    await fc.asyncModelRun(() => ({ model: {}, real: world }), program);
    await world.finish();
  } finally {
    await store.close();
  }
  assert.equal(clock.pending, 0, 'timers that are left');
}
