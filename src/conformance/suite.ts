import assert from 'node:assert/strict';
import { systemClock } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { checkOptions } from '../base/options.ts';
import { StoreError } from '../base/errors.ts';
import type { Engine } from '../contract/engine.ts';
import type { MapOptions } from '../contract/map-options.ts';
import type { StoreInspection } from '../contract/store.ts';
import { openTrial } from './fixture.ts';
import type { Bench, EngineInternals, Law, Trial } from './fixture.ts';
import { laws } from './laws/index.ts';
import { manualClock } from './manual-clock.ts';

/**
 * How an engine is put through the law.
 *
 * @example
 * ```ts
 * import { test } from 'node:test';
 * import { memoryEngine } from 'samemap';
 * import type { ConformanceOptions } from 'samemap/conformance';
 * const options: ConformanceOptions = {
 *   name: 'memory',
 *   test,
 *   engine: ({ clock }) => memoryEngine({}, { clock }),
 *   skipped: (law, reason) => console.log(law, reason),
 * };
 * ```
 */
export interface ConformanceOptions {
  /** Name of the engine; begins the name of each test. */
  readonly name: string;
  /** Registers a test: `test` of `node:test` fits, and so do those of other runners whose context can `skip`. */
  readonly test: (name: string, run: (context: TestContext) => Promise<void> | void) => unknown;
  /** Makes a fresh, empty engine that lives by the given clock. */
  readonly engine: (internals: EngineInternals) => Promise<Engine> | Engine;
  /** Opens the data of a closed engine again; for engines whose data outlives them. */
  readonly reopen?: ((closed: Engine, internals: EngineInternals) => Promise<Engine>) | undefined;
  /** `'manual'` (default): the suite moves time; `'real'`: the engine lives by the clock of the machine. */
  readonly time?: 'manual' | 'real' | undefined;
  /** Looks into the engine at the end of each test, before it is closed; throws if something is wrong. */
  readonly verify?: ((engine: Engine) => Promise<void> | void) | undefined;
  /** Options of every map of the suite: what stands before a far engine must not show. */
  readonly mapOptions?: Pick<MapOptions<unknown, never>, 'near' | 'batch'> | undefined;
  /** Told of each law that the engine cannot be held to; prints a line unless given. */
  readonly skipped?: ((law: string, reason: string) => void) | undefined;
  /** How long one law may take before it counts as hanging, in milliseconds; 30,000 unless said. */
  readonly lawMs?: number | undefined;
}

const OPTIONS: readonly (keyof ConformanceOptions)[] = [
  'name',
  'test',
  'engine',
  'reopen',
  'time',
  'verify',
  'mapOptions',
  'skipped',
  'lawMs',
];

/**
 * What a runner hands to a running test, as far as the suite needs it.
 *
 * @example
 * ```ts
 * import type { TestContext } from 'samemap/conformance';
 * const context: TestContext = { skip: (reason) => console.log('skipped', reason) };
 * ```
 */
export interface TestContext {
  /** Marks the test as skipped. */
  skip(reason?: string): void;
}

/**
 * Puts an engine through the law: registers one test for each behaviour and face. A law is skipped only
 * where `supports`, the time or a missing `reopen` says so, and each skip is told. After each test an audit looks
 * for locks, watches and timers that were left behind.
 *
 * @param options - the engine, and the runner's function that registers a test
 * @throws TypeError for options that are none
 *
 * @example
 * ```ts
 * import { test } from 'node:test';
 * import { memoryEngine } from 'samemap';
 * import { conformance } from 'samemap/conformance';
 *
 * conformance({ name: 'memory', test, engine: ({ clock }) => memoryEngine({}, { clock }) });
 * ```
 */
export function conformance(options: ConformanceOptions): void {
  checkOptions('conformance', options, OPTIONS);
  for (const law of laws) {
    register(options, law, 'async');
    if (law.bothFaces) register(options, law, 'sync');
  }
}

function register(options: ConformanceOptions, law: Law, face: 'async' | 'sync'): void {
  const name = face === 'sync' ? `${law.name} (sync face)` : law.name;
  options.test(`${options.name}: ${name}`, async (context) => {
    const clock = benchClock(options.time ?? 'manual');
    const trial = await openTrial(benchOf(options, clock), face);
    const reason = whyNot(law, trial);
    if (reason === undefined) await inTime(name, options.lawMs ?? 30_000, runLaw(law, trial, options.verify));
    else await trial.close();
    if (reason === undefined) assert.equal(clock.pending(), 0, 'timers outlive the store');
    else {
      (options.skipped ?? report)(`${options.name}: ${name}`, reason);
      context.skip(reason);
    }
  });
}

function whyNot(law: Law, trial: Trial): string | undefined {
  if (trial.face === 'sync' && !trial.supports.sync) return 'supports.sync is false';
  for (const need of law.needs) {
    const reason = need(trial);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

async function runLaw(law: Law, trial: Trial, verify: ConformanceOptions['verify']): Promise<void> {
  try {
    await law.run(trial);
    await trial.endWatches();
    if (await auditStore(trial)) await verify?.(trial.engine);
  } finally {
    await trial.close();
  }
}

/** Nothing held, nobody waiting, nobody watching; `false` when the law closed the store itself. */
async function auditStore(trial: Trial): Promise<boolean> {
  let found: StoreInspection | undefined;
  // What ends elsewhere in a cluster is seen after a round trip.
  for (let look = 0; look < 50; look++) {
    try {
      found = await trial.store.inspect();
    } catch (error) {
      if (error instanceof StoreError && error.code === 'CLOSED') return false;
      throw error;
    }
    if (found.locks.length + found.watchers.length === 0) return true;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(
    { locks: found?.locks, watchers: found?.watchers },
    { locks: [], watchers: [] },
    'left behind',
  );
  return true;
}

/** A clock and how many of its timers are armed. */
interface BenchClock extends Clock {
  pending(): number;
  advance(ms: number): Promise<void>;
  late(ms: number): void;
}

function benchClock(time: 'manual' | 'real'): BenchClock {
  if (time === 'real') {
    return {
      ...systemClock(),
      pending: () => 0,
      advance: (ms) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
      late: () => assert.fail('real time cannot be moved'),
    };
  }
  const clock = manualClock();
  let lateMs = 0;
  return {
    now: () => clock.now() + lateMs,
    after: (delayMs, run, background) => clock.after(delayMs, run, background),
    pending: () => clock.pending,
    advance: (ms) => clock.tick(ms),
    late: (ms) => {
      lateMs += ms;
    },
  };
}

function benchOf(options: ConformanceOptions, clock: BenchClock): Bench {
  return {
    manual: options.time !== 'real',
    internals: { clock },
    engine: (internals) => options.engine(internals),
    reopen: options.reopen,
    mapOptions: options.mapOptions,
    advance: (ms) => clock.advance(ms),
    late: (ms) => clock.late(ms),
  };
}

/** Fails when the work hangs, so that one law cannot silence the rest. */
async function inTime(name: string, limitMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`hangs: ${name} did not end within ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function report(law: string, reason: string): void {
  process.stdout.write(`skipped ${law}: ${reason}\n`);
}
